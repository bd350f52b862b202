"""What the pages of reports have in common: who reads them, and the visit of the address."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.models import Organisation
from keyaccounts.common import clock
from keyaccounts.common.forms import FIRST_YEAR, LAST_YEAR
from keyaccounts.common.roles import Role

from ..models import Visit

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)


def asked_day(request: Any, name: str = "on", *, otherwise: date | None = None) -> date:
    """The day that the address names; ``otherwise``, or today, when it names none that a calendar here shows."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        day = None
    if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    return otherwise or clock.today()


def visit_of(request: Any, pk: int) -> Visit:
    """The visit with what its report shows, 404 out of sight."""
    rows = Visit.objects.visible_to(request.user).select_related("organisation", "report", "owner")
    return get_object_or_404(rows.prefetch_related("visitors", "contacts_met", "contacts", "photos"), pk=pk)


def organisation_of(request: Any, pk: int) -> Organisation:
    """The organisation, 404 out of sight."""
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
