"""Readings of the plan: the timeline picture, what is deduced, what is out of order, the next festival."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from keyaccounts.vocabulary import queries as vocabulary

from . import rules
from .choices import PhaseState, ShownState, WorkState
from .models import Campaign, FestivalDate, LeadWindow, Phase, WorkItem

BADGES = {
    "todo": "none",
    "doing": "doing",
    "overdue": "late",
    "done": "done",
    "late_done": "soon",
    "cancelled": "none",
    "upcoming": "none",
    "active": "doing",
    "ending": "soon",
    "ended": "done",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the time axis, in percent of its width."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase or work item in the picture. ``start`` and ``width`` are percents; no width is a due mark."""

    label: str
    url: str
    start: str
    width: str
    badge: str
    state: str
    starts_on: date | None
    ends_on: date | None
    is_phase: bool
    is_open: bool = False
    is_inferred: bool = False
    text: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture of a campaign: its bars in order, months on the axis, today's place if it is in sight."""

    starts_on: date
    ends_on: date
    bars: list[Bar]
    months: list[Mark]
    today_at: str | None
    shows_start: bool = True


def timeline(campaign: Campaign, *, on: date) -> Timeline:
    """Phases, each followed by its work items, placed by their dates (R13); today on it."""
    phases = list(campaign.phases.order_by("number"))
    items = list(
        campaign.work_items.exclude(state=WorkState.CANCELLED)
        .select_related("owner")
        .prefetch_related("departments")
        .order_by("number")
    )
    days = [campaign.starts_on, campaign.ends_on or campaign.starts_on]
    days += [d for p in phases for d in (p.starts_on, p.last_day) if d]
    days += [d for i in items for d in (i.due_from, i.due_on) if d]
    first, last = min(days), max(days)
    length = max((last - first).days + 1, 1)

    def percent(day: date) -> float:
        return max(0.0, min(100.0, (day - first).days * 100 / length))

    def bar(label: str, url: str, begins: date | None, ends: date | None, **more: Any) -> Bar:
        start = percent(begins or ends or first)
        until = percent(ends) + 100 / length if ends else 100.0
        width = f"{max(until - start, 0.8):.2f}%" if begins else ""
        return Bar(
            label, url, f"{start:.2f}%", width, starts_on=begins, ends_on=more.pop("ends_on", ends), **more
        )

    bars: list[Bar] = []
    for phase in [*phases, None]:
        if phase:
            state = PhaseState(rules.phase_state(phase.starts_on, phase.ends_on, on))
            bars.append(
                bar(
                    phase.name,
                    phase.get_absolute_url(),
                    phase.starts_on,
                    phase.last_day,
                    ends_on=phase.ends_on,
                    badge=BADGES[state],
                    state=str(state.label),
                    is_phase=True,
                    is_open=phase.ends_on is None,
                    is_inferred=bool(phase.inferred),
                )
            )
        for item in items:
            if item.phase_id != (phase.pk if phase else None):
                continue
            if item.due_from is None and item.due_on is None:
                continue
            shown = item.shown_on(on)
            bars.append(
                bar(
                    item.content,
                    item.get_absolute_url(),
                    item.due_from,
                    item.due_on,
                    badge=BADGES[shown],
                    state=str(shown.label),
                    is_phase=False,
                    is_inferred=bool(item.inferred),
                    text=item.due_text,
                    who=responsible(item),
                )
            )
    return Timeline(
        starts_on=first,
        ends_on=last,
        bars=bars,
        months=[Mark(f"{percent(day):.2f}%", f"{day.month}月") for day in rules.months_between(first, last)],
        # The first day and the first month would stand on top of each other.
        shows_start=all(percent(day) > 22 for day in rules.months_between(first, last)),
        today_at=f"{percent(on) + 50 / length:.2f}%" if first <= on <= last else None,
    )


def responsible(item: WorkItem) -> str:
    """负责人 in words: the owner, then the departments. The item comes with both fetched."""
    names = [item.owner.name] if item.owner else []
    return "、".join([*names, *(department.name for department in item.departments.all())])


@dataclass(frozen=True, slots=True)
class Guess:
    """A value deduced from the plan that waits for 确认 (requirements 1.0)."""

    kind: str
    pk: int
    field: str
    where: str
    url: str
    name: str
    value: str


