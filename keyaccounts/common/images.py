"""Photos as they come from a phone, made fit to keep: upright, small, and without where they were taken."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from .errors import RuleViolation

LONG_SIDE = 1600  # pixels
THUMB_SIDE = 320  # pixels
QUALITY = 80
MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo ready to store: JPEG bytes of it and of its thumbnail; ``digest`` is equal for equal photos."""

    content: bytes
    thumbnail: bytes
    digest: str
    width: int
    height: int


def read_photo(file: IO[bytes], *, name: str = "", size: int | None = None) -> Photo:
    """Turn an upload into a ``Photo``: at most 1600 pixels, upright, no EXIF, no GPS position.

    Args:
        file: the upload.
        name: its name, for the message.
        size: its bytes, if known before reading.

    Raises:
        RuleViolation: it is no photo, too large, or made to fill the memory.
    """
    if size is not None and size > MAX_BYTES:
        raise _refused(_("“%(name)s” is larger than %(mb)s MB."), name, mb=MAX_BYTES // 1024 // 1024)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # The PDF library makes Pillow accept half a file; an upload cut short is to be sent again.
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            with Image.open(file, formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise _refused(_("“%(name)s” has too many pixels. Take it again smaller."), name)
                # A JPEG is decoded at a fraction of its size where that is enough.
                opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
                upright = ImageOps.exif_transpose(opened)
                small = _on_white(upright)
                small.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    except RuleViolation:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_("“%(name)s” has too many pixels. Take it again smaller."), name) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise _refused(
            _("“%(name)s” is not a photo that can be read. Use JPEG, PNG or WebP."), name
        ) from error
    content = _jpeg(small)
    tiny = small.copy()
    tiny.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return Photo(content, _jpeg(tiny), hashlib.sha256(content).hexdigest(), small.width, small.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Plain RGB; what is see-through becomes white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        sheet = Image.new("RGB", layer.size, "white")
        sheet.paste(layer, mask=layer.getchannel("A"))
        return sheet
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    # A fresh image carries pixels only: whatever else the upload held stays behind.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _refused(message: str, name: str, **values: object) -> RuleViolation:
    return RuleViolation(message % {"name": name or _("The file"), **values}, field="photos")
