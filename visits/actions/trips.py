"""What becomes of a visit's trips when the visit moves or does not take place; parts of those actions (R71)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from visits.models import VehicleRequest, Visit
from visits.models.vehicles import LIVE

from . import vehicles


def lock_for(visit: Visit) -> None:
    """Lock the trips of a visit that is about to move or to be dropped; the caller has locked the visit."""
    list(
        visit.vehicle_requests.select_for_update(of=("self",), no_key=True)
        .filter(state__in=LIVE)
        .order_by("pk")
    )


def release_for(visit: Visit, *, by: Any, at: datetime, reason: str) -> list[VehicleRequest]:
    """The visit does not take place: its vehicle is free again. Part of the action that drops the visit."""
    released = []
    for request in visit.vehicle_requests.filter(state__in=LIVE):
        vehicles.release(request, visit, by=by, at=at, reason=reason)
        released.append(request)
    return released


def move_with(visit: Visit, successor: Visit, *, by: Any, at: datetime, reason: str) -> None:
    """The visit has a new date: its vehicle is released and one for the new time asked for, in the same breath.

    The new request keeps the distances in time of the old one; late it names the new date as its reason.
    """
    for old in list(visit.vehicle_requests.filter(state__in=LIVE)):
        if successor.planned_at is None or visit.planned_at is None:
            vehicles.release(old, visit, by=by, at=at, reason=reason)
            continue
        shift = successor.planned_at - visit.planned_at
        vehicles.ask_anew(
            old, by=by, at=at, reason=reason, visit=successor,
            leaves_at=old.leaves_at + shift, back_at=old.back_at + shift,
        )  # fmt: skip


def shift_for(visit: Visit, *, before: datetime | None, by: Any, at: datetime) -> None:
    """The visit keeps its day's plan but has another time: its trip moves along and is decided anew."""
    if visit.planned_at is None or before is None or visit.planned_at == before:
        return
    for request in list(visit.vehicle_requests.filter(state__in=LIVE)):
        shift, reason = visit.planned_at - before, _("the visit has a new time")
        times = {"leaves_at": request.leaves_at + shift, "back_at": request.back_at + shift}
        if request.state == RequestState.APPROVED:
            vehicles.ask_anew(request, by=by, at=at, reason=reason, **times)
            continue
        request.leaves_at, request.back_at = times["leaves_at"], times["back_at"]
        request.version += 1
        request.save()
        record(request, "visits.vehiclerequest.edited", by=by, under=visit, reason=reason)
