"""Phases of a campaign."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from keyaccounts.audit.actions import record

from ..models import Campaign, Phase
from .editing import check_row, edit_row


@transaction.atomic
def create_phase(campaign: Campaign, *, by: Any, **values: Any) -> Phase:
    """Add a phase; phases may overlap (C1) and have no end (R38)."""
    phase = Phase(campaign=campaign, **values)
    check_row(phase)
    phase.save()
    record(phase, "campaigns.phase.created", by=by, under=campaign)
    return phase


def edit_phase(phase: Phase, *, version: int | None, by: Any, **values: Any) -> Phase:
    """Change a phase. Raises StaleEdit when somebody else saved it meanwhile."""
    return edit_row(
        phase, "campaigns.phase.edited", version=version, by=by, under=phase.campaign, values=values
    )
