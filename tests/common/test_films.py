"""Films keep every frame where it is and lose where they were taken."""

import struct

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import strip_place
from tests.films import PLACE, a_film, box


def stripped(content: bytes, name="样片.mp4") -> bytes:
    file = SimpleUploadedFile(name, content, "video/mp4")
    strip_place(file)
    assert file.size == len(file.read())
    file.seek(0)
    return file.read()


def kinds(content: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        found.append(kind)
        at += size
    return found


@pytest.mark.parametrize("how", [{}, {"brand": b"qt  "}, {"positions": b"camm"}, {"wide": True}])
def test_the_place_goes_and_nothing_moves(how):
    film = a_film(**how)
    assert film.count(PLACE) == 6

    kept = stripped(film)

    assert len(kept) == len(film)
    assert kinds(kept) == [b"ftyp", b"mdat", b"free", b"moov"]
    for told in (PLACE, b"ISO6709", b"Phone", b"P40", b"xmpmeta", b"udta"):
        assert told not in kept
    assert [kept.index(b"FRAME%d" % n) for n in range(6)] == [film.index(b"FRAME%d" % n) for n in range(6)]
    index = film.index(b"moov")
    seen = film.index(b"vide")
    assert kept[index : seen + 4] == film[index : seen + 4]
    assert stripped(kept) == kept


def test_tracks_that_are_seen_or_heard_stay():
    film = a_film(positions=b"soun")

    kept = stripped(film)

    assert (kept.count(PLACE), kept.count(b"soun"), kept.count(b"trak")) == (3, 1, 2)


def test_a_film_that_says_nothing_comes_back_itself():
    file = SimpleUploadedFile("样片.mp4", box(b"ftyp", b"mp42") + box(b"moov", box(b"mvhd", bytes(100))))

    assert not strip_place(file)
    assert file.read(8)[4:] == b"ftyp"


def test_a_box_to_the_end_and_a_long_one_are_read():
    head = box(b"ftyp", b"mp42")
    long = struct.pack(">I4sQ", 1, b"mdat", 22) + b"FRAME0"
    index = box(b"moov", box(b"mvhd", bytes(100)))
    last = struct.pack(">I4s", 0, b"uuid") + PLACE

    kept = stripped(head + long + index + last)

    assert kept == head + long + index + struct.pack(">I4s", 0, b"free") + bytes(len(PLACE))


def beyond():
    """A table of positions that leads out of the file."""
    film = a_film()
    at = film.rindex(b"stco") + 12
    return film[:at] + struct.pack(">I", 0x7FFFFFFF) + film[at + 4 :]


@pytest.mark.parametrize(
    "content",
    [a_film()[:-1], a_film()[:60], box(b"ftyp", b"heic") + box(b"meta", bytes(4)), beyond(),
     box(b"ftyp", b"mp42") + box(b"moov", b"\0\0\0\4trak"), box(b"ftyp", b"mp42") + struct.pack(">I4s", 1, b"moov"),
     box(b"ftyp", b"mp42") + box(b"moov") + box(b"free") * 100_001],
    ids=["end", "head", "no film", "table", "size", "long", "many"],
)  # fmt: skip
def test_a_film_cut_short_is_refused_in_words(content):
    with pytest.raises(RuleViolation, match=r"样片\.mp4") as refusal:
        stripped(content)

    assert refusal.value.field == "file"
