"""Photos from a phone: upright, small, without the place; hostile files refused in words."""

from io import BytesIO

import pytest
from PIL import Image

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.images import LONG_SIDE, read_photo


def a_photo(width=4000, height=3000, kind="JPEG", **save) -> BytesIO:
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    out = BytesIO()
    image.save(out, kind, **save)
    out.seek(0)
    return out


def exif_with_place(orientation=6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Phone"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (39.0, 54.0, 20.0)
    return exif


def test_a_photo_is_shrunk_turned_upright_and_stripped():
    photo = read_photo(a_photo(exif=exif_with_place()))

    kept = Image.open(BytesIO(photo.content))
    assert (kept.format, kept.width, kept.height) == ("JPEG", 1200, LONG_SIDE)
    assert dict(kept.getexif()) == {}
    assert b"Exif" not in photo.content
    assert kept.getpixel((1190, 10)) == pytest.approx((255, 0, 0), abs=12)  # the corner turned with it


def test_the_thumbnail_is_small():
    photo = read_photo(a_photo())

    assert Image.open(BytesIO(photo.thumbnail)).size == (320, 240)


def test_the_same_photo_has_the_same_digest():
    assert read_photo(a_photo()).digest == read_photo(a_photo()).digest
    assert read_photo(a_photo()).digest != read_photo(a_photo(width=3000)).digest


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_become_jpeg(kind):
    assert read_photo(a_photo(kind=kind)).content[:2] == b"\xff\xd8"


def test_what_is_see_through_becomes_white():
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")

    kept = Image.open(BytesIO(read_photo(BytesIO(out.getvalue())).content))

    assert kept.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", a_photo().getvalue()[:3000],
     b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"],
)  # fmt: skip
def test_what_is_no_photo_is_refused_in_words(content):
    with pytest.raises(RuleViolation, match=r"x\.jpg") as refusal:
        read_photo(BytesIO(content), name="x.jpg")

    assert refusal.value.field == "photos"


def test_a_photo_made_to_fill_the_memory_is_refused():
    out = BytesIO()
    Image.new("1", (30000, 30000)).save(out, "PNG")

    with pytest.raises(RuleViolation):
        read_photo(BytesIO(out.getvalue()), name="bomb.png")


def test_too_large_a_file_is_refused_before_it_is_read():
    with pytest.raises(RuleViolation):
        read_photo(BytesIO(b""), name="big.jpg", size=16 * 1024 * 1024)
