"""The arithmetic of phases, work items and festivals on plain values: shown state, reminders, moved dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

ENDING_DAYS = 7
"""A phase counts as ending soon when this many days or fewer are left (phase_status ``ending``)."""

WEEK_AHEAD = 7
"""A lead window that opens within a week is announced with those already open: it is planned weekly."""


def shown_state(state: str, due_on: date | None, done_on: date | None, today: date) -> str:
    """What a work item is shown as: 已逾期 and 逾期完成 follow from the dates (R43).

    Args:
        state: the stored state: todo, doing, done or cancelled.
        due_on: the day it is due, inclusive (C2); None never runs late.
    """
    if state == "done" and due_on and done_on and done_on > due_on:
        return "late_done"
    if state in ("todo", "doing") and due_on and due_on < today:
        return "overdue"
    return state


def phase_state(starts_on: date, ends_on: date | None, today: date) -> str:
    """Where a phase stands on a day; both its days belong to it (C2), without an end it stays under way (R38)."""
    if today < starts_on:
        return "upcoming"
    if ends_on is None:
        return "active"
    if today > ends_on:
        return "ended"
    return "ending" if (ends_on - today).days <= ENDING_DAYS else "active"


def days_left(ends_on: date | None, today: date) -> int | None:
    """Days until the end: 0 on the last day, negative once it is past, None without an end."""
    return None if ends_on is None else (ends_on - today).days


def days_late(due_on: date | None, done_on: date | None, today: date) -> int:
    """How many days something is or was late; 0 when it is not."""
    if due_on is None:
        return 0
    return max(0, ((done_on or today) - due_on).days)


def reminder_step(due_on: date, today: date, days_before: Iterable[int]) -> str | None:
    """Which reminder is the one to send today: ``T-7``, ``T-0``, ``late-2012-07-16``, or None.

    The question is "which step has been reached", not "which falls on today": after an outage the
    step that was missed is still found, and a step already sent has the same key and is not repeated.
    While late there is one step a day (R13).
    """
    left = (due_on - today).days
    if left < 0:
        return f"late-{today.isoformat()}"
    reached = [days for days in days_before if days >= left]
    return f"T-{min(reached)}" if reached else None


def whole_weeks(days: int) -> int:
    """The multiple of seven nearest to ``days``: moved by it, every date keeps its weekday."""
    return (days + 3) // 7 * 7


def moved(day: date | None, days: int) -> date | None:
    """A date moved by whole days; no date stays no date."""
    return None if day is None else day + timedelta(days=days)


_DATE = re.compile(r"(?:(\d{4})年)?(?<!\d)(\d{1,2})月(?:(\d{1,2})日)?")


def moved_text(text: str, days: int, *, year: int) -> str:
    """The plan's words for a date with every date in them moved: 2012年5月15日以前, 5月20日-6月15日, 6月-8月.

    A month without a day moves with its middle. ``year`` is the one a date without a year means
    (C22: the plan's year).
    """
    if not days:
        return text

    def move(match: re.Match[str]) -> str:
        try:
            day = date(int(match[1] or year), int(match[2]), int(match[3] or 15)) + timedelta(days=days)
        except ValueError:  # 2月30日 is the writer's own; leave it
            return match[0]
        return (f"{day.year}年" if match[1] else "") + f"{day.month}月" + (f"{day.day}日" if match[3] else "")

    return _DATE.sub(move, text)


@dataclass(frozen=True, slots=True)
class Window:
    """A step before or after a festival, in days from it: −90 to −60."""

    code: str
    name: str
    from_days: int
    to_days: int
    advice: str = ""


def open_windows(falls_on: date, today: date, windows: Iterable[Window]) -> list[Window]:
    """The steps that are open on a day or open within the coming week, in their order (practice 2.11)."""
    offset = (today - falls_on).days
    return [w for w in windows if w.from_days <= offset + WEEK_AHEAD and offset <= w.to_days]


def out_of_order(
    *, due_from: date | None, due_on: date | None, starts_on: date, ends_on: date | None
) -> bool:
    """Whether work lies outside the dates of its phase: worth a hint, never refused (C1, C4)."""
    first, last = due_from or due_on, due_on or due_from
    if first is None or last is None:
        return False
    return last < starts_on or (ends_on is not None and first > ends_on)


def months_between(start: date, end: date) -> list[date]:
    """The first days of the months that begin after ``start`` and not after ``end``."""
    ticks, day = [], date(start.year, start.month, 1)
    while day <= end:
        if day > start:
            ticks.append(day)
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return ticks
