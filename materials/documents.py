"""Paper of the store: 领用单, 装箱单, 补充物料报告."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from keyaccounts.common.pdf import Paper, render_pdf

from .actions.extras import received
from .models import Material, MaterialExtra, Requisition, Stocktake, StocktakeLine

REQUISITION, PACKING, EXTRA, STOCKTAKE = "物料领用单", "装箱单", "补充物料报告", "物料盘点表"
BLANK_ROWS = 3  # ruled rows for what is added by hand


def requisition_pdf(requisition: Requisition, *, by: Any, at: datetime) -> bytes:
    """领用单: what was asked for, approved and handed over, with lines to sign."""
    context = {
        "requisition": requisition,
        "lines": requisition.lines.select_related("material").order_by("pk"),
        "handovers": requisition.handovers.select_related("issued_by", "confirmed_by").prefetch_related(
            "lines__line__material"
        ),
    }
    return render_pdf(
        "materials/pdf/requisition.html", context, paper=_paper(REQUISITION, requisition.code, by, at)
    )


def packing_pdf(requisitions: Sequence[Requisition], *, by: Any, at: datetime) -> bytes:
    """装箱单, a sheet a requisition: boxes to tick, ruled rows for more, two signatures."""
    sheets = [
        (row, [line for line in row.lines.select_related("material").order_by("pk") if line.approved != 0])
        for row in requisitions
    ]
    number = requisitions[0].code if len(requisitions) == 1 else ""
    return render_pdf(
        "materials/pdf/packing.html",
        {"sheets": sheets, "blanks": range(BLANK_ROWS)},
        paper=_paper(PACKING, number, by, at),
    )


def extra_pdf(extra: MaterialExtra, *, by: Any, at: datetime) -> bytes:
    """补充物料报告: items with stock and price, the reason, the money, the decision or lines for it."""
    lines = list(extra.lines.select_related("material"))
    left = extra.line.balance.left if extra.line else None
    context = {
        "extra": extra,
        "lines": lines,
        "sum": extra.amount
        if extra.amount is not None
        else sum((r.amount for r in lines), Decimal(0)) or None,
        "left": left,
        "received": received(extra),
    }
    return render_pdf("materials/pdf/extra.html", context, paper=_paper(EXTRA, extra.code, by, at))


def stocktake_pdf(
    taken: Stocktake,
    rows: Sequence[tuple[Material, StocktakeLine | None]],
    *,
    is_blank: bool,
    by: Any,
    at: datetime,
) -> bytes:
    """物料盘点表: the result with its differences; ``is_blank`` rules the columns for counting by hand.

    The blank says nothing of what the movements expect, so that the shelf is counted and not the list.
    """
    context = {
        "stocktake": taken,
        "rows": rows,
        "is_blank": is_blank,
        "blanks": range(BLANK_ROWS),
        "counted": sum(1 for _material, line in rows if line),
        "differing": sum(1 for _material, line in rows if line and line.difference),
    }
    return render_pdf("materials/pdf/stocktake.html", context, paper=_paper(STOCKTAKE, taken.code, by, at))


def _paper(title: str, number: str, by: Any, at: datetime) -> Paper:
    return Paper(title=title, number=number, printed_by=str(by), printed_at=at)
