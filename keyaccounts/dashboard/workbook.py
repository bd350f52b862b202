"""The marketing centre's workbook: budget and materials of a period, with totals that Excel adds up itself (R93).

A sheet is a function that writes itself into the book; its figures are numbers and dates, sums are formulas over
the rows above them, and 预算执行 takes what was spent in the period from the sheet 台账 by SUMIFS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference

from budget.choices import EntryKind
from budget.models import Budget, BudgetLine, Entry, Supplement, Transfer
from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import Formula, write_sheet
from keyaccounts.exports.opening import Progress
from materials.models import Material, MaterialExtraLine, RequisitionLine, StockMove
from materials.queries import stock

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


# -- money ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Sums:
    """What the ledger holds of one line until the period's end, in yuan."""

    original: Decimal
    supplements: Decimal
    transfers: Decimal
    committed: Decimal
    spent: Decimal


def _sums(choice: Choice) -> dict[int, _Sums]:
    rows = (
        choice.budget.entries.filter(booked_on__lte=choice.until_on)
        .order_by()
        .values_list("line", "kind", "about__kind")
        .annotate(Sum("allowed_change"), Sum("committed_change"), Sum("spent_change"))
    )
    found: dict[int, dict[str, Decimal]] = {}
    for line, kind, about, allowed, committed, spent in rows:
        sums = found.setdefault(line, dict.fromkeys(_Sums.__slots__, Decimal(0)))
        kind = about if kind == EntryKind.REVERSAL else kind
        where = {EntryKind.BUDGET: "original", EntryKind.TRANSFER: "transfers"}.get(kind, "supplements")
        sums[where] += allowed
        sums["committed"] += committed
        sums["spent"] += spent
    return {line: _Sums(**sums) for line, sums in found.items()}


EXECUTION = (
    Column("number", pgettext_lazy("entry", "No."), width=8),
    Column("name", gettext_lazy("Budget line"), width=38),
    Column("original", gettext_lazy("Original amount"), width=14),
    Column("supplements", gettext_lazy("Supplement"), width=13),
    Column("transfers", gettext_lazy("Transfer"), width=13),
    Column("allowed", gettext_lazy("Allowed"), width=14),
    Column("committed", gettext_lazy("Committed"), width=13),
    Column("spent", gettext_lazy("Spent"), width=14),
    Column("left", pgettext_lazy("money", "Left"), width=14),
    Column("percent", gettext_lazy("Used"), width=9),
    Column("period", gettext_lazy("Spent in the period"), width=15),
)
MONEY_COLUMNS = "CDEGHK"  # numbers of a leaf; F, I and J are computed in every row


