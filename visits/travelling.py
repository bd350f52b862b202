"""Readings about journeys: how a visit is travelled to, the vehicles' days, what a trip begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from budget.actions.claims import GONE
from budget.models import ExpenseClaim
from keyaccounts.approvals.choices import RequestState

from .choices import PLANNED_STATES, VisitState
from .models import Driver, Hospitality, Vehicle, VehicleRequest, Visit
from .models.vehicles import LIVE, ON_THE_ROAD
from .rules import trip_around
from .settings import vehicle_rule

CLAIMED_BACK_DAYS = 62
"""Journeys older than this are no longer offered for a claim, though a claim that has them keeps them."""


@dataclass(frozen=True, slots=True)
class Ride:
    """How a visit is travelled to, as one person sees it at one moment: the vehicle asked for, the own claims."""

    visit: Visit
    person: Any
    at: datetime
    request: VehicleRequest | None
    claims: list[ExpenseClaim] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        return any(visitor.pk == self.person.pk for visitor in self.visit.visitors.all())

    @property
    def has_vehicle(self) -> bool:
        return self.visit.travel == "assigned" or (self.request is not None and self.request.has_vehicle)

    @property
    def may_ask(self) -> bool:
        """A vehicle can still be asked for."""
        asked = self.request is not None and self.request.is_live
        to_come = self.visit.planned_at is not None and self.visit.planned_at > self.at
        return (
            self.is_own
            and to_come
            and self.visit.state in PLANNED_STATES
            and not asked
            and not self.has_vehicle
        )

    @property
    def may_claim(self) -> bool:
        """Its day has come, there is no company vehicle, and this person does not claim it yet."""
        planned = self.visit.planned_at
        if planned is None or timezone.localdate(planned) > timezone.localdate(self.at) or self.claims:
            return False
        called_off = self.visit.state in (VisitState.CANCELLED, VisitState.RESCHEDULED)
        waits = self.request is not None and self.request.is_live
        return self.is_own and not called_off and not self.has_vehicle and not waits


def rides(visits: Iterable[Visit], *, person: Any, at: datetime) -> dict[int, Ride]:
    """How each of these visits is travelled to, with this person's claims; two queries however many visits."""
    rows = {visit.pk: visit for visit in visits}
    asked: dict[int, VehicleRequest] = {}
    # The last word on each visit: a live request, else the latest answer.
    for request in (
        VehicleRequest.objects.filter(visit__in=rows)
        .exclude(state=RequestState.WITHDRAWN)
        .select_related("vehicle", "driver")
        .order_by("pk")
    ):
        if request.visit_id is not None:
            asked[request.visit_id] = request
    claims: dict[int, list[ExpenseClaim]] = {}
    through = (
        Visit.travel_claims.through.objects.filter(visit__in=rows, travelclaim__claim__requested_by=person)  # type: ignore[attr-defined]
        .exclude(travelclaim__claim__state__in=GONE)
        .select_related("travelclaim__claim")
    )
    for link in through:
        claims.setdefault(link.visit_id, []).append(link.travelclaim.claim)
    return {pk: Ride(visit, person, at, asked.get(pk), claims.get(pk, [])) for pk, visit in rows.items()}


def hospitalities_of(visit: Visit, *, user: Any) -> list[Hospitality]:
    """The guests asked for around this visit, of those this person may see."""
    rows = Hospitality.objects.visible_to(user).filter(visit=visit).exclude(claim__state__in=GONE)
    return list(rows.select_related("claim").order_by("starts_at"))


def claimable(person: Any, *, at: datetime, keep: Iterable[int] = ()) -> QuerySet[Visit]:
    """Visits this person may claim a journey for: gone to, no company vehicle, not claimed; ``keep`` stay offered."""
    today = timezone.localdate(at)
    end = timezone.make_aware(datetime.combine(today + timedelta(days=1), time.min))
    rows = (
        Visit.objects.filter(
            visitors=person, planned_at__lt=end, planned_at__gte=end - timedelta(days=CLAIMED_BACK_DAYS)
        )
        .exclude(state__in=[VisitState.CANCELLED, VisitState.RESCHEDULED])
        .exclude(travel="assigned")
        .exclude(vehicle_requests__state__in=ON_THE_ROAD)
        .exclude(pk__in=Visit.objects.filter(travel_claims__claim__in=_alive(person)).values("pk"))
    )
    wanted = Q(pk__in=rows.values("pk")) | Q(pk__in=list(keep))
    return Visit.objects.filter(wanted).select_related("organisation").order_by("-planned_at", "-pk")


