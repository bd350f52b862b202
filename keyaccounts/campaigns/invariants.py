"""States of campaigns and work items (integrity rule 18)."""

from collections.abc import Iterator

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant

from .choices import WORK_EDGES, CampaignState, WorkState
from .models import Campaign, WorkItem

CAMPAIGN_EDGES = {CampaignState.DRAFT: CampaignState.ACTIVE, CampaignState.ACTIVE: CampaignState.CLOSED}


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_the_plan() -> Found:
    found = Found()

    def states(model: type[Model]) -> Iterator[tuple[int, str]]:
        return found.look(model.objects.values_list("pk", "state").iterator())  # type: ignore[attr-defined]

    campaigns = Moves(
        "campaigns.campaign.",
        frozenset(CampaignState.values),
        lambda before, after: CAMPAIGN_EDGES.get(CampaignState(before)) == after,
        lambda: states(Campaign),
    )
    items = Moves(
        "campaigns.workitem.",
        frozenset(WorkState.values),
        lambda before, after: after in WORK_EDGES[before],
        lambda: states(WorkItem),
    )
    for moves in (campaigns, items):
        found.violations += broken_moves(moves)
    return found
