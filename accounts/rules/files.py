"""What a file is, by its first bytes and not by its name (D4)."""

from __future__ import annotations

import io
import zipfile

PDF = "application/pdf"
OFFICE = {
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
MACROS = ("vbaProject.bin",)


def is_picture(begin: bytes) -> bool:
    """JPEG, PNG or WebP, as cameras and telephones make them."""
    return begin.startswith(PICTURES)


def paper_type(content: bytes) -> str:
    """The MIME type of a PDF or an Office document without macros; empty for anything else."""
    if content.startswith(b"%PDF-"):
        return PDF
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return ""
    if any(name.endswith(MACROS) for name in names):
        return ""
    return next((mime for part, mime in OFFICE.items() if part in names), "")
