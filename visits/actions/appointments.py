"""预约: planning a visit, calling for it, moving and dropping it (R74, practice 2.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.journal import note_contact
from accounts.actions.locking import lock_present
from accounts.models import Contact, Organisation
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, settle, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from materials.actions.requisitions import drop_for, lock_for, move_to
from visits.choices import PLANNED_STATES, CallResult, VisitState
from visits.models import AppointmentCall, Visit
from visits.rules import sources_of
from visits.supplies import source_of

from . import trips
from .locking import lock_organisation, lock_organisations
from .vehicles import ASSIGNED, NO_CAR


def move(visit: Visit, to: str, *, by: Any, reason: str = "", action: str = "", **fields: Any) -> Visit:
    """Move a visit along a declared edge: claimed by UPDATE, so that of two only one moves it.

    Raises RuleViolation when the visit is no longer where the act starts from.
    """
    before = Visit.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=visit.pk)
    won = Visit.objects.filter(pk=visit.pk, state__in=sources_of(to)).update(
        state=to, version=F("version") + 1, **fields
    )
    if not won:
        raise RuleViolation(
            _("This visit is %(state)s now, so it cannot become %(to)s. Refresh to see it.")
            % {"state": VisitState(before).label, "to": VisitState(to).label}
        )
    visit.refresh_from_db()
    record(
        visit,
        action or f"visits.visit.{to}",
        by=by,
        under=visit.organisation,
        from_state=before,
        to_state=to,
        reason=reason,
    )
    return visit


def give_number(visit: Visit) -> int:
    """The organisation's next visit number, given once, when the visit takes place (integrity rule 13).

    The organisation is locked first: numbers stay consecutive however many people report at once.
    """
    lock_organisation(visit)
    number = Visit.objects.values_list("number", flat=True).get(pk=visit.pk)
    if number is None:
        last = Visit.objects.filter(organisation=visit.organisation_id).aggregate(last=Max("number"))["last"]
        number = (last or 0) + 1
    return number


def open_appointments(
    organisation: Organisation, *, visitors: Iterable[Any], but: Visit | None = None
) -> list[Visit]:
    """Visits still to come at this organisation by any of these people: one at a time is the habit."""
    rows = organisation.visits.planned().filter(visitors__in=list(visitors)).distinct()
    return list(rows.exclude(pk=but.pk) if but else rows)


@transaction.atomic
def plan_visit(
    organisation: Organisation,
    *,
    kind: str,
    visitors: Iterable[Any],
    contacts: Iterable[Contact],
    by: Any,
    at: datetime,
    planned_at: datetime | None = None,
    is_confirmed: bool = False,
    go_on: bool = False,
    rescheduled_from: Visit | None = None,
    **values: Any,
) -> Visit:
    """Plan a visit: without a time it waits for a call, with one it is proposed or, agreed, confirmed.

    Raises RuleViolation: somebody of another organisation; nobody goes; there is an open appointment already
    (``go_on`` says that a second one is meant); the file has been merged into another one meanwhile.
    """
    lock_present(organisation)
    people, met = list(visitors), list(contacts)
    if not people:
        raise RuleViolation(_("Somebody has to go: choose the visitors."), field="visitors")
    if any(person.organisation_id != organisation.pk for person in met):
        raise RuleViolation(_("Choose people of this organisation."), field="contacts")
    if not go_on and rescheduled_from is None:
        already = open_appointments(organisation, visitors=people)
        if already:
            raise RuleViolation(
                _("There is an open appointment already (%(visit)s). Tick the box to plan another one.")
                % {"visit": already[0].code},
                field="go_on",
            )
    if planned_at is None:
        state = VisitState.TO_CALL
    else:
        state = VisitState.CONFIRMED if is_confirmed else VisitState.PROPOSED
    visit = Visit(
        organisation=organisation,
        kind=kind,
        state=state,
        planned_at=planned_at,
        confirmed_on=timezone.localdate(at) if state == VisitState.CONFIRMED else None,
        owner=by if by in people else people[0],
        rescheduled_from=rescheduled_from,
        created_by=by,
        created_at=at,
        **values,
    )
    save_with_code(visit, f"BF{(planned_at or at).year}-")
    visit.visitors.set(people)
    visit.contacts.set(met)
    record(visit, "visits.visit.planned", by=by, under=organisation, to_state=state)
    return visit


@transaction.atomic
def propose(visit: Visit, *, planned_at: datetime, by: Any, at: datetime) -> Visit:
    """Give an appointment that waits for a call the time one will ask for.

    Raises RuleViolation when it is no longer one to be arranged.
    """
    _lock(visit)
    visit = move(visit, VisitState.PROPOSED, by=by, planned_at=planned_at, call_again_on=None)
    move_to(source_of(visit), to=source_of(visit), needed_at=planned_at, by=by, at=at)
    return visit


def lock_all(organisations: Iterable[Organisation], visits: Collection[Visit]) -> None:
    """Hold several organisations and appointments before an act that changes them together.

    The organisations first, in one order: whoever holds a file's lock knows that nobody is about to lock its visits.
    """
    lock_organisations(organisations, visits)
    for visit in sorted(visits, key=lambda visit: visit.pk):
        _lock(visit)


@transaction.atomic
def edit_visit(
    visit: Visit,
    *,
    visitors: Iterable[Any],
    contacts: Iterable[Contact],
    by: Any,
    at: datetime,
    version: int | None,
    **values: Any,
) -> Visit:
    """Change what was planned. A confirmed visit's new time tells the director and the marketing centre (S12)."""
    if visit.state not in PLANNED_STATES:
        raise RuleViolation(
            _("Only a visit still to come can be changed. Its report can be returned or reopened.")
        )
    people, met = list(visitors), list(contacts)
    if not people:
        raise RuleViolation(_("Somebody has to go: choose the visitors."), field="visitors")
    if any(person.organisation_id != visit.organisation_id for person in met):
        raise RuleViolation(_("Choose people of this organisation."), field="contacts")
    _lock(visit)
    visit.claim(version)
    visit.refresh_from_db()
    has_new_time = values.get("planned_at") != visit.planned_at
    was_planned_at = visit.planned_at
    moved = (
        visit.state in (VisitState.CONFIRMED, VisitState.PREPARING)
        and values.get("planned_at") != visit.planned_at
    )
    for name, value in values.items():
        setattr(visit, name, value)
    if visit.planned_at is None and visit.state != VisitState.TO_CALL:
        raise RuleViolation(_("An arranged visit has a time."), field="day")
    if visit.planned_at is not None and visit.state == VisitState.TO_CALL:
        visit.state = VisitState.PROPOSED
    if visit.owner not in people:
        visit.owner = people[0]
    visit.full_clean()
    visit.save()
    visit.visitors.set(people)
    visit.contacts.set(met)
    record(visit, "visits.visit.edited", by=by, under=visit.organisation)
    if has_new_time and visit.planned_at is not None:
        source = source_of(visit)
        move_to(source, to=source, needed_at=visit.planned_at, by=by, at=at)
    trips.shift_for(visit, before=was_planned_at, by=by, at=at)
    if moved:
        _tell_of_change(visit, _("%(visit)s has a new time"), by=by, at=at)
    return visit


