"""The campaign's phases and the festival to come."""

from __future__ import annotations

from datetime import date
from typing import Any

from keyaccounts.campaigns.models import Campaign
from keyaccounts.campaigns.queries import next_festival

from .naming import references


def totals(on: date) -> dict[str, Any]:
    return {"phase_days_left": _phase_days_left(on), f"next_festival_{on.year}": _next_festival(on)}


def _phase_days_left(on: date) -> dict[str, int]:
    campaign = Campaign.objects.current()
    if campaign is None:
        return {}
    running = campaign.phases.filter(starts_on__lte=on, ends_on__gte=on)
    known = references(running.model)
    return {
        known.get(phase.pk, str(phase.number)): (phase.ends_on - on).days
        for phase in running
        if phase.ends_on
    }


def _next_festival(on: date) -> dict[str, Any] | None:
    festival = next_festival(on)
    if festival is None:
        return None
    return {
        "name": festival.code,
        "date": festival.falls_on.isoformat(),
        "days": festival.days,
        "window": "+".join(window.code for window in festival.windows),
    }
