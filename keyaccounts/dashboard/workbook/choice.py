"""What somebody chose to have in the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budget.models import Budget, BudgetLine, Entry
from materials.models import Material, StockMove

FIRST_ROW = 4  # below title, note and heads
PARTS = {
    "execution": gettext_lazy("Budget execution"),
    "ledger": gettext_lazy("Ledger"),
    "changes": gettext_lazy("Supplements and transfers"),
    "list": gettext_lazy("Materials list"),
    "stock": gettext_lazy("Stock"),
    "moves": gettext_lazy("Stock movements"),
    "requisitions": gettext_lazy("Requisitions"),
    "extras": gettext_lazy("Supplements of materials"),
}
NEEDS_MATERIALS = ("list", "stock", "moves", "requisitions", "extras")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen: the period (both days inclusive; None is open), the parts, and the filter."""

    budget: Budget
    parts: tuple[str, ...]
    from_on: date | None
    until_on: date
    line: BudgetLine | None = None
    category: str = ""

    def in_period(self, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
        if self.from_on:
            rows = rows.filter(**{f"{field}__gte": self.from_on})
        return rows.filter(**{f"{field}__lte": self.until_on})

    @property
    def lines(self) -> list[BudgetLine]:
        """The lines of the tree in order; with a line chosen, that one and those below it."""
        found = list(self.budget.lines.order_by("position", "number"))
        if self.line is None:
            return found
        number = self.line.number
        return [row for row in found if row.number == number or row.number.startswith(f"{number}.")]

    @property
    def entries(self) -> QuerySet[Entry]:
        rows = self.in_period(self.budget.entries.all(), "booked_on")
        return rows.filter(line__in=self.lines) if self.line else rows

    @property
    def materials(self) -> QuerySet[Material]:
        rows = Material.objects.filter(campaign=self.budget.campaign_id)
        return rows.filter(category=self.category) if self.category else rows

    @property
    def moves(self) -> QuerySet[StockMove]:
        rows = self.in_period(StockMove.objects.filter(material__in=self.materials), "moved_on")
        return rows.physical()  # type: ignore[attr-defined]

    @property
    def total(self) -> int:
        """About how many rows the workbook will have: what takes its time."""
        count = self.entries.count() if {"ledger", "execution"} & set(self.parts) else 0
        return count + (self.moves.count() if "moves" in self.parts else 0)

    def words(self) -> str:
        """Period and filter as people say them, for the line under each title."""
        begin = self.from_on.isoformat() if self.from_on else _("the beginning")
        parts = [_("%(begin)s to %(end)s") % {"begin": begin, "end": self.until_on.isoformat()}]
        if self.line:
            parts.append(str(self.line))
        if self.category:
            parts.append(Material(category=self.category).category_name)
        return ";".join(parts)
