"""Numbers as people type them: full-width digits, thousands separators, 万, and Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_DROPPED = re.compile(r"[,\s_'¥¥人元套分钟左右约]")
_LARGE = {"万": 10_000, "亿": 100_000_000}


def parse_number(text: str) -> Decimal:
    """The number somebody typed: ``1,210 人`` → 1210, ``8.5万`` → 85000, ``五百`` → 500.

    Raises ValueError when it is no number.
    """
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text))
    for mark, factor in _LARGE.items():
        head, found, tail = plain.partition(mark)
        if found and head:
            return parse_number(head) * factor + (_tail(tail, factor) if tail else 0)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return Decimal(_chinese(plain))
    if not value.is_finite():
        raise ValueError(text)
    return value


def _tail(text: str, factor: int) -> Decimal:
    """What follows 万: 两万三 is 23,000, 一万零五十 is 10,050."""
    if len(text) == 1 and text in _DIGITS:
        return Decimal(_DIGITS[text] * factor // 10)
    return parse_number(text)


def _chinese(text: str) -> int:
    total, digit, last_unit = 0, None, 1
    if not text:
        raise ValueError(text)
    for char in text:
        if char in _DIGITS:
            if digit:
                raise ValueError(text)
            digit = _DIGITS[char]
            last_unit = 1 if digit == 0 else last_unit
        elif char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit, last_unit = None, _UNITS[char]
        else:
            raise ValueError(text)
    # 一百二 is 120; 一百零二 is 102.
    return total + (digit or 0) * (last_unit // 10 if last_unit > 1 else 1)
