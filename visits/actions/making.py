"""On the way, checked in, finished: the visit itself (screens 5.1, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.journal import note_place, note_visit
from accounts.models import Contact
from keyaccounts.common.errors import RuleViolation
from visits.choices import CheckInPlace, VisitState
from visits.models import Visit
from visits.queries import rule
from visits.rules import metres_between

from .appointments import give_number, move


@transaction.atomic
def set_out(visit: Visit, *, by: Any, at: datetime) -> Visit:
    """出发."""
    return move(visit, VisitState.ON_WAY, by=by, set_out_at=at)


@transaction.atomic
def check_in(
    visit: Visit,
    *,
    by: Any,
    at: datetime,
    latitude: float | None = None,
    longitude: float | None = None,
    remember_place: bool = False,
    contacts_met: Iterable[Contact] = (),
) -> Visit:
    """签到: the time and, only if the person gave it, whether the place is the organisation's.

    The coordinates themselves are never kept (practice 2.9: no tracking). ``remember_place`` says that
    this is where the organisation is: it is kept with the organisation when no place is known yet.
    """
    met = list(contacts_met)
    if any(person.organisation_id != visit.organisation_id for person in met):
        raise RuleViolation(_("Choose people of this organisation."), field="contacts_met")
    number = give_number(visit)
    Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)  # before the place is recorded
    if remember_place and latitude is not None and longitude is not None:
        note_place(visit.organisation, latitude=latitude, longitude=longitude, by=by)
    visit = move(
        visit,
        VisitState.CHECKED_IN,
        by=by,
        checked_in_at=at,
        number=number,
        planned_at=visit.planned_at or at,
        check_in_place=_place(visit, latitude, longitude),
    )
    if met:
        visit.contacts_met.set(met)
    note_visit(visit.organisation, on=timezone.localdate(at), is_new=True)
    return visit


def _place(visit: Visit, latitude: float | None, longitude: float | None) -> str:
    organisation = visit.organisation
    if (
        latitude is None
        or longitude is None
        or organisation.latitude is None
        or organisation.longitude is None
    ):
        return CheckInPlace.NOT_GIVEN
    away = metres_between(latitude, longitude, float(organisation.latitude), float(organisation.longitude))
    return CheckInPlace.VERIFIED if away <= rule().check_in_metres else CheckInPlace.OUTSIDE


@transaction.atomic
def finish(visit: Visit, *, by: Any, at: datetime, contacts_met: Iterable[Contact] = ()) -> Visit:
    """The visit is over; its report is due today. A visit without a check-in gets its number here.

    ``contacts_met`` are the people met, as the report will open with them.
    """
    met = list(contacts_met)
    if any(person.organisation_id != visit.organisation_id for person in met):
        raise RuleViolation(_("Choose people of this organisation."), field="contacts_met")
    is_new = visit.number is None
    number = give_number(visit)
    started = visit.checked_in_at
    minutes = max(1, round((at - started).total_seconds() / 60)) if started else None
    if minutes is not None and minutes > 24 * 60:
        minutes = None  # forgotten for a day: not a duration
    visit = move(
        visit,
        VisitState.DONE,
        by=by,
        number=number,
        finished_at=at,
        planned_at=visit.planned_at or at,
        checked_in_at=started or at,
        minutes=visit.minutes or minutes,
        check_in_place=visit.check_in_place or CheckInPlace.NOT_GIVEN,
    )
    if met:
        visit.contacts_met.set(met)
    note_visit(visit.organisation, on=timezone.localdate(started or at), is_new=is_new)
    return visit
