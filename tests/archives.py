"""Documents as Office writes them: members in a zip, a picture with its place among them."""

import zipfile
from io import BytesIO

from tests.pictures import a_jpeg

WORDS = "<w:document>大客户</w:document>" * 50


def a_document(**members) -> bytes:
    """A Word file with a picture; ``members`` by their names."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>", zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("word/document.xml", (2012, 6, 5, 10, 0, 0)), WORDS)
        for name, content in {"word/media/image1.jpeg": a_jpeg(), **members}.items():
            archive.writestr(name, content)
        archive.comment = "附言".encode()
    return out.getvalue()
