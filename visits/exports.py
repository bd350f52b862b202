"""Visits as Excel: what the list shows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.listing import Column
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .choices import trip_state
from .models import VehicleRequest, Visit


def visit_columns() -> list[Column]:
    """The columns of the list, on screen and in the export."""
    return [
        Column("code", _("Code"), sort="code", width=14),
        Column("planned_at", _("Planned for"), sort="planned_at", width=17),
        Column("organisation", _("Organisation"), width=32),
        Column("number", pgettext_lazy("visit", "No."), sort="number", numeric=True, width=7),
        Column("kind", _("Kind"), width=12),
        Column("state", _("State"), sort="state", width=14),
        Column("visitors", _("Visitors"), width=16),
        Column("next_step", _("Next step"), width=28),
    ]


def visit_values(visit: Visit) -> list[Any]:
    """One visit as a row of the export, in the order of the columns."""
    return [
        visit.code,
        timezone.localtime(visit.planned_at) if visit.planned_at else None,
        visit.organisation.name,
        visit.number,
        label(TermList.VISIT_KIND, visit.kind),
        visit.get_state_display(),
        "、".join(str(person) for person in visit.visitors.all()),
        visit.next_step,
    ]


def trip_columns() -> list[Column]:
    """The columns of the vehicle requests."""
    return [
        Column("code", _("Code"), sort="code", width=14),
        Column("leaves_at", _("Leaves at"), sort="leaves_at", width=17),
        Column("back_at", _("Back at"), width=17),
        Column("to_place", _("To place"), width=30),
        Column("purpose", pgettext_lazy("trip", "Purpose"), width=30),
        Column("people", _("People travelling"), numeric=True, width=8),
        Column("requested_by", _("requested by"), width=10),
        Column("state", _("State"), width=12),
        Column("vehicle", _("Vehicle"), width=12),
        Column("driver", _("Driver"), width=10),
        Column("kilometres", _("kilometres"), numeric=True, width=8),
        Column("refusal", _("Why no vehicle is to be had"), width=20),
    ]


def trip_values(trip: VehicleRequest) -> list[Any]:
    """One request as a row of the export."""
    return [
        trip.code,
        timezone.localtime(trip.leaves_at),
        timezone.localtime(trip.back_at),
        trip.to_place,
        trip.purpose,
        trip.people,
        str(trip.requested_by),
        trip_state(trip),
        str(trip.vehicle or ""),
        str(trip.driver or ""),
        trip.kilometres,
        label(TermList.VEHICLE_REFUSAL, trip.refusal) if trip.refusal else "",
    ]
