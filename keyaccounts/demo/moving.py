"""Moving a demo file in time by whole weeks, so that its frozen moment falls on a chosen week.

Weekdays stay what they were. Dates inside texts (7月10日, 2012年5月15日) and the year in codes
(KH2012-001) move along; the festival tokens {节} and {上节} are filled with the festivals that
surround the new moment. Festival dates themselves are facts and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?")
LONG_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
SHORT_DATE = re.compile(r"(\d{1,2})月(\d{1,2})日")
CODE_YEAR = re.compile(r"([A-Z]{2})(\d{4})(-\d+)")
GIFT_FESTIVALS = {"spring": "春节", "dragon_boat": "端午", "mid_autumn": "中秋"}
KEPT = ("festivals", "expected_at_as_of", "festival_lead_windows")


def weeks_between(frozen: date, wanted: date) -> timedelta:
    """The whole weeks that bring ``frozen`` into the week of ``wanted`` (Monday to Sunday)."""
    monday = wanted - timedelta(days=wanted.weekday())
    return monday + timedelta(days=frozen.weekday()) - frozen


def festival_tokens(festivals: list[dict[str, Any]], moment: date) -> dict[str, str]:
    """What {节} and {上节} read at ``moment``: the gift festival to come and the one just past."""
    days = sorted(
        (date.fromisoformat(year[code]), name)
        for year in festivals
        for code, name in GIFT_FESTIVALS.items()
        if code in year
    )
    coming = next((name for on, name in days if on >= moment), "中秋")
    past = next((name for on, name in reversed(days) if on < moment), "端午")
    return {"{节}": coming, "{上节}": past}


def moved(data: dict[str, Any], *, by: timedelta) -> dict[str, Any]:
    """The whole file moved ``by`` whole weeks; unmoved it only gets its own tokens filled."""
    frozen = date.fromisoformat(data["meta"]["as_of"][:10])
    anchor = date.fromisoformat(data["meta"]["plan_anchor"])
    tokens = (
        data["meta"].get("tokens", {}) if not by else festival_tokens(data.get("festivals", []), frozen + by)
    )
    move = _mover(by=by, anchor=anchor, tokens=tokens)
    return {key: value if key in KEPT else move(value) for key, value in data.items()}


def _mover(*, by: timedelta, anchor: date, tokens: dict[str, str]) -> Callable[[Any], Any]:
    def full(match: re.Match[str]) -> str:
        day = date(*(int(part) for part in match.groups())) + by
        return f"{day.year}年{day.month}月{day.day}日"

    def short(match: re.Match[str]) -> str:
        day = date(anchor.year, int(match[1]), int(match[2])) + by
        return f"{day.month}月{day.day}日"

    def code(match: re.Match[str]) -> str:
        return f"{match[1]}{int(match[2]) + (anchor + by).year - anchor.year}{match[3]}"

    def text(value: str) -> str:
        for token, name in tokens.items():
            value = value.replace(token, name)
        if not by:
            return value
        if found := ISO_DATE.fullmatch(value):
            return (date.fromisoformat(found[1]) + by).isoformat() + (found[2] or "")
        # Long dates first and set aside, so that their month and day do not move twice.
        parts = LONG_DATE.sub(lambda match: f"\0{full(match)}\0", value).split("\0")
        value = "".join(part if i % 2 else SHORT_DATE.sub(short, part) for i, part in enumerate(parts))
        return CODE_YEAR.sub(code, value)

    def move(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: move(value) for key, value in node.items()}
        if isinstance(node, list):
            return [move(value) for value in node]
        return text(node) if isinstance(node, str) else node

    return move
