"""What a plan begins with: the visits arranged already, and whom one could visit (R30, R34, practice 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import ACTIVE_KEY_STATES, Grade
from accounts.models import Contact, KeyContact, Organisation, SilenceRule
from keyaccounts.common.templatetags.show import short_day
from visits.choices import ASIDE_STATES, PlanSpan, VisitState
from visits.models import Visit

from .periods import Period

MOST = 12
"""So many proposals of a kind: a list for a thumb, not the whole file."""
KINDS = {0: "first", 1: "second"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An organisation one could visit, why, and whom one would meet there."""

    organisation: Organisation
    why: str
    purpose: str = ""
    contact: Contact | None = None
    wished_on: date | None = None
    is_late: bool = False

    @property
    def kind(self) -> str:
        return KINDS.get(self.organisation.visits_made, "follow")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything the form of a plan shows before anything is chosen."""

    arranged: list[Visit]
    open: list[Visit]
    promised: list[Proposal]
    due: list[Proposal]
    first: list[Proposal]
    has_more: bool = False

    @property
    def proposals(self) -> list[Proposal]:
        return [*self.promised, *self.due, *self.first]


def arranged(person: Any, period: Period) -> QuerySet[Visit]:
    """The visits of somebody in a period, with a time and not fallen through, in order."""
    return (
        Visit.objects.filter(visitors=person, planned_at__gte=period.starts_at, planned_at__lt=period.ends_at)
        .exclude(state__in=ASIDE_STATES)
        .select_related("organisation")
        .prefetch_related("contacts")
        .order_by("planned_at", "pk")
    )


def to_be_arranged(person: Any) -> QuerySet[Visit]:
    """One's appointments without a day."""
    return (
        Visit.objects.filter(visitors=person, state=VisitState.TO_CALL, planned_at__isnull=True)
        .select_related("organisation")
        .prefetch_related("contacts")
        .order_by("call_again_on", "pk")
    )


def beginning(person: Any, period: Period, *, on: date) -> Beginning:
    """What is arranged, what waits for a day, and whom else one could visit; the same few queries however many rows."""
    mine = (
        Organisation.objects.filter(owner=person)
        .present()
        .at_work()
        .exclude(Exists(Visit.objects.planned().filter(organisation=OuterRef("pk"))))
    )
    promised = list(mine.filter(next_on__lte=period.last_on).order_by("next_on", "code")[: MOST + 1])
    days = {rule.grade: rule.visit_days for rule in SilenceRule.objects.all() if rule.visit_days}
    others = mine.filter(Q(next_on__isnull=True) | Q(next_on__gt=period.last_on))
    by_grade = [
        Q(grade=grade, last_visit_on__lte=period.last_on - timedelta(days=after))
        for grade, after in days.items()
    ]
    due = list(
        others.filter(reduce(or_, by_grade), visits_made__gt=0).order_by("grade", "last_visit_on", "code")[
            : MOST + 1
        ]
        if by_grade
        else ()
    )
    first = list(
        others.filter(visits_made=0)
        .exclude(grade=Grade.D)
        .order_by("-is_priority", F("grade").asc(nulls_last=True), "code")[: MOST + 1]
    )
    first.sort(key=lambda row: (not row.is_priority, row.grade or "Z"))
    keys = _key_contacts([row.pk for row in (*promised, *due, *first)])
    return Beginning(
        arranged=list(arranged(person, period)),
        open=list(to_be_arranged(person)[:50]),
        promised=[_promised(row, keys.get(row.pk), period, on=on) for row in promised[:MOST]],
        due=[_due(row, keys.get(row.pk), days, on=on) for row in due[:MOST]],
        first=[
            Proposal(row, _("priority, never visited") if row.is_priority else _("never visited"), row.next_step, keys.get(row.pk))
            for row in first[:MOST]
        ],
        has_more=any(len(rows) > MOST for rows in (promised, due, first)),
    )  # fmt: skip


def _promised(row: Organisation, contact: Contact | None, period: Period, *, on: date) -> Proposal:
    day = row.next_on or on
    why = _("promised for %(day)s") % {"day": short_day(day)}
    wished = day if period.first_on <= day <= period.last_on and day >= on else None
    return Proposal(row, why, row.next_step, contact, wished_on=wished, is_late=day < on)


def _due(row: Organisation, contact: Contact | None, days: Mapping[str, int], *, on: date) -> Proposal:
    last = row.last_visit_on or on
    due_on = last + timedelta(days=days.get(row.grade, 0))
    why = _("last visit %(last)s, due again %(due)s") % {"last": short_day(last), "due": short_day(due_on)}
    return Proposal(row, why, row.next_step, contact, is_late=due_on < on)


def _key_contacts(organisations: Iterable[int]) -> dict[int, Contact]:
    rows = KeyContact.objects.filter(organisation__in=list(organisations), state__in=ACTIVE_KEY_STATES)
    return {key.organisation_id: key.contact for key in rows.select_related("contact")}


def by_day(visits: Iterable[Visit], period: Period) -> list[tuple[date, list[Visit]]]:
    """The days with their visits: of a week the working days without one too."""
    found: dict[date, list[Visit]] = {}
    if period.span == PlanSpan.WEEK:
        found = {day: [] for day in period.days() if day.weekday() < 5}
    for visit in visits:
        found.setdefault(_day_of(visit.planned_at), []).append(visit)
    return sorted(found.items())


def _day_of(moment: datetime | None) -> date:
    return timezone.localdate(moment)
