"""Originals keep every pixel, their colours and their resolution, and lose where they were taken."""

import struct
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import strip_place
from tests.pictures import PLACE, PROFILE, XMP, a_jpeg, exif, noise, place_in


def photoshop(*blocks: tuple[int, bytes]) -> bytes:
    body = b"Photoshop 3.0\0"
    for number, data in blocks:
        body += b"8BIM" + struct.pack(">HBB", number, 0, 0) + struct.pack(">I", len(data)) + data
        body += b"\0" * (len(data) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def stripped(content: bytes, name="原图.jpg") -> bytes:
    file = SimpleUploadedFile(name, content, "image/jpeg")
    strip_place(file)
    assert file.size == len(file.read())
    file.seek(0)
    return file.read()


def scan(content: bytes) -> bytes:
    """From the first tables to the end: what the picture is made of."""
    return content[content.index(b"\xff\xdb") : content.rindex(b"\xff\xd9") + 2]


@pytest.mark.parametrize(
    "how",
    [
        {"subsampling": 0},
        {"progressive": True, "quality": 60},
        {"image": noise("L")},
        {"image": noise("CMYK")},
        {"restart_marker_blocks": 4},
    ],
    ids=lambda how: next(iter(how)),
)
def test_every_byte_of_the_picture_stays_and_the_place_goes(how):
    content = a_jpeg(**how)
    before = Image.open(BytesIO(content))
    assert place_in(content)[1] == "N"

    kept = stripped(content)

    after = Image.open(BytesIO(kept))
    assert scan(kept) == scan(content)
    assert (after.size, after.mode, after.tobytes()) == (before.size, before.mode, before.tobytes())
    assert after.info["icc_profile"] == PROFILE
    assert after.info["dpi"] == (300, 300)
    said = after.getexif()
    assert place_in(kept) == {}
    assert {tag: said[tag] for tag in said if tag != 0x8769} == {
        0x0112: 6,
        0x011A: 300.0,
        0x011B: 300.0,
        0x0128: 2,
    }
    assert said.get_ifd(0x8769) == {0xA001: 65535}
    for told in (b"GPS", b"Phone", b"P40", b"2012:06:05", "北京".encode(), b"adobe:ns:meta"):
        assert told not in kept
    assert stripped(kept) == kept


def test_a_picture_that_says_nothing_stays_as_it_is():
    out = BytesIO()
    noise().save(out, "JPEG")

    assert stripped(out.getvalue()) == out.getvalue()


def test_captions_go_and_clipping_paths_and_resolution_stay():
    content = a_jpeg()
    blocks = photoshop((0x0404, b"\x1c\x02\x5aBeijing"), (0x03ED, b"\x01\x2c" * 8), (0x07D0, b"path!"))

    kept = stripped(content[:2] + blocks + content[2:])

    assert b"Beijing" not in kept
    assert photoshop((0x03ED, b"\x01\x2c" * 8), (0x07D0, b"path!")) in kept
    assert Image.open(BytesIO(kept)).tobytes() == Image.open(BytesIO(content)).tobytes()


def test_what_hangs_behind_the_picture_goes():
    """Phones put a second picture or a short film there, with a place of its own."""
    out = BytesIO()
    noise().save(out, "MPO", save_all=True, append_images=[noise(size=(64, 64))], exif=exif())

    kept = stripped(out.getvalue() + a_jpeg() + b"ftypmp42 +39.9+116.4/")

    assert kept.count(b"\xff\xd9") >= 1
    assert kept.endswith(b"\xff\xd9")
    assert (b"MPF\0" in kept, b"+116" in kept, b"GPS" in kept) == (False, False, False)
    assert Image.open(BytesIO(kept)).format == "JPEG"


def test_broken_exif_goes_as_a_whole():
    content = a_jpeg(exif=b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02\x88\x25\0\x04\xff\xff")

    assert b"Exif" not in stripped(content)


def test_a_png_keeps_its_pixels_and_loses_its_words():
    words = PngImagePlugin.PngInfo()
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    words.add_text("Location", "39.9N")
    out = BytesIO()
    image = noise("RGBA")
    image.save(out, "PNG", pnginfo=words, exif=exif(), icc_profile=PROFILE, dpi=(300, 300))

    kept = stripped(out.getvalue(), "原图.png")

    after = Image.open(BytesIO(kept))
    after.load()  # the checksums hold
    assert after.tobytes() == image.tobytes()
    assert after.info["icc_profile"] == PROFILE
    assert after.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert (after.getexif()[0x0112], after.getexif().get_ifd(PLACE)) == (6, {})
    assert (b"GPS" in kept, b"39.9N" in kept) == (False, False)


@pytest.mark.parametrize(
    "content",
    [a_jpeg()[:4000], a_jpeg()[:30], b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1\xff\xff" + b"x" * 90,
     b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\xff\xffIHDR"],
    ids=["half", "head", "marker", "length", "png", "chunk"],
)  # fmt: skip
def test_a_picture_cut_short_is_refused_in_words(content):
    with pytest.raises(RuleViolation, match=r"原图\.jpg") as refusal:
        stripped(content)

    assert refusal.value.field == "file"


def test_anything_else_comes_back_untouched():
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")

    assert not strip_place(file)
    assert file.read() == b"%PDF-1.7"
