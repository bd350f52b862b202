"""Asking for what visits need, and telling the store when they move or come to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.errors import RuleViolation
from materials.actions.requisitions import request_materials
from materials.models import Material, Requisition
from visits.choices import PLANNED_STATES
from visits.models import Visit
from visits.supplies import source_of, suggestion


@transaction.atomic
def request_for_visit(
    visit: Visit, *, wanted: Mapping[Material, int], by: Any, at: datetime, receiver: Any = None
) -> Requisition:
    """领料: needed at the visit's time, received by who leads it.

    Raises RuleViolation: no campaign; a visit that is over or has no time; asked for already; nothing wanted.
    """
    campaign = Campaign.objects.current()
    if campaign is None:
        raise RuleViolation(_("No campaign is running."))
    visit = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation")
        .get(pk=visit.pk)
    )
    if visit.state not in PLANNED_STATES or visit.planned_at is None:
        raise RuleViolation(_("Materials are requested for a visit that is still to come and has a time."))
    return request_materials(
        campaign,
        purpose=_("Visit to %(name)s") % {"name": visit.organisation.called},
        needed_at=visit.planned_at,
        receiver=receiver or visit.owner,
        wanted=wanted,
        source=source_of(visit),
        by=by,
        at=at,
    )


@transaction.atomic
def request_for_visits(visits: list[Visit], *, by: Any, at: datetime) -> int:
    """Ask for the suggested materials of several visits in one go; visits for which nothing is suggested are left."""
    campaign, asked = Campaign.objects.current(), 0
    if campaign is None:
        raise RuleViolation(_("No campaign is running."))
    wishes = [(visit, suggestion(visit, campaign).materials) for visit in visits]
    _lock(wishes)
    for visit, wanted in wishes:
        if any(wanted.values()):
            request_for_visit(visit, wanted=wanted, by=by, at=at)
            asked += 1
    return asked


def _lock(wishes: Iterable[tuple[Visit, Mapping[Material, int]]]) -> None:
    """All visits and then all materials, before the first request is recorded."""
    wishes = list(wishes)
    visits = Visit.objects.select_for_update(no_key=True)
    list(visits.filter(pk__in=[visit.pk for visit, _wanted in wishes]).order_by("pk"))
    materials = Material.objects.select_for_update(no_key=True)
    list(materials.filter(pk__in={thing.pk for _visit, wanted in wishes for thing in wanted}).order_by("pk"))