def guesses(campaign: Campaign) -> list[Guess]:
    """Everything of the campaign that is still marked 待确认, in the plan's order."""
    rows: list[tuple[str, Any, str]] = [("campaign", campaign, campaign.get_absolute_url())]
    rows += [("phase", phase, phase.get_absolute_url()) for phase in campaign.phases.all()]
    items = campaign.work_items.prefetch_related("departments")
    rows += [("work", item, item.get_absolute_url()) for item in items]
    rows += [("target", target, campaign.get_absolute_url()) for target in campaign.targets.all()]
    return [
        Guess(kind, row.pk, name, _where(kind, row), url, _field_name(row, name), _in_words(row, name))
        for kind, row, url in rows
        for name in row.inferred
    ]


def _where(kind: str, row: Any) -> str:
    return row.type_name if kind == "target" else str(row)


def _field_name(row: Any, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)


def _in_words(row: Any, name: str) -> str:
    if name == "departments":
        return "、".join(department.name for department in row.departments.all())
    value = getattr(row, name)
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class PhaseCard:
    """A phase as the campaign page shows it: where it stands and how much of its work is done."""

    phase: Phase
    state: PhaseState
    badge: str
    days_left: int | None
    items: int
    done: int
    overdue: int


def phase_cards(campaign: Campaign, *, on: date) -> list[PhaseCard]:
    """The campaign's phases in order with their progress."""
    by_phase: dict[int | None, list[ShownState]] = {}
    for item in campaign.work_items.exclude(state=WorkState.CANCELLED):
        by_phase.setdefault(item.phase_id, []).append(item.shown_on(on))
    cards = []
    for phase in campaign.phases.order_by("number"):
        states = by_phase.get(phase.pk, [])
        state = PhaseState(rules.phase_state(phase.starts_on, phase.ends_on, on))
        cards.append(
            PhaseCard(
                phase,
                state,
                BADGES[state],
                rules.days_left(phase.ends_on, on),
                len(states),
                sum(s in (ShownState.DONE, ShownState.LATE_DONE) for s in states),
                states.count(ShownState.OVERDUE),
            )
        )
    return cards


def hints(item: WorkItem) -> list[str]:
    """What is unusual about a work item; shown, never refused (C1, C4)."""
    found = []
    if item.phase and rules.out_of_order(
        due_from=item.due_from,
        due_on=item.due_on,
        starts_on=item.phase.starts_on,
        ends_on=item.phase.ends_on,
    ):
        found.append(_("These dates lie outside the phase “%(phase)s”.") % {"phase": item.phase.name})
    if item.state in (WorkState.DOING, WorkState.DONE) and item.due_on:
        earlier = item.campaign.work_items.open().filter(phase=item.phase, due_on__lt=item.due_on)
        open_before = earlier.filter(state=WorkState.TODO).order_by("number").first()
        if open_before:
            found.append(
                _("Work due earlier has not begun: %(number)s %(work)s.")
                % {"number": open_before.number, "work": open_before.content}
            )
    return found


@dataclass(frozen=True, slots=True)
class Festival:
    """The festival to work towards, and which of its lead windows are open or open within a week."""

    code: str
    name: str
    falls_on: date
    days: int
    windows: list[rules.Window] = field(default_factory=list)


def next_festival(on: date) -> Festival | None:
    """The next statutory holiday at which unions hand out goods, from today on (practice 2.11, 2.12).

    Other days (教师节, 重阳) are drivers for some organisations, not the calendar of all.
    """
    row = FestivalDate.objects.filter(is_union_holiday=True, falls_on__gte=on).order_by("falls_on").first()
    if row is None:
        return None
    return Festival(
        code=row.festival,
        name=vocabulary.label("festival", row.festival),
        falls_on=row.falls_on,
        days=(row.falls_on - on).days,
        windows=rules.open_windows(row.falls_on, on, lead_windows()),
    )


def lead_windows() -> list[rules.Window]:
    """The steps around a festival in their order."""
    rows: Iterable[LeadWindow] = LeadWindow.objects.order_by("from_days")
    return [rules.Window(w.code, w.name, w.from_days, w.to_days, w.advice) for w in rows]
