"""The marketing centre's workbook: budget and materials of a period, with totals that Excel adds up itself (R93).

A sheet is a function that writes itself into the book; its figures are numbers and dates, sums are formulas over
the rows above them, and 预算执行 takes what was spent in the period from the sheet 台账 by SUMIFS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from keyaccounts.exports.opening import Progress
from materials.models import Material

from . import money, store
from .choice import NEEDS_MATERIALS, PARTS, Choice

__all__ = ["Choice", "offered", "write"]

Sheet = Callable[[Workbook, Choice, str, Any, Progress], int]
SHEETS: dict[str, Sheet] = {
    "execution": money.execution_sheet,
    "ledger": money.ledger_sheet,
    "changes": money.changes_sheet,
    "list": store.list_sheet,
    "stock": store.stock_sheet,
    "moves": store.moves_sheet,
    "requisitions": store.requisitions_sheet,
    "extras": store.extras_sheet,
}


def write(book: Workbook, choice: Choice, *, user: Any, at: datetime, progress: Progress) -> None:
    """Write the chosen sheets; ``user`` is named under each title with the moment ``at``."""
    done = 0

    def tell(written: int) -> None:
        progress(done + written)

    note = _("As of %(moment)s, %(person)s. %(what)s") % {
        "moment": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
        "person": user,
        "what": choice.words(),
    }
    for part in PARTS:
        if part in choice.parts:
            done += SHEETS[part](book, choice, note, user, tell)


def offered(user: Any) -> Iterable[tuple[str, Any]]:
    """The parts this person may have: finance sees the money, not the store."""
    may_see = Material.objects.visible_to(user).query.is_empty() is False
    return [(part, label) for part, label in PARTS.items() if may_see or part not in NEEDS_MATERIALS]
