"""Files people hand in: of a kind we take, not too large, what their name says they are; and given out again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

# What a file of a suffix holds where: a name alone proves nothing.
DOCUMENTS: dict[str, tuple[int, bytes]] = {
    ".pdf": (0, b"%PDF-"),
    ".docx": (0, b"PK\x03\x04"),
    ".xlsx": (0, b"PK\x03\x04"),
    ".pptx": (0, b"PK\x03\x04"),
    ".doc": (0, b"\xd0\xcf\x11\xe0"),
    ".xls": (0, b"\xd0\xcf\x11\xe0"),
    ".ppt": (0, b"\xd0\xcf\x11\xe0"),
    ".jpg": (0, b"\xff\xd8\xff"),
    ".jpeg": (0, b"\xff\xd8\xff"),
    ".png": (0, b"\x89PNG\r\n\x1a\n"),
}
ARCHIVES: dict[str, tuple[int, bytes]] = {".zip": (0, b"PK\x03\x04")}
# A film says what it is a few bytes after its beginning.
FILMS: dict[str, tuple[int, bytes]] = dict.fromkeys((".mp4", ".mov", ".m4v"), (4, b"ftyp"))


def checked_upload(
    file: Any, *, kinds: Mapping[str, tuple[int, bytes]], most_megabytes: int, choose: Any
) -> Any:
    """The file, when it is one of ``kinds``; raises ValidationError otherwise.

    Args:
        kinds: what is taken, by suffix: DOCUMENTS, ARCHIVES, FILMS or several of them.
        choose: what to say when it is of another kind.
    """
    signature = kinds.get(PurePath(file.name).suffix.lower())
    if signature is None:
        raise forms.ValidationError(choose)
    if file.size > most_megabytes * 1024 * 1024:
        raise forms.ValidationError(_("The file is larger than %(size)s MB.") % {"size": most_megabytes})
    place, mark = signature
    head = file.read(16)
    file.seek(0)
    if not head[place:].startswith(mark):
        raise forms.ValidationError(_("The file is not what its name says."))
    return file


def kept_file(
    path: str, *, name: str, mime: str = "", opens: bool = False, stays: bool = False
) -> FileResponse:
    """A kept file by the name people know it by; the caller has found it through its row's scope.

    Args:
        path: where the storage has it.
        mime: what it is; left out, its name says so.
        opens: the browser shows it itself; otherwise it is a download.
        stays: it never changes, so this person's browser may keep it for a day.

    Raises:
        Http404: it is not there.
    """
    try:
        held = default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(held, content_type=mime or None, filename=name, as_attachment=not opens)
    answer["Cache-Control"] = "private, max-age=86400, immutable" if stays else "private, no-store"
    return answer