@transaction.atomic
def log_call(
    visit: Visit,
    *,
    result: str,
    by: Any,
    at: datetime,
    contact: Contact | None = None,
    planned_at: datetime | None = None,
    next_on: date | None = None,
    note: str = "",
) -> AppointmentCall:
    """Keep a call for an appointment and what it came to: 已约, 再约, 未接, 拒绝.

    已约 needs a time and confirms it; 再约 and 未接 set the next call (tomorrow unless a date is given);
    拒绝 cancels the appointment with the reason. Raises RuleViolation: closed meanwhile, no time for what is
    arranged, a next call on a day that has passed.
    """
    _lock(visit)
    visit = Visit.objects.get(pk=visit.pk)
    if visit.state not in PLANNED_STATES:
        raise RuleViolation(_("This appointment is closed. Refresh to see it."))
    today, when = timezone.localdate(at), planned_at or visit.planned_at
    was_planned_at = visit.planned_at
    if result == CallResult.ARRANGED:
        if when is None:
            raise RuleViolation(_("Say for when it was arranged."), field="day")
        if visit.state in (VisitState.TO_CALL, VisitState.PROPOSED):
            move(visit, VisitState.CONFIRMED, by=by, planned_at=when, confirmed_on=today, call_again_on=None)
        else:
            _note_call(visit, planned_at=when, confirmed_on=today, call_again_on=None)
            if when != visit.planned_at:
                visit.planned_at = when
                _tell_of_change(visit, _("%(visit)s has a new time"), by=by, at=at)
        trips.shift_for(visit, before=was_planned_at, by=by, at=at)
    elif result == CallResult.REFUSED:
        _drop(visit, VisitState.CANCELLED, reason=note or _("Refused on the phone"), by=by, at=at)
    else:
        next_on = next_on or today + timedelta(days=1)
        if next_on < today:
            raise RuleViolation(_("This day has passed: choose today or a later one."), field="next_on")
        _note_call(visit, call_again_on=next_on)
    if result == CallResult.ARRANGED and when is not None:
        move_to(source_of(visit), to=source_of(visit), needed_at=when, by=by, at=at)
    call = AppointmentCall.objects.create(
        visit=visit, contact=contact, at=at, result=result, next_on=next_on, note=note, by=by
    )
    if result != CallResult.NO_ANSWER:
        note_contact(visit.organisation, on=today)
    record(
        call,
        "visits.appointmentcall.logged",
        by=by,
        under=visit.organisation,
        result=CallResult(result).label,
    )
    return call


