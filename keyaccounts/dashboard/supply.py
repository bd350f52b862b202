"""待供应: what the store and the car pool have to do, by when it is needed (R78, screens 5.3).

One queue of materials, gifts and vehicles; each job says who, when, where, what, how it stands and the one next act.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.roles import Role
from materials.models import Handover, MaterialExtra, Requisition, RequisitionLine
from visits.choices import trip_state
from visits.models import VehicleRequest

TABS = (
    ("", gettext_lazy("All")),
    ("vehicle", gettext_lazy("Vehicles")),
    ("gift", gettext_lazy("Gifts")),
    ("paper", gettext_lazy("Papers")),
)
SPANS = (
    ("", gettext_lazy("All")),
    ("today", gettext_lazy("Today")),
    ("tomorrow", gettext_lazy("tomorrow")),
    ("week", gettext_lazy("This week")),
)
MOST = 100


@dataclass(frozen=True, slots=True)
class Job:
    """One card of the queue. ``tabs`` are where it also stands; ``issue_url`` takes the whole of it with one tap;
    ``is_settled`` is only to be looked at, on its tab."""

    anchor: str
    icon: str
    tabs: frozenset[str]
    at: datetime
    who: str
    title: str
    url: str
    items: list[str]
    words: str
    tone: str
    act: str
    act_url: str
    issue_url: str = ""
    is_late: bool = False
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs asked for, how many each tab has, and what only waits for others."""

    jobs: list[Job]
    counts: dict[str, int]
    unconfirmed: list[Handover]
    awaited: list[MaterialExtra]
    tabs: list[tuple[str, Any, int]] = field(default_factory=list)


def queue(user: Any, *, at: datetime, tab: str = "", span: str = "") -> Queue:
    """What this person has to supply, overdue first, then by the moment it is needed; a dozen queries at most."""
    found = [
        *_of_requisitions(user, at=at),
        *_of_vehicles(user, at=at),
        *_out_late(user, at=at),
        *_on_the_road(user, at=at),
    ]
    jobs = sorted(found, key=lambda job: (job.at, job.anchor))
    jobs = [job for job in jobs if _within(job, span, at=at)]
    # What is settled is only to be looked at, on its own tab; it counts nowhere.
    counts = {
        code: sum(1 for job in jobs if not job.is_settled and (not code or code in job.tabs))
        for code, _label in TABS
    }
    shown = [job for job in jobs if (tab in job.tabs if tab else not job.is_settled)]
    unconfirmed = (
        Handover.objects.visible_to(user)
        .unconfirmed()
        .filter(issued_by=user)
        .select_related("requisition__receiver")
        .order_by("issued_at")[:20]
    )
    awaited = (
        MaterialExtra.objects.visible_to(user).awaited().prefetch_related("lines").order_by("needed_on")[:20]
    )
    return Queue(
        jobs=shown,
        counts=counts,
        unconfirmed=list(unconfirmed),
        awaited=list(awaited),
        tabs=[
            (code, label, counts[code])
            for code, label in TABS
            if code != "vehicle" or any("vehicle" in job.tabs for job in jobs)
        ],
    )


def _within(job: Job, span: str, *, at: datetime) -> bool:
    """What is overdue stays in sight whatever day is looked at."""
    today = timezone.localdate(at)
    until: dict[str, date] = {
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "week": today + timedelta(days=6 - today.weekday()),
    }
    day = timezone.localdate(job.at)
    if span not in until or job.is_late:
        return True
    return day == until[span] if span == "tomorrow" else day <= until[span]


def _of_requisitions(user: Any, *, at: datetime) -> list[Job]:
    rows = (
        Requisition.objects.to_issue_by(user)
        .select_related("receiver")
        .prefetch_related(
            Prefetch("lines", RequisitionLine.objects.select_related("material", "reservation"))
        )
        .order_by("needed_at", "pk")[:MOST]
    )
    return [_job(requisition, at=at) for requisition in rows]


