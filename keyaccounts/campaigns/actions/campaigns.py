"""Campaigns: written, started, closed, their targets set, what was deduced confirmed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.models import Inferable

from ..choices import CampaignState
from ..models import Campaign, Target
from .editing import check_row, edit_row


@transaction.atomic
def activate(campaign: Campaign, *, by: Any) -> Campaign:
    """Start a draft. Raises RuleViolation when it has no phase, or has been started already."""
    if not campaign.phases.exists():
        raise RuleViolation(_("Add a phase first: a campaign runs in phases."))
    return _move_campaign(
        campaign, CampaignState.DRAFT, CampaignState.ACTIVE, "campaigns.campaign.started", by
    )


@transaction.atomic
def close(campaign: Campaign, *, by: Any) -> Campaign:
    """End a running campaign; reminders stop. Raises RuleViolation when it is not running."""
    return _move_campaign(
        campaign, CampaignState.ACTIVE, CampaignState.CLOSED, "campaigns.campaign.closed", by
    )


def _move_campaign(campaign: Campaign, before: str, after: str, act: str, by: Any) -> Campaign:
    won = Campaign.objects.filter(pk=campaign.pk, state=before).update(state=after, version=F("version") + 1)
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    campaign.refresh_from_db()
    record(campaign, act, by=by, from_state=before, to_state=after)
    return campaign


@transaction.atomic
def create_campaign(*, by: Any, **values: Any) -> Campaign:
    """Draw up an empty campaign as a draft."""
    campaign = Campaign(**values)
    check_row(campaign)
    campaign.save()
    record(campaign, "campaigns.campaign.created", by=by, to_state=campaign.state)
    return campaign


def edit_campaign(campaign: Campaign, *, version: int | None, by: Any, **values: Any) -> Campaign:
    """Change a campaign. Raises StaleEdit when somebody else saved it meanwhile."""
    return edit_row(campaign, "campaigns.campaign.edited", version=version, by=by, under=None, values=values)


@transaction.atomic
def set_targets(campaign: Campaign, *, counts: dict[str, int | None], by: Any) -> None:
    """Say how many organisations of each type the campaign wants (R15); None or 0 is no target.

    A number somebody sets is confirmed thereby.
    """
    before = {target.org_type: target.count for target in campaign.targets.all()}
    wanted = {org_type: count for org_type, count in counts.items() if count}
    campaign.targets.exclude(org_type__in=wanted).delete()
    for org_type, count in wanted.items():
        if before.get(org_type) != count:
            Target.objects.update_or_create(
                campaign=campaign, org_type=org_type, defaults={"count": count, "inferred": []}
            )
    if before != wanted:
        record(campaign, "campaigns.campaign.targets", by=by, changes={"targets": [before, wanted]})


def _inferred_rows(campaign: Campaign) -> list[Inferable]:
    rows: list[Any] = [
        campaign,
        *campaign.phases.all(),
        *campaign.work_items.all(),
        *campaign.targets.all(),
    ]
    return [row for row in rows if row.inferred]


@transaction.atomic
def confirm_inferred(
    campaign: Campaign, *, by: Any, row: Inferable | None = None, field: str | None = None
) -> int:
    """Confirm one deduced value (``row`` and ``field``), all of a row, or all of the campaign.

    Returns how many values were confirmed: 0 when somebody else was first.
    """
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    confirmed: dict[str, list[str]] = {}
    count = 0
    for each in [row] if row is not None else _inferred_rows(campaign):
        each.refresh_from_db(fields=["inferred"])
        names = [name for name in each.inferred if field in (None, name)]
        if not names:
            continue
        each.inferred = [name for name in each.inferred if name not in names]
        each.save(update_fields=["inferred"])
        confirmed[str(each)] = [str(each._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
        count += len(names)
    if count:
        record(campaign, "campaigns.campaign.confirmed", by=by, confirmed=confirmed)
    return count
