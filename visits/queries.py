"""Readings about visits over several models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from accounts.choices import ACTIVE_KEY_STATES, Grade
from accounts.models import KeyContact, Organisation

from .choices import MADE_STATES, PLANNED_STATES, ReportState, VisitState
from .models import DayTemplateStep, ReportRule, Visit, VisitReport
from .rules import is_late


def rule() -> ReportRule:
    """The reminder rule in force; the plan's hours until somebody sets others."""
    return ReportRule.objects.first() or ReportRule(
        **{
            field.name: field.to_python(field.default)
            for field in ReportRule._meta.concrete_fields
            if field.has_default()
        }
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of the day with what matters before going in."""

    visit: Visit
    key_contact: KeyContact | None
    last_visit: Visit | None
    last_report: VisitReport | None

    @property
    def next_number(self) -> int:
        """The number it has, or the one it would get."""
        return self.visit.number or self.visit.organisation.visits_made + 1


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day: what now?"""

    on: date
    person: Any
    stops: list[Stop]
    missing: list[Visit]
    calls: list[Visit]
    follow_ups: list[Organisation]
    steps: list[DayTemplateStep]

    @property
    def next_stop(self) -> Stop | None:
        """The first stop not yet made."""
        return next((stop for stop in self.stops if stop.visit.state in PLANNED_STATES), None)


def day_of(person: Any, *, on: date, is_today: bool) -> Day:
    """今日: the stops of the day, reports not in, calls due and follow-ups due; the same few queries however many rows."""
    visits = list(
        Visit.objects.of_day(on)
        .filter(visitors=person)
        .exclude(state__in=[VisitState.CANCELLED, VisitState.RESCHEDULED])
        .select_related("organisation", "owner")
        .prefetch_related("visitors", "contacts")
        .order_by("planned_at", "pk")
    )
    organisations = [visit.organisation_id for visit in visits]
    keys = {
        key.organisation_id: key
        for key in KeyContact.objects.filter(
            organisation__in=organisations, state__in=ACTIVE_KEY_STATES
        ).select_related("contact")
    }
    last: dict[int, Visit] = {}
    earlier = (
        Visit.objects.filter(
            organisation__in=organisations, report__state__in=[ReportState.SUBMITTED, ReportState.REVIEWED]
        )
        .select_related("report")
        .order_by("organisation_id", "-number")
    )
    for visit in earlier:
        last.setdefault(visit.organisation_id, visit)
    stops = [
        Stop(
            visit,
            keys.get(visit.organisation_id),
            last.get(visit.organisation_id),
            last[visit.organisation_id].report if visit.organisation_id in last else None,
        )
        for visit in visits
    ]
    missing = (
        Visit.objects.report_missing()
        .filter(owner=person)
        .select_related("organisation")
        .order_by("planned_at")[:20]
    )
    return Day(
        on=on,
        person=person,
        stops=stops,
        missing=list(missing) if is_today else [],
        calls=calls_due(person, on=on) if is_today else [],
        follow_ups=follow_ups_due(person, on=on)[:20] if is_today else [],
        steps=list(DayTemplateStep.objects.filter(is_active=True)),
    )


def calls_due(person: Any, *, on: date, limit: int = 50) -> list[Visit]:
    """电话预约: appointments to be called for, the longest due first; proposed ones wait for an answer."""
    rows = (
        Visit.objects.filter(owner=person, state__in=[VisitState.TO_CALL, VisitState.PROPOSED])
        .select_related("organisation")
        .prefetch_related("contacts", Prefetch("calls"))
        .order_by("call_again_on", "planned_at", "pk")
    )
    return [visit for visit in rows[:limit] if visit.call_again_on is None or visit.call_again_on <= on]


def follow_ups_due(person: Any, *, on: date) -> list[Organisation]:
    """Own organisations whose next step is due, the oldest first."""
    return list(
        Organisation.objects.filter(owner=person, next_on__lte=on)
        .present()
        .at_work()
        .order_by("next_on", "code")[:50]
    )


def unplanned(user: Any, *, limit: int = 200) -> list[Organisation]:
    """未计划: priority, A and B organisations with no visit to come."""
    planned = Visit.objects.planned().values("organisation")
    return list(
        Organisation.objects.visible_to(user)
        .at_work()
        .filter(grade__in=[Grade.A, Grade.B])
        .exclude(pk__in=planned)
        .select_related("owner")
        .order_by("grade", "last_visit_on", "code")[:limit]
    )


def uncovered(user: Any, *, limit: int = 200) -> list[Organisation]:
    """Priority organisations that have not had their second visit (R30)."""
    return list(
        Organisation.objects.visible_to(user)
        .at_work()
        .filter(is_priority=True, visits_made__lt=2)
        .select_related("owner")
        .order_by("visits_made", "grade", "code")[:limit]
    )


def visit_is_late(visit: Visit, *, at: datetime, setting: ReportRule) -> bool:
    """Whether the report came, or is, after the hour from which it is late."""
    made_at = visit.checked_in_at or visit.planned_at
    if made_at is None or visit.state not in MADE_STATES:
        return False
    report = getattr(visit, "report", None)
    return is_late(
        report.first_submitted_at if report else None,
        timezone.localdate(made_at),
        setting.late_at,
        at,
        timezone.get_current_timezone(),
    )


def calendar(user: Any, *, first: date, days: int, person: Any = None) -> list[tuple[date, list[Visit]]]:
    """The visits of ``days`` days from ``first``, day by day, of what the user sees or of one person."""
    start = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    rows = (
        Visit.objects.visible_to(user)
        .filter(planned_at__gte=start, planned_at__lt=start + timedelta(days=days))
        .exclude(state__in=[VisitState.CANCELLED, VisitState.RESCHEDULED])
        .select_related("organisation", "owner")
        .order_by("planned_at")
    )
    if person is not None:
        rows = rows.filter(visitors=person)
    found: dict[date, list[Visit]] = {first + timedelta(days=n): [] for n in range(days)}
    for visit in rows[:2000]:
        found[timezone.localdate(visit.planned_at)].append(visit)
    return list(found.items())