def _note_call(visit: Visit, **fields: Any) -> None:
    Visit.objects.filter(pk=visit.pk).update(version=F("version") + 1, **fields)


@transaction.atomic
def reschedule(visit: Visit, *, planned_at: datetime, reason: str, by: Any, at: datetime) -> Visit:
    """改期: the visit stays as it was, with the reason, and a successor takes over its people and wishes."""
    if not reason:
        raise RuleViolation(_("Say why the date changed."), field="reason")
    _lock(visit)
    was_confirmed = visit.state in (VisitState.CONFIRMED, VisitState.PREPARING, VisitState.ON_WAY)
    move(visit, VisitState.RESCHEDULED, by=by, reason=reason, aside_reason=reason)
    _settle(visit, at=at)
    successor = plan_visit(
        visit.organisation,
        kind=visit.kind,
        visitors=visit.visitors.all(),
        contacts=visit.contacts.all(),
        by=by,
        at=at,
        planned_at=planned_at,
        is_confirmed=was_confirmed,
        rescheduled_from=visit,
        purpose=visit.purpose,
        place=visit.place,
        # Whether there is a vehicle is answered anew.
        travel="" if visit.travel in (ASSIGNED, NO_CAR) else visit.travel,
        materials=visit.materials,
        people_expected=visit.people_expected,
        planned_minutes=visit.planned_minutes,
    )
    move_to(source_of(visit), to=source_of(successor), needed_at=planned_at, by=by, at=at)
    trips.move_with(visit, successor, by=by, at=at, reason=reason)
    if was_confirmed:
        _tell_of_change(successor, _("%(visit)s has a new date"), by=by, at=at)
    return successor


@transaction.atomic
def cancel(visit: Visit, *, reason: str, by: Any, at: datetime) -> Visit:
    """取消, with the reason; of a confirmed visit the director and the marketing centre are told."""
    return _drop(visit, VisitState.CANCELLED, reason=reason, by=by, at=at)


@transaction.atomic
def note_no_show(visit: Visit, *, reason: str, by: Any, at: datetime) -> Visit:
    """对方爽约, with what was learnt of why. A number already given at check-in goes back.

    Raises RuleViolation before the day of the visit: until then it can be cancelled or rescheduled.
    """
    if visit.planned_at is not None and timezone.localdate(visit.planned_at) > timezone.localdate(at):
        raise RuleViolation(
            _("The visit is planned for %(day)s. Until then cancel or reschedule it.")
            % {"day": timezone.localdate(visit.planned_at).isoformat()},
            field="reason",
        )
    return _drop(visit, VisitState.NO_SHOW, reason=reason, by=by, at=at)


def _drop(visit: Visit, to: str, *, reason: str, by: Any, at: datetime) -> Visit:
    if not reason:
        raise RuleViolation(_("Say why: it is asked at the next evaluation."), field="reason")
    _lock(visit)
    if visit.number is not None and visit.organisation.visits.filter(number__gt=visit.number).exists():
        raise RuleViolation(_("A later visit has its number already; this one stays as it took place."))
    was_confirmed = visit.state in (VisitState.CONFIRMED, VisitState.PREPARING, VisitState.ON_WAY)
    visit = move(visit, to, by=by, reason=reason, aside_reason=reason, number=None)
    drop_for(source_of(visit), reason=reason, by=by, at=at)
    _settle(visit, at=at)
    if to == VisitState.CANCELLED:  # to somebody who does not appear the vehicle has driven
        trips.release_for(visit, by=by, at=at, reason=reason)
    if was_confirmed:
        _tell_of_change(visit, _("%(visit)s does not take place"), by=by, at=at)
    return visit


def _lock(visit: Visit) -> None:
    """Organisation, visit, its trips, its requisitions and their materials: before anything is recorded."""
    lock_organisation(visit)
    Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    trips.lock_for(visit)
    lock_for(source_of(visit))


def _settle(visit: Visit, *, at: datetime) -> None:
    """Nobody is asked any more about a visit that came to nothing."""
    for kind in (NoticeKind.VISIT, NoticeKind.REPORT_DUE):
        settle(visit, kind=kind, at=at)


def _tell_of_change(visit: Visit, title: str, *, by: Any, at: datetime) -> None:
    readers = User.objects.with_role(Role.DIRECTOR, Role.MARKETING).exclude(pk=by.pk)
    tell_all(
        [
            Message(
                person,
                NoticeKind.VISIT,
                visit,
                title % {"visit": visit.organisation.called},
                url=visit.get_absolute_url(),
                body=visit.aside_reason,
                step=f"changed-{at:%Y%m%d%H%M%S}",
            )
            for person in readers
        ],
        at=at,
    )
