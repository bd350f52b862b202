"""Pictures and films in Office documents and zips lose their place; everything else in them stays."""

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import archives, strip_place
from tests.archives import a_document
from tests.films import PLACE, a_film
from tests.pictures import a_jpeg, place_in


def stripped(content: bytes) -> zipfile.ZipFile:
    file = SimpleUploadedFile("方案.docx", content)
    strip_place(file)
    return zipfile.ZipFile(file)


def directory(archive: zipfile.ZipFile) -> list:
    return [(row.filename, row.date_time, row.compress_type, row.external_attr) for row in archive.infolist()]


def test_pictures_and_films_lose_their_place_and_the_rest_stays():
    content = a_document(**{"word/media/film.mp4": a_film(), "word/media/map.emf": b"\x01\0\0\0EMF" + PLACE})
    before = zipfile.ZipFile(BytesIO(content))
    assert place_in(before.read("word/media/image1.jpeg"))[1] == "N"

    kept = stripped(content)

    assert (kept.testzip(), kept.comment) == (None, before.comment)
    assert directory(kept) == directory(before)
    assert place_in(kept.read("word/media/image1.jpeg")) == {}
    assert PLACE not in kept.read("word/media/film.mp4")
    for name in ("[Content_Types].xml", "word/document.xml", "word/media/map.emf"):
        assert kept.read(name) == before.read(name)


@pytest.mark.parametrize(
    "members",
    [
        {"word/media/image1.jpeg": b"\x89PNG\r\n\x1a\n\0\0\xff\xffIHDR"},
        {"word/media/image1.jpeg": b""},
        {"_xmlsignatures/sig1.xml": b"<Signature/>"},
    ],
    ids=["a broken picture", "an empty one", "signed"],
)
def test_what_cannot_change_comes_back_itself(members):
    file = SimpleUploadedFile("方案.docx", a_document(**members))

    assert not strip_place(file)
    assert file.read(2) == b"PK"


def test_what_is_done_comes_back_itself():
    file = SimpleUploadedFile("方案.docx", a_document())
    assert strip_place(file)

    assert not strip_place(file)


def test_what_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    content = a_document()
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1000)
    file = SimpleUploadedFile("方案.docx", content)

    assert not strip_place(file)


def test_a_huge_picture_stays_packed_and_the_others_are_done(monkeypatch):
    monkeypatch.setattr(archives, "MOST_PICTURE", 200_000)
    huge = a_jpeg() + bytes(200_000)

    kept = stripped(a_document(**{"word/media/image2.jpg": huge}))

    assert kept.read("word/media/image2.jpg") == huge
    assert place_in(kept.read("word/media/image1.jpeg")) == {}


def test_names_written_in_chinese_windows_are_read_right():
    content = a_document(**{"NNNN.txt": b"1"}).replace(b"NNNN.txt", "现场".encode("gb18030") + b".txt")

    assert stripped(content).read("现场.txt") == b"1"


@pytest.mark.parametrize("content", [a_document()[:-400], b"PK\x03\x04" + bytes(40)], ids=["half", "head"])
def test_one_cut_short_is_refused_in_words(content):
    with pytest.raises(RuleViolation, match=r"方案\.docx"):
        stripped(content)


def test_one_that_rotted_is_refused_in_words():
    content = a_document()
    at = content.index(b"image1.jpeg") + 500

    with pytest.raises(RuleViolation, match=r"方案\.docx"):
        stripped(content[:at] + b"rotten" + content[at + 6 :])
