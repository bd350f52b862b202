"""MP4 and QuickTime: boxes in boxes. What says where a film was taken is blanked where it lies.

Nothing moves: tables in the file say where each frame is, and stay right. A blanked box is a ``free`` one of zeros.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import IO

from .broken import Broken

MOST_BOXES = 100_000
MOST_ENTRIES = 1_000_000  # of one table
PIECE = 1024 * 1024

FREE = b"free"
# Copyright, place, camera, words, thumbnails, XMP: whatever is kept in these says nothing about how to show the film.
TOLD = frozenset({b"udta", b"meta", b"uuid", FREE, b"skip"})
INSIDE = {b"": (b"moov", b"moof"), b"moov": (b"trak",), b"moof": (b"traf",)}  # where such boxes are
# Tracks that are seen or heard, by their handler. Any other (positions a second, sensors) is blanked with its samples.
PLAYED = frozenset(b"vide soun subt sbtl text clcp tmcd hint pict auxv sdsm odsm".split())


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a film: its kind, where it begins, where its content begins, and where it ends."""

    kind: bytes
    at: int
    content: int
    end: int


def is_one(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def strip(file: IO[bytes]) -> bool:
    """Blank in the file itself what says where and with what it was taken; whether there was something.

    Raises Broken: cut short, or no film.
    """
    film = _Film(file)
    if film.one(b"moov") is None:
        raise Broken
    told = list(_told(film, film.whole))  # everything is read before anything is written
    return sum(_zero(file, box) for box in told) > 0


class _Film:
    """Reads boxes, as many as a film may have."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.seen = file, 0
        self.size = file.seek(0, 2)
        self.whole = Box(b"", 0, 0, self.size)

    def read(self, at: int, size: int) -> bytes:
        self.file.seek(at)
        return self.file.read(size)

    def boxes(self, outer: Box) -> Iterator[Box]:
        at = outer.content
        while at + 8 <= outer.end:
            self.seen += 1
            size, kind = struct.unpack(">I4s", self.read(at, 8))
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", self.read(at + 8, 8))[0], 16
            elif size == 0:
                size = outer.end - at
            if size < head or at + size > outer.end or self.seen > MOST_BOXES:
                raise Broken
            yield Box(kind, at, at + head, at + size)
            at += size

    def one(self, *path: bytes, within: Box | None = None) -> Box | None:
        """The first box of that path."""
        box = within or self.whole
        for kind in path:
            found = next((inner for inner in self.boxes(box) if inner.kind == kind), None)
            if found is None:
                return None
            box = found
        return box

    def handler(self, track: Box) -> bytes:
        """What plays the track."""
        box = self.one(b"mdia", b"hdlr", within=track)
        return self.read(box.content + 8, 4) if box else b""

    def table(self, box: Box, row: str, *, at: int = 4) -> list[tuple[int, ...]]:
        """The rows of a table; their count stands ``at`` bytes into its content."""
        count = struct.unpack(">I", self.read(box.content + at, 4))[0]
        start, size = box.content + at + 4, count * struct.calcsize(row)
        if count > MOST_ENTRIES or start + size > box.end:
            raise Broken
        return list(struct.iter_unpack(row, self.read(start, size)))


def _told(film: _Film, outer: Box) -> Iterator[Box]:
    """What is to be blanked; a box without a kind is a part of the samples."""
    for box in film.boxes(outer):
        if box.kind in TOLD:
            yield box
        elif box.kind == b"trak" and film.handler(box) not in PLAYED:
            yield from _samples(film, box)
            yield box
        elif box.kind in INSIDE.get(outer.kind, ()):
            yield from _told(film, box)


def _samples(film: _Film, track: Box) -> Iterator[Box]:
    """Where the samples of a track lie: its chunks, each so many samples long."""
    tables = film.one(b"mdia", b"minf", b"stbl", within=track)
    found = {box.kind: box for box in film.boxes(tables)} if tables else {}
    if not {b"stsz", b"stsc"} <= found.keys() or not {b"stco", b"co64"} & found.keys():
        return
    each = struct.unpack(">I", film.read(found[b"stsz"].content + 4, 4))[0]
    sizes = [] if each else [size for (size,) in film.table(found[b"stsz"], ">I", at=8)]
    ends = [0, *accumulate(sizes)]
    wide = b"co64" in found
    chunks = [at for (at,) in film.table(found[b"co64" if wide else b"stco"], ">Q" if wide else ">I")]
    runs = film.table(found[b"stsc"], ">III")
    sample = blanked = 0
    for (first, many, _entry), after in zip(
        runs, [*(run[0] for run in runs[1:]), len(chunks) + 1], strict=True
    ):
        for at in chunks[first - 1 : after - 1]:
            size = many * each or ends[min(sample + many, len(sizes))] - ends[min(sample, len(sizes))]
            sample, blanked = sample + many, blanked + size
            if at + size > film.size or blanked > film.size:
                raise Broken
            yield Box(b"", at, at, at + size)


def _zero(file: IO[bytes], box: Box) -> bool:
    """Make the box one of zeros; whether it was not."""
    was_told = box.kind not in (FREE, b"")
    if was_told:
        file.seek(box.at + 4)
        file.write(FREE)
    for at in range(box.content, box.end, PIECE):
        size = min(PIECE, box.end - at)
        file.seek(at)
        if file.read(size).strip(b"\0"):
            file.seek(at)
            file.write(bytes(size))
            was_told = True
    return was_told