def _job(requisition: Requisition, *, at: datetime) -> Job:
    lines = [line for line in requisition.lines.all() if line.to_issue]
    short = [line for line in lines if line.short > 0]
    url = requisition.get_absolute_url()
    if not short:
        words, tone, act = _("ready"), "done", _("Confirm the issue")
    elif any(line.may_take for line in lines):
        words, tone, act = _("partly there"), "soon", _("Issue what is there")
    else:
        words, tone, act = _("not there"), "late", _("See what is missing")
    return Job(
        anchor=f"requisition-{requisition.pk}",
        icon="packages",
        tabs=frozenset("gift" if line.material.category.startswith("gift") else "paper" for line in lines),
        at=requisition.needed_at,
        who=str(requisition.receiver),
        title=requisition.purpose,
        url=url,
        items=[
            f"{line.material} {line.to_issue}{line.material.unit}"
            + (" (" + _("%(n)s short") % {"n": line.short} + ")" if line.short > 0 else "")
            for line in lines
        ],
        words=words,
        tone=tone,
        act=act,
        act_url=url,
        issue_url="" if short else reverse("materials:requisition_issue", args=[requisition.pk]),
        is_late=requisition.needed_at < at,
    )


def _of_vehicles(user: Any, *, at: datetime) -> list[Job]:
    """Trips that nobody has given a vehicle to yet; who supplies the vehicles sees them."""
    rows = (
        VehicleRequest.objects.to_answer_by(user)
        .select_related("requested_by")
        .order_by("leaves_at", "pk")[:MOST]
    )
    return [
        _trip_job(
            trip,
            f"vehicle-{trip.pk}",
            at=trip.leaves_at,
            items=[trip.to_place, _("%(n)s people") % {"n": trip.people}],
            words=_("no vehicle yet"),
            tone="soon",
            act=_("Send a vehicle"),
            is_late=trip.leaves_at < at,
        )
        for trip in rows
    ]


def _out_late(user: Any, *, at: datetime) -> list[Job]:
    """Trips that should be back: until the return is noted nobody knows the kilometres, nor whether the vehicle is."""
    if not user.has_role(Role.MARKETING):
        return []
    rows = (
        VehicleRequest.objects.visible_to(user)
        .to_note_back(at=at)
        .exclude(requested_by=user)
        .select_related("requested_by", "vehicle", "driver")
        .order_by("back_at", "pk")[:MOST]
    )
    return [
        _trip_job(
            trip,
            f"back-{trip.pk}",
            at=trip.back_at,
            items=_who_drives(trip),
            words=_("Return not noted"),
            tone="late",
            act=_("Note the return"),
            part="#back",
            is_late=True,
        )
        for trip in rows
    ]


def _on_the_road(user: Any, *, at: datetime) -> list[Job]:
    """Today's trips that have their vehicle: who drives whom, in case somebody calls."""
    if not user.has_role(Role.MARKETING):
        return []
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        VehicleRequest.objects.visible_to(user)
        .overlapping(midnight, midnight + timedelta(days=1))
        .exclude(state=RequestState.APPROVED, back_at__lte=at)
        .select_related("requested_by", "vehicle", "driver")
        .order_by("leaves_at", "pk")[:MOST]
    )
    return [
        _trip_job(
            trip,
            f"trip-{trip.pk}",
            at=trip.leaves_at,
            items=_who_drives(trip),
            words=trip_state(trip),
            tone="done",
            act=_("Look"),
            is_settled=True,
        )
        for trip in rows
    ]


def _trip_job(trip: VehicleRequest, anchor: str, *, part: str = "", **more: Any) -> Job:
    """The card of a trip; ``part`` is where on its page the act is."""
    url = trip.get_absolute_url()
    return Job(
        anchor=anchor,
        icon="car",
        tabs=frozenset({"vehicle"}),
        who=str(trip.requested_by),
        title=trip.purpose or trip.to_place,
        url=url,
        act_url=f"{url}{part}",
        **more,
    )


def _who_drives(trip: VehicleRequest) -> list[str]:
    return [str(trip.vehicle), *([str(trip.driver)] if trip.driver else []), trip.to_place]
