"""Text as people paste it: without the marks that nobody sees."""

from __future__ import annotations

import unicodedata

# Joins what is drawn as one sign, such as a family.
JOINER = "\u200d"


def without_marks(text: str) -> str:
    """The text without characters that draw nothing: zero-width blanks, marks of direction, controls.

    They come along when a name is copied out of a web page or a chat. A mark of direction turns the rest of the
    line round, and a name with a zero-width blank is another one to every comparison.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if _is_drawn(char))


def _is_drawn(char: str) -> bool:
    return char in ("\n", "\r", "\t", JOINER) or unicodedata.category(char) not in ("Cc", "Cf")
