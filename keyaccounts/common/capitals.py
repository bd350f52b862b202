"""Amounts in capital numerals, as vouchers carry them: 1,234.50 → 壹仟贰佰叁拾肆元伍角."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
MOST = Decimal(10) ** 12


def in_capitals(amount: Decimal) -> str:
    """The amount of a voucher in words, to the fen; 整 where no fen follow.

    Raises ValueError for less than nothing or a million million yuan and more.
    """
    fen = int((amount * 100).to_integral_value(rounding=ROUND_HALF_UP))
    if fen < 0 or amount >= MOST:
        raise ValueError(amount)
    yuan, fen = divmod(fen, 100)
    jiao, fen = divmod(fen, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    if fen:
        return f"{words}{DIGITS[fen]}分"
    return f"{words or '零元'}整"


def _whole(number: int) -> str:
    """10,020 → 壹万零贰拾: one 零 for any row of noughts inside, none at the end."""
    words, gap = "", False
    for group in range(len(GROUPS) - 1, -1, -1):
        four = number // 10_000**group % 10_000
        if not four:
            gap = bool(words)
            continue
        for place in range(3, -1, -1):
            digit = four // 10**place % 10
            if not digit:
                gap = bool(words)
                continue
            words += ("零" if gap and words else "") + DIGITS[digit] + PLACES[place]
            gap = False
        words += GROUPS[group]
        gap = False if four % 10 else gap
    return words
