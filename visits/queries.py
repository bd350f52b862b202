"""Readings about visits over several models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.choices import ACTIVE_KEY_STATES, Grade
from accounts.models import Contact, KeyContact, KeyContactChange, Organisation
from keyaccounts.approvals.choices import RequestState

from .choices import MADE_STATES, PLANNED_STATES, ReportState, VisitState
from .models import DayTemplateStep, ReportRule, Visit, VisitReport
from .rules import is_late, report_due_at
from .travelling import Ride, rides


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
    ride: Ride | None = None

    @property
    def next_number(self) -> int:
        """The number it has, or the one it would get."""
        return self.visit.number or self.visit.organisation.visits_made + 1


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that somebody waits for: returned, not written, or nobody said whether the visit took place."""

    visit: Visit
    made_on: date
    is_overdue: bool
    reason: str = ""

    @property
    def is_made(self) -> bool:
        return self.visit.state in MADE_STATES


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An organisation whose next step is due, and whom to call."""

    organisation: Organisation
    contact: Contact | None

    @property
    def phone(self) -> str:
        """The key contact's mobile, else the organisation's number."""
        return (self.contact.mobile if self.contact else "") or self.organisation.phone


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day: what now?"""

    on: date
    person: Any
    stops: list[Stop]
    owed: list[Owed]
    answers_awaited: list[KeyContactChange]
    calls: list[Visit]
    follow_ups: list[FollowUp]
    steps: list[DayTemplateStep]
    step_now: DayTemplateStep | None

    @property
    def next_stop(self) -> Stop | None:
        """The first stop not yet made."""
        return next((stop for stop in self.stops if stop.visit.state in PLANNED_STATES), None)


def day_of(person: Any, *, on: date, at: datetime) -> Day:
    """今日: the stops of the day, what is overdue, calls and follow-ups due; the same few queries however many rows.

    ``at`` is now; what is overdue and due shows on its own day only.
    """
    is_today = on == timezone.localdate(at)
    steps = list(DayTemplateStep.objects.filter(is_active=True))
    visits = _visits_of(person, on=on)
    due = _follow_ups_due(person, on=on) if is_today else []
    keys = _key_contacts({visit.organisation_id for visit in visits} | {row.pk for row in due})
    return Day(
        on=on,
        person=person,
        stops=_stops(visits, keys=keys, person=person, at=at),
        owed=[owed for owed in reports_owed(person, at=at) if owed.is_overdue] if is_today else [],
        answers_awaited=_answers_awaited(person) if is_today else [],
        calls=calls_due(person, on=on, at=at) if is_today else [],
        follow_ups=[FollowUp(row, keys[row.pk].contact if row.pk in keys else None) for row in due],
        steps=steps,
        step_now=_step_now(steps, at=at) if is_today else None,
    )


def _visits_of(person: Any, *, on: date) -> list[Visit]:
    return list(
        Visit.objects.of_day(on)
        .filter(visitors=person)
        .exclude(state__in=[VisitState.CANCELLED, VisitState.RESCHEDULED])
        .select_related("organisation", "owner")
        .prefetch_related("visitors", "contacts")
        .order_by("planned_at", "pk")
    )


def _stops(visits: list[Visit], *, keys: Mapping[int, KeyContact], person: Any, at: datetime) -> list[Stop]:
    organisations = [visit.organisation_id for visit in visits]
    last: dict[int, Visit] = {}
    handed_in = Visit.objects.filter(report__first_submitted_at__isnull=False)
    latest = handed_in.filter(organisation=OuterRef("organisation")).order_by("-number").values("pk")[:1]
    for visit in handed_in.filter(organisation__in=organisations, pk=Subquery(latest)).select_related(
        "report"
    ):
        last[visit.organisation_id] = visit
    travelled = rides(visits, person=person, at=at)
    return [
        Stop(
            visit,
            keys.get(visit.organisation_id),
            last.get(visit.organisation_id),
            last[visit.organisation_id].report if visit.organisation_id in last else None,
            travelled[visit.pk],
        )
        for visit in visits
    ]


def _key_contacts(organisations: Iterable[int]) -> dict[int, KeyContact]:
    rows = KeyContact.objects.filter(organisation__in=list(organisations), state__in=ACTIVE_KEY_STATES)
    return {key.organisation_id: key for key in rows.select_related("contact")}


def _step_now(steps: list[DayTemplateStep], *, at: datetime) -> DayTemplateStep | None:
    """The step of the day template whose hour it is: the last that has begun."""
    clock = timezone.localtime(at).time()
    begun = [step for step in steps if step.starts_at is not None and step.starts_at <= clock]
    return max(begun, key=lambda step: step.starts_at or time.min, default=None)


def _answers_awaited(person: Any) -> list[KeyContactChange]:
    """Requests of this person that the director has not answered yet, the oldest first."""
    rows = KeyContactChange.objects.filter(requested_by=person, state=RequestState.PENDING)
    return list(rows.select_related("organisation").order_by("requested_at")[:10])


def reports_owed(person: Any, *, at: datetime, limit: int = 20) -> list[Owed]:
    """待交报告 of one person, the oldest first; overdue from the hour the report rule sets."""
    setting, zone = rule(), timezone.get_current_timezone()
    rows = (
        Visit.objects.awaiting_report(at=at)
        .filter(owner=person)
        .select_related("organisation", "report")
        .order_by("planned_at", "pk")[:limit]
    )
    owed = []
    for visit in rows:
        made_on = timezone.localdate(visit.checked_in_at or visit.planned_at or at)
        report = getattr(visit, "report", None)
        is_returned = report is not None and report.state == ReportState.RETURNED
        owed.append(
            Owed(
                visit,
                made_on,
                is_overdue=is_returned or report_due_at(made_on, setting.remind_at, zone) <= at,
                reason=(report.reopen_reason or report.return_reason) if is_returned else "",
            )
        )
    return owed


def calls_due(person: Any, *, on: date, at: datetime, limit: int = 50) -> list[Visit]:
    """电话预约与确认: appointments to be called for, the longest due first, then those to confirm once more.

    Proposed ones wait for an answer; agreed ones of today and tomorrow are confirmed the day before (practice 2.3).
    """
    midnight = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    agreed = Q(state__in=[VisitState.CONFIRMED, VisitState.PREPARING], planned_at__gt=at)
    to_arrange = Q(state__in=[VisitState.TO_CALL, VisitState.PROPOSED])
    to_confirm = agreed & (
        (Q(planned_at__lt=midnight) & _not_confirmed_since(on - timedelta(days=1)))
        | (
            Q(planned_at__gte=midnight, planned_at__lt=midnight + timedelta(days=1))
            & _not_confirmed_since(on)
        )
    )
    rows = (
        Visit.objects.filter(to_arrange | to_confirm, owner=person)
        .filter(Q(call_again_on__isnull=True) | Q(call_again_on__lte=on))
        .select_related("organisation")
        .order_by(F("call_again_on").asc(nulls_last=True), F("planned_at").asc(nulls_last=True), "pk")
    )
    return list(rows[:limit])


def _not_confirmed_since(day: date) -> Q:
    return Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=day)


def _follow_ups_due(person: Any, *, on: date, limit: int = 20) -> list[Organisation]:
    """Own organisations whose next step is due, the oldest first."""
    rows = Organisation.objects.filter(owner=person, next_on__lte=on).present().at_work()
    return list(rows.order_by("next_on", "code")[:limit])


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
