"""Plan against actual: what became of each line, and what came in addition."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from visits.choices import ASIDE_STATES, MADE_STATES, LineState, VisitState
from visits.models import PlanLine, Visit, VisitPlan
from visits.rules import line_state

from .periods import Period, Slot


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as planned, the visit it has become, and on which day that is or was."""

    line: PlanLine
    visit: Visit
    state: LineState
    on: date | None
    is_late: bool

    @property
    def is_elsewhen(self) -> bool:
        """On another day than planned."""
        return self.on is not None and not self.line.from_on <= self.on <= self.line.until_on


@dataclass(slots=True)
class Progress:
    """A plan's lines as they stand, and the visits of the same time that are in no line."""

    lines: list[LineNow] = field(default_factory=list)
    outside: list[Visit] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.state.value for row in self.lines)

    @property
    def done(self) -> int:
        return self.counts[LineState.DONE]

    @property
    def moved(self) -> int:
        return self.counts[LineState.MOVED]

    @property
    def cancelled(self) -> int:
        return self.counts[LineState.CANCELLED]

    def by_slot(self) -> list[tuple[Slot, list[LineNow]]]:
        """The lines by the days they were planned for, what may be on any day last."""
        found: dict[Slot, list[LineNow]] = defaultdict(list)
        for row in self.lines:
            found[Slot(row.line.from_on, row.line.until_on)].append(row)
        return sorted(found.items(), key=lambda item: (item[0].until_on, item[0].from_on))


def progress_of(
    plans: Iterable[VisitPlan], period: Period, *, people: Iterable[int], at: datetime
) -> dict[int, Progress]:
    """By person: how the plans for a period stand, and every visit of the people that no line names.

    The same few queries however many plans: the lines, the visits that took their place, the visits of the time.
    """
    plans = list(plans)
    found = {person: Progress() for person in people}
    owner = {plan.pk: plan.requested_by_id for plan in plans}
    latest = {plan.pk: plan.last_number for plan in plans}
    rows = (
        PlanLine.objects.filter(revision__plan__in=owner)
        .select_related("revision", "visit__organisation")
        .order_by("from_on", "until_on", "visit__planned_at", "pk")
    )
    lines = [line for line in rows if line.revision.number == latest[line.revision.plan_id]]
    chains = _successors([line.visit for line in lines])
    named: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        person, chain = owner[line.revision.plan_id], chains[line.visit_id]
        named[person] |= {visit.pk for visit in chain}
        found[person].lines.append(_now(line, chain[-1], at=at))
    for person, visit in _visits_of(list(found), period):
        if visit.pk not in named[person]:
            found[person].outside.append(visit)
    return found


def _successors(visits: Iterable[Visit]) -> dict[int, list[Visit]]:
    """By the visit named in a line: it and those that took its place, one after the other."""
    chains = {visit.pk: [visit] for visit in visits}
    ends = {visit.pk: visit.pk for visit in visits if visit.state == VisitState.RESCHEDULED}
    while ends:
        rows = Visit.objects.filter(rescheduled_from__in=ends).select_related("organisation")
        following = {}
        for visit in rows:
            origin = ends[visit.rescheduled_from_id or 0]
            chains[origin].append(visit)
            if visit.state == VisitState.RESCHEDULED:
                following[visit.pk] = origin
        ends = following
    return chains


def _visits_of(people: list[int], period: Period) -> list[tuple[int, Visit]]:
    rows = (
        Visit.visitors.through.objects.filter(
            user__in=people, visit__planned_at__gte=period.starts_at, visit__planned_at__lt=period.ends_at
        )
        .exclude(visit__state__in=ASIDE_STATES)
        .select_related("visit__organisation")
        .order_by("visit__planned_at", "visit_id")
    )
    return [(row.user_id, row.visit) for row in rows]


def _now(line: PlanLine, visit: Visit, *, at: datetime) -> LineNow:
    made = visit.state in MADE_STATES
    moment: Any = (visit.checked_in_at or visit.planned_at) if made else visit.planned_at
    on = timezone.localdate(moment) if moment else None
    state = line_state(
        made_on=on if made else None,
        came_to_nothing=visit.state in ASIDE_STATES,
        planned_on=on,
        from_on=line.from_on,
        until_on=line.until_on,
    )
    is_over = state == LineState.PLANNED and max(on or line.until_on, line.from_on) < timezone.localdate(at)
    return LineNow(line, visit, LineState(state), on, is_late=is_over)
