"""The running campaign and its phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaccounts.campaigns.choices import CampaignState
from keyaccounts.campaigns.models import Campaign, Phase

if TYPE_CHECKING:
    from keyaccounts.bench.world import World


def prepare(world: World) -> None:
    world.campaign = Campaign.objects.create(
        name="测速方案",
        starts_on=world.day(-56),
        ends_on=world.day(52),
        state=CampaignState.ACTIVE,
        owner=world.director,
    )
    Phase.objects.bulk_create(
        Phase(
            campaign=world.campaign,
            number=number,
            name=f"第{number}阶段",
            starts_on=world.day(start),
            ends_on=world.day(end),
        )
        for number, (start, end) in enumerate(((-56, -25), (-25, 5), (-9, 52)), start=1)
    )