def _alive(person: Any) -> QuerySet[ExpenseClaim]:
    return ExpenseClaim.objects.filter(requested_by=person).exclude(state__in=GONE)


def trip_for(visit: Visit, *, people: int) -> dict[str, Any]:
    """What a request for a vehicle to this visit begins with."""
    organisation = visit.organisation
    values: dict[str, Any] = {
        "people": people,
        "to_place": visit.place or organisation.address or organisation.name,
        "purpose": _("Visit to %(name)s") % {"name": organisation.called},
    }
    if visit.planned_at is not None:
        leaves, back = trip_around(
            timezone.localtime(visit.planned_at), visit.planned_minutes, vehicle_rule().minutes_each_way
        )
        values |= {"day": leaves.date(), "leaves": f"{leaves:%H:%M}", "back": f"{back:%H:%M}"}
    return values


def with_occupation(request: VehicleRequest) -> tuple[list[Vehicle], list[Driver]]:
    """Vehicles and drivers in use, the free ones first; ``busy`` says when another trip has them."""
    others = list(
        VehicleRequest.objects.overlapping(request.leaves_at, request.back_at)
        .exclude(pk=request.pk)
        .select_related("vehicle", "driver")
    )
    by_vehicle = {trip.vehicle_id: trip for trip in others}
    by_driver = {trip.driver_id: trip for trip in others if trip.driver_id}
    vehicles, drivers = (
        list(Vehicle.objects.filter(is_active=True)),
        list(Driver.objects.filter(is_active=True)),
    )
    for things, busy in ((vehicles, by_vehicle), (drivers, by_driver)):
        for thing in things:  # type: ignore[attr-defined]
            trip = busy.get(thing.pk)
            thing.busy = _until(trip) if trip else ""
    vehicles.sort(key=lambda vehicle: (bool(vehicle.busy), vehicle.seats < request.people, vehicle.plate))  # type: ignore[attr-defined]
    drivers.sort(key=lambda driver: (bool(driver.busy), driver.name))  # type: ignore[attr-defined]
    return vehicles, drivers


def _until(trip: VehicleRequest) -> str:
    leaves, back = timezone.localtime(trip.leaves_at), timezone.localtime(trip.back_at)
    return _("on the road %(from)s–%(until)s") % {"from": f"{leaves:%H:%M}", "until": f"{back:%H:%M}"}


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """One vehicle on one day."""

    vehicle: Vehicle
    trips: list[VehicleRequest]


@dataclass(frozen=True, slots=True)
class RoadDay:
    """One day of the calendar: every vehicle, and the requests that have none yet."""

    on: date
    vehicles: list[VehicleDay]
    waiting: list[VehicleRequest]


def road(*, first: date, days: int, vehicle: Vehicle | None = None) -> list[RoadDay]:
    """The vehicles' calendar, day by day; three queries however many days and vehicles."""
    begin = timezone.make_aware(datetime.combine(first, time.min))
    rows = (
        VehicleRequest.objects.filter(leaves_at__gte=begin, leaves_at__lt=begin + timedelta(days=days))
        .filter(state__in=[*LIVE, RequestState.FULFILLED])
        .select_related("vehicle", "driver", "requested_by", "visit__organisation")
        .order_by("leaves_at", "pk")
    )
    fleet = [vehicle] if vehicle else list(Vehicle.objects.filter(is_active=True))
    found = {first + timedelta(days=n): ({one.pk: [] for one in fleet}, []) for n in range(days)}  # type: ignore[var-annotated]
    for trip in rows:
        driven, waiting = found[timezone.localdate(trip.leaves_at)]
        if trip.vehicle_id is None:
            waiting.append(trip)
        elif trip.vehicle_id in driven:
            driven[trip.vehicle_id].append(trip)
    return [
        RoadDay(day, [VehicleDay(one, driven[one.pk]) for one in fleet], waiting)
        for day, (driven, waiting) in found.items()
    ]
