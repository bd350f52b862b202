"""Originals are kept as they came, for print and for showing: where and with what they were taken goes.

A photo of a report is made small (``images``); an original must not be. Nothing is decoded here: a JPEG is a row of
segments, a PNG of chunks, a film of boxes, an Office document or a zip of members, and of each those that say
something else than the picture are left out or blanked. A PDF stays as it is: nothing installed reads one.
"""

from __future__ import annotations

import struct
from typing import IO, Any

from django.utils.translation import gettext as _

from ..errors import RuleViolation
from . import archives, films, pictures
from .broken import Broken


def strip_place(file: Any) -> bool:
    """Take out of an upload its position, camera, author and previews, also of pictures and films within it.

    Orientation, colour profile, dots per inch and clipping paths stay, and so does every byte of the picture itself, of
    the film, and of whatever else is in the document.

    Returns:
        Whether there was something to take out. The file is at its start again, its ``size`` is the new one.

    Raises:
        RuleViolation: it begins like one of them, but is cut short or broken; it is as it was.
    """
    try:
        has_changed = _strip(file)
    except (Broken, struct.error, IndexError) as error:
        raise RuleViolation(
            _("“%(name)s” is cut short or broken. Send it again.") % {"name": file.name}, field="file"
        ) from error
    if has_changed:
        file.size = file.seek(0, 2)
    file.seek(0)
    return has_changed


def _strip(file: IO[bytes]) -> bool:
    if archives.is_one(_head(file)):
        return archives.strip(file, part=_strip_part)
    return _strip_part(file)


def _strip_part(file: IO[bytes]) -> bool:
    """The same for what may lie within a document: a picture or a film."""
    head = _head(file)
    if pictures.is_one(head):
        return pictures.strip(file)
    return films.is_one(head) and films.strip(file)


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(12)
