"""JPEG and PNG: the segments and chunks that are the picture, and those that say how it is to be shown."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from PIL import Image

from .broken import Broken

JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"

# JPEG segments by their marker, and by how they begin where a marker has several uses.
SOI, SOS, EOI = 0xD8, 0xDA, 0xD9
APPS = range(0xE0, 0xF0)
COMMENT = 0xFE
KEPT_APPS = {0xE0: (b"JFIF\0",), 0xE2: (b"ICC_PROFILE\0",), 0xEE: (b"Adobe",)}
EXIF, PHOTOSHOP = b"Exif\0\0", b"Photoshop 3.0\0"
PHOTOSHOP_RESOLUTION = 0x03ED
PHOTOSHOP_PATHS = range(0x07D0, 0x0BB7)  # a clipping path is part of an original
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")

# What of EXIF says how the picture is to be shown: orientation, dots per inch, colour space.
SHOWN, PRIVATE_IFD, COLOUR_SPACE = (0x0112, 0x011A, 0x011B, 0x0128), 0x8769, 0xA001

PNG_KEPT = frozenset(b"tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split())


def is_one(head: bytes) -> bool:
    return head.startswith((JPEG, PNG))


def strip(file: IO[bytes]) -> bool:
    """Leave out of the picture what it says of place, camera and author; whether it said something.

    Raises Broken, or what reading beyond the end raises.
    """
    file.seek(0)
    content = file.read()
    kept = b"".join(_jpeg(content) if content.startswith(JPEG) else _png(content))
    if kept == content:
        return False
    file.seek(0)
    file.write(kept)
    file.truncate()
    return True


def _jpeg(content: bytes) -> Iterator[bytes]:
    """The segments that stay. What follows the end of the picture (further pictures, a film) does not."""
    yield content[:2]
    at, has_exif = 2, False
    while True:
        found = NEXT_MARKER.search(content, at)
        if found is None:
            raise Broken
        marker, at = content[found.end() - 1], found.end()
        if marker == EOI:
            yield b"\xff\xd9"
            return
        end = at + struct.unpack_from(">H", content, at)[0]
        if end < at + 2 or end > len(content):
            raise Broken
        body = content[at + 2 : end]
        if marker == SOS:  # the picture itself, up to the next marker
            following = NEXT_MARKER.search(content, end)
            if following is None:
                raise Broken
            end = following.start()
            yield b"\xff\xda" + content[at:end]
        elif marker == 0xE1 and body.startswith(EXIF) and not has_exif:
            has_exif = True
            kept = _exif(body)
            yield from _segment(marker, kept and EXIF + kept)
        elif marker == 0xED and body.startswith(PHOTOSHOP):
            yield from _segment(marker, _photoshop(body))
        elif marker not in (*APPS, COMMENT) or body.startswith(KEPT_APPS.get(marker, ())):
            yield from _segment(marker, body)
        at = end


def _segment(marker: int, body: bytes) -> Iterator[bytes]:
    if body:
        yield struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _exif(body: bytes) -> bytes:
    """Of the EXIF only how the picture is to be shown."""
    said, kept = Image.Exif(), Image.Exif()
    try:
        said.load(body)
        for tag in SHOWN:
            if tag in said:
                kept[tag] = said[tag]
        if (space := said.get_ifd(PRIVATE_IFD).get(COLOUR_SPACE)) is not None:
            kept.get_ifd(PRIVATE_IFD)[COLOUR_SPACE] = space
        return kept.tobytes().removeprefix(EXIF) if len(kept) else b""
    except Exception:  # of broken EXIF nothing stays, in whatever way it is broken
        return b""


def _photoshop(body: bytes) -> bytes:
    """Of Photoshop's blocks the resolution and the clipping paths; captions, places and previews go."""
    kept, at = b"", len(PHOTOSHOP)
    while body[at : at + 4] == b"8BIM" and at + 12 <= len(body):
        number, name_length = struct.unpack_from(">HB", body, at + 4)
        data = at + 7 + name_length + (name_length + 1) % 2
        if data + 4 > len(body):
            break
        size = struct.unpack_from(">I", body, data)[0]
        end = data + 4 + size + size % 2
        if number == PHOTOSHOP_RESOLUTION or number in PHOTOSHOP_PATHS:
            kept += body[at:end]
        at = end
    return PHOTOSHOP + kept if kept else b""


def _png(content: bytes) -> Iterator[bytes]:
    yield PNG
    at = len(PNG)
    while True:
        size, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if end > len(content):
            raise Broken
        is_critical = kind[0] < ord("a")
        if is_critical or kind in PNG_KEPT:
            yield content[at:end]
        elif kind == b"eXIf" and (kept := kind + _exif(EXIF + content[at + 8 : end - 4])) != kind:
            yield struct.pack(">I", len(kept) - 4) + kept + struct.pack(">I", zlib.crc32(kept))
        if kind == b"IEND":
            return
        at = end
