"""The director's rules for journeys, vehicles, guests and plans; the plan's values until somebody sets others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models

from .models import HospitalityRule, PlanRule, TravelRule, VehicleRule

M = TypeVar("M", bound=models.Model)
# Ways of travelling that cost the traveller money; the others of the list are answers of the marketing centre.
MODES = ("public", "taxi", "own")


def vehicle_rule() -> VehicleRule:
    return _one(VehicleRule)


def plan_rule() -> PlanRule:
    return _one(PlanRule)


def hospitality_rule() -> HospitalityRule:
    return _one(HospitalityRule)


def guests_report_due(starts_at: datetime) -> datetime:
    """Until when is reported on guests who came at that moment."""
    return starts_at + timedelta(hours=hospitality_rule().report_within_hours)


def travel_rules() -> dict[str, TravelRule]:
    """The rule of each way of travelling; one that nobody has set allows it with a receipt."""
    rows = {rule.mode: rule for rule in TravelRule.objects.all()}
    return {mode: rows.get(mode) or TravelRule(mode=mode) for mode in dict.fromkeys((*MODES, *rows))}


def travel_rule(mode: str) -> TravelRule:
    return travel_rules().get(mode) or TravelRule(mode=mode, is_allowed=False)


def _one(model: type[M]) -> M:
    """The one row, or one with the values of the fields' defaults as the database would give them back."""
    found = model._default_manager.first()
    if found is not None:
        return found
    defaults = {
        field.name: field.to_python(field.default)
        for field in model._meta.concrete_fields
        if field.has_default()
    }
    return model(**defaults)
