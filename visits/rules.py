"""The arithmetic of visits on plain values: declared edges, when a report is due, what is new in it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

# From where an act may start (practice 2.3).
EDGES: dict[str, tuple[str, ...]] = {
    "proposed": ("to_call", "confirmed", "preparing"),
    "confirmed": ("to_call", "proposed"),
    "preparing": ("confirmed",),
    "on_way": ("confirmed", "preparing", "proposed"),
    # A visit may happen unannounced: what took place is written down, whatever had been arranged.
    "checked_in": ("to_call", "proposed", "confirmed", "preparing", "on_way"),
    "done": ("to_call", "proposed", "confirmed", "preparing", "on_way", "checked_in"),
    "reported": ("checked_in", "done", "returned"),
    "reviewed": ("reported",),
    "returned": ("reported", "reviewed"),
    "rescheduled": ("to_call", "proposed", "confirmed", "preparing", "on_way"),
    "cancelled": ("to_call", "proposed", "confirmed", "preparing", "on_way"),
    "no_show": ("proposed", "confirmed", "preparing", "on_way", "checked_in"),
}


def may_move(state: str, to: str) -> bool:
    """Whether there is a declared edge."""
    return state in EDGES.get(to, ())


def sources_of(to: str) -> tuple[str, ...]:
    """The states from which ``to`` can be reached."""
    return EDGES[to]


def report_due_at(made_on: date, remind_at: time, zone: tzinfo) -> datetime:
    """A report is due on the day of the visit, 20:00 unless the rule says otherwise (R118)."""
    return datetime.combine(made_on, remind_at, tzinfo=zone)


def report_late_at(made_on: date, late_at: time, zone: tzinfo) -> datetime:
    """From this moment a report that is not in is late: the next day, 10:00 (R118)."""
    return datetime.combine(made_on + timedelta(days=1), late_at, tzinfo=zone)


def escalates_at(made_on: date, remind_at: time, hours: int, zone: tzinfo) -> datetime:
    """From this moment the director is told: so many hours after the report was due."""
    return report_due_at(made_on, remind_at, zone) + timedelta(hours=hours)


def is_late(
    first_submitted_at: datetime | None, made_on: date, late_at: time, now: datetime, zone: tzinfo
) -> bool:
    """Whether the report came, or will come, after the hour it is late from."""
    return (first_submitted_at or now) >= report_late_at(made_on, late_at, zone)


def metres_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance on the ground in metres; good to a per cent at city distances."""
    p1, p2 = radians(lat1), radians(lat2)
    dp, dl = p2 - p1, radians(lon2 - lon1)
    a = sin(dp / 2) ** 2 + cos(p1) * cos(p2) * sin(dl / 2) ** 2
    return 12_742_000 * asin(sqrt(a))


def is_blank(value: Any) -> bool:
    """Whether a field holds no answer: "not asked this time", which is neither zero nor no."""
    return value is None or (isinstance(value, str | list | tuple) and not value)


def same_answer(one: Any, other: Any) -> bool:
    """Whether two answers say the same: 300 and 300.00, a choice in another order, a space at the end."""
    if is_blank(one) or is_blank(other):
        return is_blank(one) and is_blank(other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return {str(item) for item in one} == {str(item) for item in other}
    if isinstance(one, int | Decimal | float) and isinstance(other, int | Decimal | float):
        return Decimal(str(one)) == Decimal(str(other))
    return " ".join(str(one).split()) == " ".join(str(other).split())


def changed_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], *, fields: Iterable[str]
) -> list[str]:
    """Which of ``fields`` have a new answer (R97), in their order. A blank is no answer, so no change."""
    return [
        name
        for name in fields
        if not is_blank(after.get(name)) and not same_answer(before.get(name), after.get(name))
    ]


def request_late_from(leaves_at: datetime, request_by: time) -> datetime:
    """From this moment a vehicle is asked for late: 17:30 of the day before the trip (practice 2.3)."""
    return datetime.combine(leaves_at.date() - timedelta(days=1), request_by, tzinfo=leaves_at.tzinfo)


def trip_around(planned_at: datetime, minutes: int, each_way: int) -> tuple[datetime, datetime]:
    """When a vehicle leaves and is back for a visit of so many minutes, to the quarter of an hour."""
    leaves = planned_at - timedelta(minutes=each_way)
    back = planned_at + timedelta(minutes=minutes + each_way)
    quarter = 15
    return (
        leaves - timedelta(minutes=leaves.minute % quarter),
        back + timedelta(minutes=-back.minute % quarter),
    )


def beyond_cap(amount: Decimal, cap: Decimal | None, times: int) -> Decimal:
    """How much an amount exceeds a cap that counts so many times; zero or less when it does not."""
    return Decimal(0) if cap is None else amount - cap * times


# When visits begin, two in the morning and three in the afternoon (practice 2.2, steps 5 and 7).
HOURS = (time(9, 40), time(10, 50), time(13, 30), time(14, 40), time(15, 50))


def week_of(day: date) -> tuple[date, date]:
    """Monday to Sunday around a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def weeks_within(first: date, last: date) -> list[tuple[date, date]]:
    """The weeks of a month, the first and the last as far as they belong to it."""
    found = []
    while first <= last:
        until = min(week_of(first)[1], last)
        found.append((first, until))
        first = until + timedelta(days=1)
    return found


def week_plan_due_on(monday: date, weekday: int) -> date:
    """The weekday (0 is Monday) of the week before, on which the plan for the week is due."""
    return monday + timedelta(days=weekday - 7)


def month_plan_due_on(first: date, days_before: int) -> date:
    """So many days before the month begins; 1 is the last day of the month before."""
    return first - timedelta(days=days_before)


def free_hour(taken: Iterable[time]) -> time:
    """The first hour of the day on which nobody is expected within fifty minutes; the last when all are taken."""
    busy = [hour.hour * 60 + hour.minute for hour in taken]
    for hour in HOURS:
        if all(abs(hour.hour * 60 + hour.minute - other) >= 50 for other in busy):
            return hour
    return HOURS[-1]


def line_state(
    *, made_on: date | None, came_to_nothing: bool, planned_on: date | None, from_on: date, until_on: date
) -> str:
    """What became of a visit planned between two days: done on whatever day, fallen through, moved, or as planned."""
    if made_on is not None:
        return "done"
    if came_to_nothing:
        return "cancelled"
    return "planned" if planned_on is None or from_on <= planned_on <= until_on else "moved"
