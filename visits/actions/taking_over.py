"""Appointments that change hands with their organisation (D3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from keyaccounts.audit.actions import Act, record_all
from visits.models import Visit


def take_over_appointments(owners: Mapping[int, Any], to: Any, by: Any, at: datetime) -> None:
    """Give the new owner the visits to come that the owner so far was to make.

    ``owners``: the owner so far by organisation. For ``accounts.actions.handover.hand_over``, which has locked the
    organisations. What somebody else goes on stays with them; whose hour has passed is told by who made it.
    """
    passed_on = []
    rows = Visit.objects.to_come(at=at).filter(organisation__in=owners)
    for visit in (
        rows.select_for_update(no_key=True, of=("self",)).select_related("organisation").order_by("pk")
    ):
        leaving = owners[visit.organisation_id]
        if leaving is None or visit.owner_id != leaving.pk:
            continue
        visit.visitors.remove(leaving)
        visit.visitors.add(to)
        Visit.objects.filter(pk=visit.pk).update(owner=to, version=F("version") + 1)
        passed_on.append(
            Act(
                visit,
                "visits.visit.handed_over",
                visit.organisation,
                data={"from": str(leaving), "to": str(to)},
            )
        )
    record_all(passed_on, by=by)
