"""Visits as Excel: what the list shows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from keyaccounts.common.listing import Column
from keyaccounts.common.plucking import Plucked, in_words, joined, local
from keyaccounts.people.queries import names
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label, words

from .choices import VisitState, plan_state, trip_state
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


def visit_cells() -> list[Plucked]:
    """How the columns are read."""
    visitors = Visit.visitors.through.objects.order_by("user_id")
    return [
        Plucked("code"),
        Plucked("planned_at", local),
        Plucked("organisation__name"),
        Plucked("number"),
        Plucked("kind", in_words(words(TermList.VISIT_KIND))),
        Plucked("state", in_words(dict(VisitState.choices))),
        Plucked("pk", joined(visitors, owner="visit_id", of="user_id", words=names())),
        Plucked("next_step"),
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


def plan_columns() -> list[Column]:
    """The columns of the team's plans."""
    return [
        Column("person", pgettext_lazy("plan", "Who"), sort="name", width=12),
        Column("state", _("State"), width=14),
        Column("handed_in", pgettext_lazy("plan", "Handed in at"), sort="handed_in_at", width=17),
        Column("planned", pgettext_lazy("plan", "Planned"), numeric=True, width=8),
        Column("done", pgettext_lazy("plan", "Visited"), numeric=True, width=8),
        Column("moved", pgettext_lazy("plan", "Moved"), numeric=True, width=8),
        Column("cancelled", pgettext_lazy("plan", "Fell through"), numeric=True, width=8),
        Column("outside", pgettext_lazy("plan", "Outside the plan"), numeric=True, width=8),
        Column("read_by", pgettext_lazy("plan", "Read by"), width=12),
    ]


def plan_values(person: Any, row: Any) -> list[Any]:
    """One person's plan as a row of the export; without a plan the visits arranged are all outside it."""
    plan, progress = row.plan, row.progress
    return [
        str(person),
        plan_words(row),
        timezone.localtime(plan.first_submitted_at) if plan else None,
        len(progress.lines),
        progress.done,
        progress.moved,
        progress.cancelled,
        len(progress.outside),
        str(plan.decided_by or "") if plan else "",
    ]


def plan_words(row: Any) -> str:
    """How a person's plan stands: its state, or that it is missing, and whether late."""
    words = plan_state(row.plan) if row.plan else pgettext("plan", "Not handed in")
    return " · ".join((words, pgettext("plan", "late"))) if row.is_late else words
