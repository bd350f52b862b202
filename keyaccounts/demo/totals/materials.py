"""What lies in the store."""

from __future__ import annotations

from datetime import date
from typing import Any

from keyaccounts.campaigns.models import Campaign
from materials.models import Material, StockMove


def totals(on: date) -> dict[str, Any]:
    return {"stock_after": _stock_after()}


def _stock_after() -> dict[str, int]:
    """On hand, of everything that is used up or worn and has ever moved; devices and files are no stock."""
    campaign = Campaign.objects.current()
    if campaign is None:
        return {}
    moved = StockMove.objects.physical().values("material")
    rows = Material.objects.filter(campaign=campaign, pk__in=moved).exclude(
        category__in=["device", "digital"]
    )
    return dict(rows.order_by("number", "pk").values_list("name", "on_hand"))
