"""Which characters the paper fonts can draw, and what is printed where none can.

A PDF with a missing glyph looks right to every text search and shows a box to the reader. So every
document passes through ``Coverage.make_printable``: a character outside our own fonts is set in an
installed font that has it, and where no font has it, as a visible 〓 with its reading beside it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from pypinyin import Style, pinyin

FAMILY = "CRM Sans SC"
OWN_FONTS = settings.BASE_DIR / "static" / "fonts"
SYSTEM_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local" / "share" / "fonts",
)
GETA = "〓"  # the printer's mark for a sort that is not in the case
# Readings of characters in people's names that the pinyin tables do not have.
READINGS = {
    "𠮷": "jí",
    "𡋾": "hǒng",
    "𣲘": "wǔ",
    "𬎆": "yīng",
    "𬱖": "tóu",
    "𬘭": "chēn",
    "𫖯": "fǔ",
    "𬭎": "hóng",
}
_TAG = re.compile(r"(<[^>]*>)")
_KEPT_CONTROLS = frozenset("\n\t\r ")


class Coverage:
    """What can be drawn with our own fonts and, behind them, with the fonts in ``folders``.

    Args:
        folders: where installed fonts are looked for; the first font that has a character serves it.
    """

    def __init__(self, folders: Iterable[Path] = SYSTEM_FONTS) -> None:
        self._folders = tuple(folders)
        self._own = frozenset(_characters(OWN_FONTS / "CRMSansSC-Regular.ttf"))
        self._installed: list[tuple[str, frozenset[int]]] | None = None
        self._families: dict[str, str | None] = {}

    def is_own(self, character: str) -> bool:
        """Whether the font that comes with the program has the character."""
        return ord(character) in self._own or character in _KEPT_CONTROLS

    def family_for(self, character: str) -> str | None:
        """The installed family that draws a character our own fonts lack; None when there is none."""
        if character not in self._families:
            found = (family for family, has in self._installed_fonts() if ord(character) in has)
            self._families[character] = next(found, None)
        return self._families[character]

    def make_printable(self, page: str) -> str:
        """The HTML page with every character drawable; the head, which is not drawn, is left alone."""
        strange = {character for character in set(page) if not self.is_own(character)}
        if not strange:
            return page
        head, mark, body = page.partition("<body")
        if not mark:
            head, body = "", page
        shown = {ord(character): self._shown(character) for character in strange}
        bare = {ord(character): self._bare(character) for character in strange}
        parts = _TAG.split(mark + body)
        return head + "".join(
            part.translate(bare) if part.startswith("<") else part.translate(shown) for part in parts
        )

    def _shown(self, character: str) -> str:
        if _is_invisible(character):
            return ""
        family = self.family_for(character)
        if family is not None:
            return f'<span style="font-family:{html.escape(repr(family))}">{character}</span>'
        reading = reading_of(character)
        return f"{GETA}<small>({reading})</small>" if reading else GETA

    def _bare(self, character: str) -> str:
        """A character in an attribute, which a margin of the page may print: no span can name its font there."""
        if _is_invisible(character):
            return ""
        if self.family_for(character) is not None:
            return character  # the layout finds the font by itself
        reading = reading_of(character)
        return f"{GETA}({reading})" if reading else GETA

    def _installed_fonts(self) -> Iterator[tuple[str, frozenset[int]]]:
        if self._installed is None:
            self._installed = list(_read_fonts(self._folders))
        return iter(self._installed)


@lru_cache(maxsize=1)
def coverage() -> Coverage:
    """The coverage of this machine's fonts, read once a process."""
    return Coverage()


def reading_of(character: str) -> str:
    """The pinyin of a character with its tone, empty for anything that is not a Han character."""
    if character in READINGS:
        return READINGS[character]
    found = pinyin(character, style=Style.TONE, errors="ignore")
    return found[0][0] if found else ""


def _is_invisible(character: str) -> bool:
    """Controls, joiners, variation selectors and lone surrogates: nothing to draw."""
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Cs"} or "VARIATION SELECTOR" in unicodedata.name(character, "")


def _read_fonts(folders: Iterable[Path]) -> Iterator[tuple[str, frozenset[int]]]:
    """Every installed font with its family, those made for Chinese first."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    files = [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in {".ttf", ".otf", ".ttc", ".otc"}
    ]
    files.sort(key=lambda path: ("CJK" not in path.name, "Serif" in path.name, "Bold" in path.name))
    for path in files:
        try:
            if path.suffix.lower() in {".ttc", ".otc"}:
                with TTCollection(path, lazy=True) as collection:
                    # A collection holds the same characters once per region; the Chinese one will do.
                    found = _described(min(collection.fonts, key=lambda font: " SC" not in _family(font)))
            else:
                with TTFont(path, lazy=True) as font:
                    found = _described(font)
        except (TTLibError, OSError, KeyError, AssertionError):
            continue  # a broken font file on the machine is not our document's trouble
        if found[0] and "LastResort" not in found[0]:
            yield found


def _described(font) -> tuple[str, frozenset[int]]:
    return _family(font), frozenset(font.getBestCmap() or ())


def _family(font) -> str:
    name = font["name"]
    return name.getDebugName(16) or name.getDebugName(1) or ""


def _characters(path: Path) -> Iterable[int]:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return list(font.getBestCmap())
