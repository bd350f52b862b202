"""车辆配合: asking for a vehicle, assigning one, 车辆不能到位 (R71, R72, R78)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from budget.choices import LimitAction
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import Remedy, RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.common.wording import labelled
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label
from visits.choices import ASIDE_STATES
from visits.models import Driver, Vehicle, VehicleRequest, Visit
from visits.models.vehicles import LIVE
from visits.rules import request_late_from
from visits.settings import vehicle_rule

ASSIGNED, NO_CAR = "assigned", "no_car"
EDITED = ("people", "leaves_at", "back_at", "from_place", "to_place", "purpose", "late_reason")


@transaction.atomic
def request_vehicle(
    *,
    leaves_at: datetime,
    back_at: datetime,
    people: int,
    to_place: str,
    purpose: str,
    by: Any,
    at: datetime,
    visit: Visit | None = None,
    late_reason: str = "",
    **more: Any,
) -> VehicleRequest:
    """申请用车 for a visit, or for what ``source`` names; the marketing centre is told.

    ``more``: ``from_place``, ``source``.

    Raises RuleViolation: asked for late without a reason, or at all when the rule blocks it; one is asked for
    already; the visit came to nothing; it comes back before it leaves.
    """
    if visit is not None:
        visit = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
        if visit.state in ASIDE_STATES:
            raise RuleViolation(_("This visit does not take place, so it needs no vehicle."))
        there = visit.vehicle_requests.filter(state__in=LIVE).first()
        if there is not None:
            raise RuleViolation(
                _("%(code)s asks for a vehicle already.") % {"code": there.code},
                remedy=Remedy(there.code, there.get_absolute_url()),
            )
    request = VehicleRequest(
        visit=visit, leaves_at=leaves_at, back_at=back_at, people=people, to_place=to_place, purpose=purpose,
        late_reason=late_reason, requested_by=by, requested_at=at, **more,
    )  # fmt: skip
    _check(request, at=at)
    save_with_code(request, f"YC{timezone.localtime(leaves_at).year}-")
    _hand_in(request, by=by, at=at)
    return request


@transaction.atomic
def change_request(
    request: VehicleRequest, *, by: Any, at: datetime, version: int | None = None, **values: Any
) -> VehicleRequest:
    """Change one's own request. A vehicle already given is released and asked for anew
    when times or people change; then the new request is returned.

    Raises RuleViolation as ``request_vehicle`` does, and when the trip is over; StaleEdit.
    """
    _lock_visit(request)
    request.claim(version)
    request.refresh_from_db()
    if request.requested_by_id != by.pk and not by.has_role(Role.MARKETING):
        raise RuleViolation(_("Only whoever asked for it can change it."))
    if not request.is_live:
        raise RuleViolation(_("This request is closed. Ask for a vehicle anew."))
    before = {name: getattr(request, name) for name in EDITED}
    for name in EDITED:
        if name in values:
            setattr(request, name, values[name])
    _check(request, at=at)
    moved = any(getattr(request, name) != before[name] for name in ("people", "leaves_at", "back_at"))
    if request.state == RequestState.APPROVED and moved:
        wanted = {name: getattr(request, name) for name in EDITED}
        return ask_anew(request, by=by, at=at, reason=_("times or people changed"), **wanted)
    request.full_clean()
    request.save()
    changes = {
        name: [str(value), str(getattr(request, name))]
        for name, value in before.items()
        if value != getattr(request, name)
    }
    record(request, "visits.vehiclerequest.edited", by=by, under=request.visit, changes=changes)
    return request


@transaction.atomic
def assign_vehicle(
    request: VehicleRequest,
    *,
    vehicle: Vehicle,
    driver: Driver | None,
    by: Any,
    at: datetime,
    note: str = "",
    go_on: bool = False,
) -> VehicleRequest:
    """派车: give the trip a vehicle and a driver, or others than it had; who asked is told.

    The vehicle, and the driver, are taken by an UPDATE first: of two trips at overlapping times one passes.

    Raises RuleViolation: the vehicle or the driver is on another trip then (named); out of use; seats too few,
    unless ``go_on``; one's own request; it waits for no vehicle.
    """
    visit = _lock_visit(request)
    _take(vehicle)
    if driver is not None:
        _take(driver)
    request.refresh_from_db()
    if request.requested_by_id == by.pk:
        raise RuleViolation(_("The approver of a thing is never its requester."))
    if not request.is_live:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": request.code, "state": request.get_state_display()}
        )
    _refuse_on_the_road(request, vehicle=vehicle, driver=driver)
    if request.people > vehicle.seats and not go_on:
        raise RuleViolation(
            _("%(plate)s has %(seats)s seats for %(people)s people. Tick the box to send it all the same.")
            % {"plate": vehicle, "seats": vehicle.seats, "people": request.people},
            field="go_on",
        )
    title = _("Vehicle for %(what)s") % {"what": request.purpose}
    if request.state == RequestState.APPROVED:
        before = f"{request.vehicle} {request.driver or ''}".strip()
        request.vehicle, request.driver, request.decision_note = vehicle, driver, note[:200]
        request.version += 1
        request.save()
        record(
            request, "visits.vehiclerequest.reassigned", by=by, under=visit,
            changes={"vehicle": [before, f"{vehicle} {driver or ''}".strip()]}, reason=note,
        )  # fmt: skip
        _tell(
            request,
            [request.requested_by],
            title=_("%(plate)s now drives: %(what)s") % {"plate": vehicle, "what": request.purpose},
            at=at,
            by=by,
        )
    else:
        approvals.decide(
            request, RequestState.APPROVED, note=note, title=title, url=request.get_absolute_url(),
            by=by, at=at, under=visit, vehicle=vehicle, driver=driver,
        )  # fmt: skip
    _note_travel(visit, ASSIGNED)
    if driver is not None and driver.user_id and driver.user_id != by.pk:
        _tell(
            request, [driver.user], title=_("You drive: %(what)s") % {"what": request.purpose}, at=at, by=by
        )
    return request


@transaction.atomic
def refuse_vehicle(
    request: VehicleRequest, *, refusal: str, by: Any, at: datetime, note: str = ""
) -> VehicleRequest:
    """车辆不能到位, with the reason: who asked is told at once and may claim the journey as travel costs (R72).

    A vehicle that had been given (it broke down) is taken back the same way: its trip is closed, and the request
    that takes its place refused and returned.

    Raises RuleViolation: no reason; one's own request; it waits for no vehicle.
    """
    visit = _lock_visit(request)
    request.refresh_from_db()
    why = label(TermList.VEHICLE_REFUSAL, refusal)
    if not refusal or why == refusal:
        raise RuleViolation(_("Say why no vehicle is to be had."), field="refusal")
    words = labelled(why, note) if note.strip() else why
    if request.state == RequestState.APPROVED:
        request = ask_anew(request, by=by, at=at, reason=words)
    approvals.decide(
        request, RequestState.REJECTED, note=words[:200], title=_("Vehicle for %(what)s") % {"what": request.purpose},
        url=_way_out(request), by=by, at=at, under=visit, refusal=refusal, vehicle=None, driver=None,
    )  # fmt: skip
    _note_travel(visit, NO_CAR)
    return request


@transaction.atomic
def withdraw_vehicle_request(
    request: VehicleRequest, *, by: Any, at: datetime, reason: str = ""
) -> VehicleRequest:
    """取消用车: the vehicle, if one was given, is free again, and the marketing centre is told so.

    Raises RuleViolation: somebody else's; the trip is over or was refused.
    """
    if request.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it can withdraw it."))
    visit = _lock_visit(request)
    release(request, visit, by=by, at=at, reason=reason)
    return request


@transaction.atomic
def note_return(request: VehicleRequest, *, kilometres: int | None, by: Any, at: datetime) -> VehicleRequest:
    """回车登记: the trip is over; how far it was.

    Raises RuleViolation: it has not set out yet; no vehicle was given.
    """
    if at < request.leaves_at:
        raise RuleViolation(_("This trip has not set out yet."))
    visit = _lock_visit(request)
    approvals.move(
        request, RequestState.FULFILLED, by=by, under=visit, kilometres=kilometres,
        back_at=min(request.back_at, at),
    )  # fmt: skip
    return request


def ask_anew(
    old: VehicleRequest, *, by: Any, at: datetime, reason: str, visit: Visit | None = None, **changes: Any
) -> VehicleRequest:
    """Close a trip, giving its vehicle back, and hand in a request that takes its place. Part of an action."""
    release(old, old.visit, by=by, at=at, reason=reason)
    values = (
        {name: getattr(old, name) for name in (*EDITED, "source")} | {"late_reason": reason[:200]} | changes
    )
    new = VehicleRequest(visit=visit or old.visit, requested_by=old.requested_by, requested_at=at, **values)
    save_with_code(new, f"YC{timezone.localtime(new.leaves_at).year}-")
    _hand_in(new, by=old.requested_by, at=at)
    return new


def release(request: VehicleRequest, visit: Visit | None, *, by: Any, at: datetime, reason: str) -> None:
    """Close a trip that does not take place, and tell the marketing centre that its vehicle is free. Part of an action."""
    had = request.vehicle
    approvals.move(request, RequestState.WITHDRAWN, by=by, note=reason, under=visit, only_from=LIVE)
    if had is not None:
        _note_travel(visit, "")
    _tell(
        request, User.objects.with_role(Role.MARKETING), at=at, by=by, body=reason,
        title=(
            _("%(plate)s is free again: %(what)s") % {"plate": had, "what": request.purpose}
            if had
            else _("No vehicle needed any more: %(what)s") % {"what": request.purpose}
        ),
    )  # fmt: skip


# -- parts of the above -------------------------------------------------------------------------------
def _check(request: VehicleRequest, *, at: datetime) -> None:
    if request.back_at <= request.leaves_at:
        raise RuleViolation(_("The vehicle comes back after it has left."), field="back_at")
    if request.leaves_at <= at:
        raise RuleViolation(_("This time has passed already."), field="leaves_at")
    setting = vehicle_rule()
    late_from = request_late_from(timezone.localtime(request.leaves_at), setting.request_by)
    if at < late_from:
        request.late_reason = ""
        return
    if setting.late_action == LimitAction.BLOCK:
        raise RuleViolation(
            _(
                "Vehicles are asked for before %(time)s of the day before (rule of the director). Travel on your own and claim it."
            )
            % {"time": f"{setting.request_by:%H:%M}"}
        )
    if not request.late_reason.strip():
        raise RuleViolation(
            _("Vehicles are asked for before %(time)s of the day before. Say why it is late.")
            % {"time": f"{setting.request_by:%H:%M}"},
            field="late_reason",
        )


def _hand_in(request: VehicleRequest, *, by: Any, at: datetime) -> None:
    leaves = timezone.localtime(request.leaves_at)
    approvals.submit(
        request,
        approvers=User.objects.with_role(Role.MARKETING),
        title=_("Vehicle wanted on %(day)s at %(time)s: %(place)s")
        % {"day": f"{leaves.month}月{leaves.day}日", "time": f"{leaves:%H:%M}", "place": request.to_place},
        url=request.get_absolute_url(),
        body=request.late_reason or request.purpose,
        by=by,
        at=at,
        under=request.visit,
    )


def _lock_visit(request: VehicleRequest) -> Visit | None:
    """Visit, then vehicle, then driver, then request: always in this order."""
    if request.visit_id is None:
        return None
    rows = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    return rows.get(pk=request.visit_id)


def _take(thing: Vehicle | Driver) -> None:
    """Whoever gives this vehicle, or driver, to a trip goes first or waits."""
    rows = type(thing)._default_manager.filter(pk=thing.pk, is_active=True)
    if not rows.update(turn=F("turn") + 1):
        raise RuleViolation(
            _("%(thing)s is no longer in use. Choose another one.") % {"thing": thing},
            field="vehicle" if isinstance(thing, Vehicle) else "driver",
        )


def _refuse_on_the_road(request: VehicleRequest, *, vehicle: Vehicle, driver: Driver | None) -> None:
    others = VehicleRequest.objects.overlapping(request.leaves_at, request.back_at).exclude(pk=request.pk)
    for field, thing in (("vehicle", vehicle), ("driver", driver)):
        other = others.filter(**{field: thing}).first() if thing is not None else None
        if other is not None:
            leaves, back = timezone.localtime(other.leaves_at), timezone.localtime(other.back_at)
            raise RuleViolation(
                _("%(thing)s is on the road %(from)s–%(until)s for %(code)s (%(what)s). Choose another one.")
                % {
                    "thing": thing, "from": f"{leaves:%H:%M}", "until": f"{back:%H:%M}",
                    "code": other.code, "what": other.purpose,
                },
                field=field,
            )  # fmt: skip


def _note_travel(visit: Visit | None, travel: str) -> None:
    if visit is not None:
        Visit.objects.filter(pk=visit.pk).update(travel=travel)


def _way_out(request: VehicleRequest) -> str:
    """Where the refusal leads: to the claim of that journey, filled in."""
    if request.visit_id is None:
        return request.get_absolute_url()
    return f"{reverse('visits:travel_claim_new')}?visit={request.visit_id}"


def _tell(
    request: VehicleRequest, people: Iterable[Any], *, title: str, at: datetime, by: Any, body: str = ""
) -> None:
    tell_all(
        [
            Message(
                person, NoticeKind.VEHICLE, request, title,
                url=request.get_absolute_url(), body=body, step=f"{request.version}-{at:%Y%m%d%H%M%S%f}",
            )
            for person in people
            if person.pk != by.pk
        ],
        at=at,
    )  # fmt: skip