def _execution(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    lines, sums = choice.lines, _sums(choice)
    row_of = {line.pk: FIRST_ROW + place for place, line in enumerate(lines)}
    below: dict[int | None, list[int]] = {}
    for line in lines:
        parent = line.parent_id if line.parent_id in row_of else None
        below.setdefault(parent, []).append(row_of[line.pk])
    ledger = pgettext("sheet", "Ledger") if "ledger" in choice.parts else ""
    last = FIRST_ROW + choice.entries.count() - 1

    def spent_in_period(row: int, line: BudgetLine) -> Any:
        if ledger and last >= FIRST_ROW:
            return Formula(
                f"SUMIFS('{ledger}'!$J${FIRST_ROW}:$J${last},'{ledger}'!$C${FIRST_ROW}:$C${last},$A{row})"
            )
        return choice.entries.filter(line=line).aggregate(sum=Sum("spent_change"))["sum"] or Decimal(0)

    def rows() -> Iterator[Sequence[Any]]:
        for line in lines:
            row = row_of[line.pk]
            parts = below.get(line.pk, [])
            if line.is_group:
                money: list[Any] = [_added(column, parts) for column in MONEY_COLUMNS]
            else:
                kept = sums.get(line.pk) or _Sums(*[Decimal(0)] * 5)
                money = [
                    kept.original, kept.supplements, kept.transfers, kept.committed, kept.spent,
                    spent_in_period(row, line),
                ]  # fmt: skip
            yield _line(row, line.number, line.name, money)
        total = FIRST_ROW + len(lines)
        yield _line(total, "", _("Total"), [_added(column, below.get(None, [])) for column in MONEY_COLUMNS])
        if ledger and last >= FIRST_ROW:
            in_ledger = Formula(f"SUM('{ledger}'!$J${FIRST_ROW}:$J${last})")
            yield ["", _("Spent in the period by the ledger"), *[None] * 8, in_ledger]
            yield ["", _("Difference (must be 0)"), *[None] * 8, Formula(f"ROUND(K{total}-K{total + 1},2)")]

    written = write_sheet(book, title=str(PARTS["execution"]), columns=EXECUTION, rows=rows(), note=note)
    _pictures(book, choice, [(line, row_of[line.pk]) for line in lines if not line.is_group], note)
    return written


def _line(row: int, number: str, name: str, money: list[Any]) -> list[Any]:
    """One row: the numbers of MONEY_COLUMNS, and what Excel computes of them."""
    original, supplements, transfers, committed, spent, period = money
    allowed, left = Formula(f"C{row}+D{row}+E{row}"), Formula(f"F{row}-G{row}-H{row}")
    used = Formula(f"IF(F{row}=0,0,(G{row}+H{row})/F{row})", form="0.0%")
    return [number, name, original, supplements, transfers, allowed, committed, spent, left, used, period]


def _added(column: str, rows: list[int]) -> Any:
    return Formula("+".join(f"{column}{row}" for row in rows)) if rows else Decimal(0)


PICTURES = (
    Column("line", gettext_lazy("Budget line"), width=38),
    Column("allowed", gettext_lazy("Allowed"), width=13),
    Column("spent", gettext_lazy("Spent"), width=13),
    Column("committed", gettext_lazy("Committed"), width=13),
    Column("gap", "", width=4),
    Column("week", gettext_lazy("Week from"), width=12),
    Column("so_far", gettext_lazy("Spent so far"), width=13),
)


def _pictures(book: Workbook, choice: Choice, leaves: list[tuple[BudgetLine, int]], note: str) -> None:
    """Budget against spending: bars for each line, and how the money went week by week, above what they show."""
    execution, heads = str(PARTS["execution"]), FIRST_ROW - 1
    bars = [
        [str(line), *(Formula(f"'{execution}'!{column}{row}") for column in "FHG")] for line, row in leaves
    ]
    so_far, weeks = Decimal(0), []
    for week, spent in _spent_by_week(choice):
        so_far += spent
        weeks.append([None, week, so_far])
    rows = [[*bar, *week] for bar, week in zip_longest(bars, weeks, fillvalue=[None] * 4)]
    title = pgettext("sheet", "Pictures")
    write_sheet(book, title=title, columns=PICTURES, rows=rows, note=note)
    sheet: Any = book[title]

    def data(column: int, count: int, *, to: int | None = None, headed: bool = True) -> Reference:
        first = heads if headed else FIRST_ROW
        return Reference(sheet, min_col=column, max_col=to or column, min_row=first, max_row=heads + count)

    if bars:
        bar = BarChart()
        bar.type, bar.title, bar.height, bar.width = "bar", _("Budget against spending"), 9, 20
        bar.add_data(data(2, len(bars), to=4), titles_from_data=True)
        bar.set_categories(data(1, len(bars), headed=False))
        sheet.add_chart(bar, "I3")
    if weeks:
        burn = LineChart()
        burn.title, burn.height, burn.width = _("Spending over time"), 9, 20
        burn.add_data(data(7, len(weeks)), titles_from_data=True)
        burn.set_categories(data(6, len(weeks), headed=False))
        burn.x_axis.number_format, burn.x_axis.delete, burn.y_axis.delete = "m-d", False, False
        sheet.add_chart(burn, "I23")


def _spent_by_week(choice: Choice) -> list[tuple[date, Decimal]]:
    rows = choice.entries.exclude(spent_change=0).order_by().annotate(week=TruncWeek("booked_on"))
    return list(rows.values_list("week").annotate(Sum("spent_change")).order_by("week"))


LEDGER = (
    Column("number", pgettext_lazy("entry", "No."), width=8),
    Column("booked_on", gettext_lazy("Booked on"), width=12),
    Column("line_number", gettext_lazy("Line no."), width=9),
    Column("line", gettext_lazy("Budget line"), width=24),
    Column("kind", gettext_lazy("Kind"), width=10),
    Column("purpose", gettext_lazy("Purpose"), width=36),
    Column("amount", gettext_lazy("Amount"), width=14),
    Column("allowed", gettext_lazy("Change of what is allowed"), width=14),
    Column("committed", gettext_lazy("Change of what is committed"), width=14),
    Column("spent", gettext_lazy("Change of what is spent"), width=14),
    Column("counterparty", gettext_lazy("Counterparty"), width=20),
    Column("document", gettext_lazy("Document"), width=16),
    Column("by", gettext_lazy("Booked by"), width=10),
    Column("approved_by", gettext_lazy("Approved by"), width=10),
)


def _ledger(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    rows = choice.entries.order_by("number").values_list(
        "number", "booked_on", "line__number", "line__name", "kind", "purpose", "amount", "allowed_change",
        "committed_change", "spent_change", "counterparty", "document", "by__name", "approved_by__name",
    )  # fmt: skip
    kinds = dict(EntryKind.choices)

    def cells() -> Iterator[Sequence[Any]]:
        last = FIRST_ROW - 1
        for row in rows.iterator(chunk_size=2000):
            last += 1
            yield [*row[:4], str(kinds[row[4]]), *row[5:13], row[13] or ""]
        if last >= FIRST_ROW:
            sums = [Formula(f"SUM({column}{FIRST_ROW}:{column}{last})") for column in "HIJ"]
            yield [None, None, None, _("Total"), None, None, None, *sums]

    return write_sheet(
        book, title=pgettext("sheet", "Ledger"), columns=LEDGER, rows=cells(), note=note, progress=tell
    )


CHANGES = (
    Column("code", gettext_lazy("Code"), width=14),
    Column("kind", gettext_lazy("Kind"), width=10),
    Column("from", gettext_lazy("From line"), width=26),
    Column("line", gettext_lazy("To line"), width=26),
    Column("amount", gettext_lazy("Amount"), width=14),
    Column("reason", gettext_lazy("Reason"), width=40),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
    Column("requested_at", gettext_lazy("Requested at"), width=17),
    Column("decided_by", gettext_lazy("Decided by"), width=10),
    Column("decided_at", gettext_lazy("Decided at"), width=17),
)


def _changes(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    lines = {line.pk for line in choice.lines}
    supplements = choice.in_period(Supplement.objects.filter(budget=choice.budget), "requested_at__date")
    transfers = choice.in_period(Transfer.objects.filter(budget=choice.budget), "requested_at__date")
    people = ("requested_by", "decided_by")

    def rows() -> Iterator[Sequence[Any]]:
        for row in supplements.select_related("line", *people).order_by("code"):
            if row.line_id in lines:
                yield _change(row, _("Supplement"), "", str(row.line))
        for move in transfers.select_related("from_line", "to_line", *people).order_by("code"):
            if {move.from_line_id, move.to_line_id} & lines:
                yield _change(move, _("Transfer"), str(move.from_line), str(move.to_line))

    return write_sheet(book, title=str(PARTS["changes"]), columns=CHANGES, rows=rows(), note=note)


def _change(row: Any, kind: str, from_line: str, to_line: str) -> list[Any]:
    return [
        row.code, kind, from_line, to_line, row.amount, row.reason, row.get_state_display(), str(row.requested_by),
        row.requested_at, str(row.decided_by or ""), row.decided_at,
    ]  # fmt: skip


# -- materials --------------------------------------------------------------------------------------
LIST = (
    Column("number", gettext_lazy("No."), width=7),
    Column("name", gettext_lazy("Material"), width=26),
    Column("category", gettext_lazy("Category"), width=16),
    Column("quantity", gettext_lazy("Quantity"), width=10),
    Column("kinds", gettext_lazy("Kinds"), width=7),
    Column("total", gettext_lazy("In all"), width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("due_on", gettext_lazy("Due"), width=12),
    Column("department", gettext_lazy("Responsible department"), width=14),
    Column("state", gettext_lazy("State"), width=10),
    Column("price", gettext_lazy("Unit price planned"), width=12),
    Column("planned", gettext_lazy("Planned amount"), width=13),
    Column("line", gettext_lazy("Budget line"), width=24),
    Column("remark", gettext_lazy("Remark"), width=36),
)


def _list(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    rows = choice.materials.select_related("department", "line")

    def cells() -> Iterator[Sequence[Any]]:
        row_number = FIRST_ROW - 1
        for row in rows:
            row_number += 1
            total = None if row.quantity is None else Formula(f"D{row_number}*E{row_number}", form="#,##0")
            planned = (
                None
                if row.planned_price is None or total is None
                else Formula(f"F{row_number}*K{row_number}")
            )
            yield [
                row.number, row.name, row.category_name, row.quantity, row.kinds, total, row.unit, row.due_on,
                str(row.department or ""), row.get_state_display(), row.planned_price, planned,
                str(row.line or (_("paid by the department") if not row.is_charged else "")), row.remark,
            ]  # fmt: skip
        if row_number >= FIRST_ROW:
            yield [None, _("Total"), *[None] * 9, Formula(f"SUM(L{FIRST_ROW}:L{row_number})")]

    return write_sheet(book, title=str(PARTS["list"]), columns=LIST, rows=cells(), note=note)


STOCK = (
    Column("name", gettext_lazy("Material"), width=26),
    Column("category", gettext_lazy("Category"), width=16),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("on_hand", gettext_lazy("On hand"), width=10),
    Column("reserved", gettext_lazy("Reserved"), width=10),
    Column("available", gettext_lazy("Available"), width=10),
    Column("needed", gettext_lazy("Needed"), width=10),
    Column("short", gettext_lazy("Short"), width=10),
    Column("from_on", gettext_lazy("Short from"), width=12),
    Column("value", gettext_lazy("Stock value"), width=14),
)


def _stock(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    rows = stock(choice.budget.campaign, user, rows=choice.materials)  # type: ignore[arg-type]

    def cells() -> Iterator[Sequence[Any]]:
        number = FIRST_ROW - 1
        for row in rows:
            number += 1
            available = Formula(f"D{number}-E{number}", form="#,##0")
            yield [
                row.material.name, row.material.category_name, row.material.unit, row.material.on_hand,
                row.material.reserved, available, row.needed, row.short.quantity if row.short else 0,
                row.short.from_on if row.short else None, row.value,
            ]  # fmt: skip
        if number >= FIRST_ROW:
            yield [_("Total"), *[None] * 8, Formula(f"SUM(J{FIRST_ROW}:J{number})")]

    return write_sheet(book, title=str(PARTS["stock"]), columns=STOCK, rows=cells(), note=note)


MOVES = (
    Column("moved_on", gettext_lazy("Date"), width=12),
    Column("material", gettext_lazy("Material"), width=26),
    Column("kind", gettext_lazy("Kind"), width=12),
    Column("change", gettext_lazy("Change"), width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("unit_cost", gettext_lazy("Unit cost"), width=11),
    Column("person", gettext_lazy("Handed to or by"), width=12),
    Column("counterparty", gettext_lazy("Counterparty"), width=20),
    Column("document", gettext_lazy("Document"), width=16),
    Column("reason", gettext_lazy("Reason"), width=30),
    Column("by", gettext_lazy("Entered by"), width=10),
)


def _moves(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    kinds = dict(StockMove._meta.get_field("kind").flatchoices)
    rows = choice.moves.order_by("moved_on", "pk").values_list(
        "moved_on", "material__name", "kind", "on_hand_change", "material__unit", "unit_cost", "person__name",
        "counterparty", "document", "reason", "by__name",
    )  # fmt: skip
    cells = (
        [*row[:2], str(kinds[row[2]]), *row[3:6], row[6] or "", *row[7:]]
        for row in rows.iterator(chunk_size=2000)
    )
    return write_sheet(book, title=str(PARTS["moves"]), columns=MOVES, rows=cells, note=note, progress=tell)


REQUISITIONS = (
    Column("code", gettext_lazy("Code"), width=14),
    Column("purpose", gettext_lazy("What for"), width=30),
    Column("needed_at", gettext_lazy("Needed at"), width=17),
    Column("receiver", gettext_lazy("Receiver"), width=10),
    Column("material", gettext_lazy("Material"), width=24),
    Column("requested", gettext_lazy("Requested"), width=10),
    Column("approved", gettext_lazy("Approved"), width=10),
    Column("issued", gettext_lazy("Issued"), width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
    Column("requested_at", gettext_lazy("Requested at"), width=17),
)


def _requisitions(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    rows = choice.in_period(
        RequisitionLine.objects.filter(material__in=choice.materials), "requisition__needed_at__date"
    ).select_related("requisition__receiver", "requisition__requested_by", "material")
    cells = (
        [
            row.requisition.code,
            row.requisition.purpose,
            row.requisition.needed_at,
            str(row.requisition.receiver),
            row.material.name,
            row.requested,
            row.approved,
            row.issued,
            row.material.unit,
            row.requisition.get_state_display(),
            str(row.requisition.requested_by),
            row.requisition.requested_at,
        ]
        for row in rows.order_by("requisition__needed_at", "pk").iterator(chunk_size=2000)
    )
    return write_sheet(book, title=str(PARTS["requisitions"]), columns=REQUISITIONS, rows=cells, note=note)


EXTRAS = (
    Column("code", gettext_lazy("Code"), width=14),
    Column("item", gettext_lazy("Item"), width=26),
    Column("quantity", gettext_lazy("Quantity"), width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("price", gettext_lazy("Unit price"), width=11),
    Column("amount", gettext_lazy("Amount"), width=13),
    Column("line", gettext_lazy("Budget line"), width=24),
    Column("needed_on", gettext_lazy("Needed on"), width=12),
    Column("reason", gettext_lazy("Reason"), width=40),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
)


def _extras(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
    rows = choice.in_period(
        MaterialExtraLine.objects.filter(extra__campaign=choice.budget.campaign_id),
        "extra__requested_at__date",
    ).select_related("extra__line", "extra__department", "extra__requested_by")

    def cells() -> Iterator[Sequence[Any]]:
        number = FIRST_ROW - 1
        for row in rows.order_by("extra__code", "pk"):
            number += 1
            yield [
                row.extra.code, row.name, row.quantity, row.unit, row.unit_price,
                Formula(f"C{number}*E{number}"), str(row.extra.line or row.extra.department or ""),
                row.extra.needed_on, row.extra.reason, row.extra.get_state_display(), str(row.extra.requested_by),
            ]  # fmt: skip
        if number >= FIRST_ROW:
            yield [_("Total"), *[None] * 4, Formula(f"SUM(F{FIRST_ROW}:F{number})")]

    return write_sheet(book, title=str(PARTS["extras"]), columns=EXTRAS, rows=cells(), note=note)


Sheet = Callable[[Workbook, Choice, str, Any, Progress], int]
SHEETS: dict[str, Sheet] = {
    "execution": _execution,
    "ledger": _ledger,
    "changes": _changes,
    "list": _list,
    "stock": _stock,
    "moves": _moves,
    "requisitions": _requisitions,
    "extras": _extras,
}


def offered(user: Any) -> Iterable[tuple[str, Any]]:
    """The parts this person may have: finance sees the money, not the store."""
    may_see = Material.objects.visible_to(user).query.is_empty() is False
    return [(part, label) for part, label in PARTS.items() if may_see or part not in NEEDS_MATERIALS]
