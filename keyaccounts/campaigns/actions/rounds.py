"""Rounds of the plan: drawn up from the plan as it was written, or from the round before (R42)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.people.models import Department

from .. import rules
from ..choices import WorkState
from ..models import Campaign, Phase, Target, WorkItem

TEMPLATE = Path(__file__).resolve().parents[1] / "plan_template.json"


@transaction.atomic
def start_from_template(*, name: str, starts_on: date, by: Any) -> Campaign:
    """Draw up a campaign from the source plan, its dates moved to begin on ``starts_on`` (R13–R16, R43–R60).

    Values that the plan does not state are marked in ``inferred`` until somebody confirms them
    (requirements 1.0). The campaign is a draft.
    """
    plan = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    days = (starts_on - date.fromisoformat(plan["anchor"])).days
    year = date.fromisoformat(plan["anchor"]).year

    def on_day(number: int | None) -> date | None:
        return None if number is None else rules.moved(starts_on, number)

    campaign = Campaign.objects.create(
        name=name or plan["name"],
        goal=plan["goal"],
        venue=plan["venue"],
        starts_on=starts_on,
        ends_on=on_day(plan["last_day"]),
        owner=by,
        inferred=plan["inferred"],
    )
    phases = {
        row["number"]: Phase.objects.create(
            campaign=campaign,
            number=row["number"],
            name=row["name"],
            goal=row["goal"],
            starts_on=on_day(row["from_day"]),
            ends_on=on_day(row["to_day"]),
            shown_until=on_day(row.get("shown_until_day")),
            inferred=row["inferred"],
        )
        for row in plan["phases"]
    }
    departments = {code: _department(code, row["name"]) for code, row in plan["departments"].items()}
    for row in plan["work_items"]:
        item = WorkItem.objects.create(
            campaign=campaign,
            phase=phases[row["phase"]],
            number=row["number"],
            content=row["content"],
            due_from=on_day(row["from_day"]),
            due_on=on_day(row["to_day"]),
            due_text=rules.moved_text(row["due_text"], days, year=year),
            note=row.get("note", ""),
            inferred=row["inferred"],
        )
        item.departments.set(departments[code] for code in row["departments"])
    Target.objects.bulk_create(
        Target(campaign=campaign, org_type=org_type, count=count, inferred=["count"])
        for org_type, count in plan["targets"].items()
    )
    record(campaign, "campaigns.campaign.created", by=by, to_state=campaign.state, moved_days=days)
    return campaign


def _department(code: str, name: str) -> Department:
    """The department of the plan, found by code, name or alias (C10)."""
    found = Department.objects.filter(Q(code=code) | Q(name=name) | Q(aliases__name=name)).first()
    return found or Department.objects.create(code=code, name=name)


@transaction.atomic
def start_next_round(campaign: Campaign, *, starts_on: date, name: str = "", by: Any) -> Campaign:
    """Draw up the next round from an old one: phases, work items and targets with moved dates (R42).

    Every date moves by the same whole days, so the plan keeps its rhythm. States, done dates and
    documents stay behind. Raises RuleViolation when it would not begin after the old round.
    """
    days = (starts_on - campaign.starts_on).days
    if days <= 0:
        raise RuleViolation(_("The next round begins after the one it continues."), field="starts_on")
    year = campaign.starts_on.year
    fresh = Campaign.objects.create(
        name=name or campaign.name,
        goal=campaign.goal,
        venue=campaign.venue,
        starts_on=starts_on,
        ends_on=rules.moved(campaign.ends_on, days),
        owner=campaign.owner,
        previous=campaign,
        inferred=campaign.inferred,
    )
    phases = {
        phase.pk: Phase.objects.create(
            campaign=fresh,
            number=phase.number,
            name=phase.name,
            goal=phase.goal,
            starts_on=rules.moved(phase.starts_on, days),
            ends_on=rules.moved(phase.ends_on, days),
            shown_until=rules.moved(phase.shown_until, days),
            inferred=phase.inferred,
        )
        for phase in campaign.phases.all()
    }
    items = campaign.work_items.exclude(state=WorkState.CANCELLED).select_related("owner")
    for item in items.prefetch_related("departments"):
        copy = WorkItem.objects.create(
            campaign=fresh,
            phase=phases.get(item.phase_id),  # type: ignore[arg-type]
            number=item.number,
            content=item.content,
            due_from=rules.moved(item.due_from, days),
            due_on=rules.moved(item.due_on, days),
            due_text=rules.moved_text(item.due_text, days, year=year),
            owner=item.owner if item.owner and item.owner.is_active else None,
            inferred=item.inferred,
        )
        copy.departments.set(item.departments.all())
    Target.objects.bulk_create(
        Target(campaign=fresh, org_type=target.org_type, count=target.count, inferred=target.inferred)
        for target in campaign.targets.all()
    )
    record(
        fresh,
        "campaigns.campaign.created",
        by=by,
        to_state=fresh.state,
        previous=campaign.name,
        moved_days=days,
    )
    return fresh
