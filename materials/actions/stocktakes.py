"""盘点: counting by phone, item by item; what is on the shelf against what the movements said at that moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from materials.choices import StocktakeState
from materials.models import Material, Stocktake, StocktakeLine

from .allocation import lock_materials
from .stock import adjust


@transaction.atomic
def start_stocktake(campaign: Campaign, *, on: date, by: Any, at: datetime) -> Stocktake:
    """Begin counting. Raises RuleViolation while another one is open: two would set the same shelf right twice."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    open_one = campaign.stocktakes.filter(state=StocktakeState.OPEN).first()
    if open_one is not None:
        raise RuleViolation(_("%(code)s is still being counted: go on with it.") % {"code": open_one})
    taken = Stocktake(campaign=campaign, on=on, begun_by=by, begun_at=at)
    save_with_code(taken, f"PD{on.year}-")
    record(taken, "materials.stocktake.begun", by=by, under=campaign, to_state=taken.state)
    return taken


@transaction.atomic
def count(
    stocktake: Stocktake, material: Material, counted: int, *, by: Any, at: datetime, reason: str = ""
) -> StocktakeLine:
    """Write down what is there. What the movements say is read at this very moment, so that whatever moves
    before the closing changes neither the difference nor the result. Counted again, it replaces the count.

    Raises RuleViolation: closed; another campaign's; nothing that lies in a store.
    """
    stocktake = Stocktake.objects.select_for_update(no_key=True).get(pk=stocktake.pk)
    _refuse_closed(stocktake)
    # Locked: no movement comes between reading and writing.
    material = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    if material.campaign_id != stocktake.campaign_id or material.is_decision:
        raise RuleViolation(_("“%(name)s” is not counted here.") % {"name": material})
    line, _fresh = StocktakeLine.objects.update_or_create(
        stocktake=stocktake,
        material=material,
        defaults={
            "expected": material.on_hand,
            "counted": counted,
            "reason": reason.strip(),
            "counted_by": by,
            "counted_at": at,
        },
    )
    return line


@transaction.atomic
def explain(line: StocktakeLine, *, reason: str, by: Any) -> None:
    """Say why a count differs, without counting again: what was expected stays as it was then."""
    stocktake = Stocktake.objects.select_for_update(no_key=True).get(pk=line.stocktake_id)
    _refuse_closed(stocktake)
    StocktakeLine.objects.filter(pk=line.pk).update(reason=reason.strip())


@transaction.atomic
def close_stocktake(stocktake: Stocktake, *, on: date, by: Any, at: datetime) -> Stocktake:
    """Differences become adjustments, all or none.

    Raises RuleViolation: closed by somebody else; nothing counted; a difference without a reason; fewer than are
    reserved would be left. What was not counted stays as the movements say.
    """
    lines = list(stocktake.lines.select_related("material").order_by("material_id"))
    if not lines:
        raise RuleViolation(_("Nothing has been counted yet."))
    for line in lines:
        if line.difference and not line.reason:
            raise RuleViolation(
                _("“%(name)s” differs by %(difference)s: say why.")
                % {"name": line.material, "difference": f"{line.difference:+d}"}
            )
    won = Stocktake.objects.filter(pk=stocktake.pk, state=StocktakeState.OPEN).update(
        state=StocktakeState.CLOSED, closed_by=by, closed_at=at, version=stocktake.version + 1
    )
    if not won:
        raise RuleViolation(_("This stocktake is closed already."))
    lock_materials(lines)
    differing = 0
    for line in lines:
        if line.difference:
            differing += 1
            move = adjust(
                line.material, line.difference, reason=line.reason, source=f"materials.stocktakeline:{line.pk}",
                on=on, at=at, by=by,
            )  # fmt: skip
            StocktakeLine.objects.filter(pk=line.pk).update(move=move)
    stocktake.refresh_from_db()
    record(
        stocktake, "materials.stocktake.closed", by=by, under=stocktake.campaign,
        from_state=StocktakeState.OPEN, to_state=StocktakeState.CLOSED, counted=len(lines), differing=differing,
    )  # fmt: skip
    return stocktake


def _refuse_closed(stocktake: Stocktake) -> None:
    if stocktake.state != StocktakeState.OPEN:
        raise RuleViolation(_("This stocktake is closed already."))
