"""Office documents and zips: the pictures and films within lose their place, everything else in them stays."""

from __future__ import annotations

import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO

from .broken import Broken

PICTURES = frozenset({".jpg", ".jpeg", ".png"})
FILMS = frozenset({".mp4", ".mov", ".m4v"})
# What unpacks to more stays packed: it may be made to fill the memory (a picture) or the disk (all of it).
MOST_PICTURE = 64 * 1024 * 1024
MOST_UNPACKED = 256 * 1024 * 1024
IN_MEMORY = 4 * 1024 * 1024
ENCRYPTED = 0x1
SIGNED = "_xmlsignatures/"  # a signature is over every byte of a document

Strip = Callable[[IO[bytes]], bool]  # as strip_place does it, in the file itself


def is_one(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def strip(file: IO[bytes], *, part: Strip) -> bool:
    """Do ``part`` with each picture and film in the archive; whether one changed.

    What is signed, encrypted, packed in an unusual way or unpacks to more than 256 MB stays as it is; so does a
    picture in it that is broken, and an archive in an archive.

    Raises Broken: cut short or broken.
    """
    try:
        with _opened(file) as archive, TemporaryFile() as copy:
            if not _repacked(archive, copy, part):
                return False
            copy.seek(0)
            file.seek(0)
            shutil.copyfileobj(copy, file)
            file.truncate()
            return True
    except NotImplementedError:  # a way of packing that Python does not know
        return False
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Broken from error


def _repacked(archive: zipfile.ZipFile, copy: IO[bytes], part: Strip) -> bool:
    """Pack the archive again with what changes in it; whether something does, and the copy was made."""
    members = archive.infolist()
    if sum(member.file_size for member in members) > MOST_UNPACKED or any(map(_is_sealed, members)):
        return False
    if not any(_changes(archive, member, part) for member in members):
        return False
    with zipfile.ZipFile(copy, "w") as packed:
        packed.comment = archive.comment
        for member in members:
            with _stripped(archive, member, part) as content, packed.open(_as_it_was(member), "w") as to:
                shutil.copyfileobj(content, to)
    return True


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    """Names without a mark of their encoding are Chinese where they can be; the copy says that they are UTF-8."""
    try:
        return zipfile.ZipFile(file, metadata_encoding="gb18030")
    except UnicodeDecodeError:
        return zipfile.ZipFile(file)


def _is_sealed(member: zipfile.ZipInfo) -> bool:
    """It cannot be read, or tells that nothing may be changed."""
    return bool(member.flag_bits & ENCRYPTED) or member.filename.startswith(SIGNED)


def _changes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, part: Strip) -> bool:
    if not _may_change(member):
        return False
    with _unpacked(archive, member) as content:
        return _done(content, part)


@contextmanager
def _stripped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, part: Strip) -> Iterator[IO[bytes]]:
    """What the copy holds of a member."""
    if not _may_change(member):
        with archive.open(member) as content:
            yield content
        return
    with _unpacked(archive, member) as content:
        _done(content, part)
        content.seek(0)
        yield content


def _may_change(member: zipfile.ZipInfo) -> bool:
    suffix = PurePosixPath(member.filename).suffix.lower()
    return suffix in FILMS or (suffix in PICTURES and member.file_size <= MOST_PICTURE)


@contextmanager
def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with SpooledTemporaryFile(IN_MEMORY) as content:
        with archive.open(member) as packed:
            shutil.copyfileobj(packed, content)
        yield content


def _done(content: IO[bytes], part: Strip) -> bool:
    """A broken picture stays as it is: the document around it is none."""
    try:
        return part(content)
    except (Broken, struct.error, IndexError):
        return False


def _as_it_was(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A row of the new directory with everything but sizes and places."""
    row = zipfile.ZipInfo(member.filename, member.date_time)
    row.compress_type, row.comment = member.compress_type, member.comment
    row.create_system, row.external_attr = member.create_system, member.external_attr
    return row
