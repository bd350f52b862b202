"""The sheets of the budget: execution, ledger, supplements and transfers, and the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference

from budget.choices import EntryKind
from budget.models import BudgetLine, Supplement, Transfer
from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import Formula, write_sheet
from keyaccounts.exports.opening import Progress

from .choice import FIRST_ROW, PARTS, Choice


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
    Column("original", gettext_lazy("Original amount"), numeric=True, width=14),
    Column("supplements", gettext_lazy("Supplement"), numeric=True, width=13),
    Column("transfers", gettext_lazy("Transfer"), numeric=True, width=13),
    Column("allowed", pgettext_lazy("budget", "Allowed"), numeric=True, width=14),
    Column("committed", gettext_lazy("Committed"), numeric=True, width=13),
    Column("spent", gettext_lazy("Spent"), numeric=True, width=14),
    Column("left", pgettext_lazy("money", "Left"), numeric=True, width=14),
    Column("percent", gettext_lazy("Used"), numeric=True, width=9),
    Column("period", gettext_lazy("Spent in the period"), numeric=True, width=15),
)
MONEY_COLUMNS = "CDEGHK"  # numbers of a leaf; F, I and J are computed in every row


def execution_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("allowed", pgettext_lazy("budget", "Allowed"), numeric=True, width=13),
    Column("spent", gettext_lazy("Spent"), numeric=True, width=13),
    Column("committed", gettext_lazy("Committed"), numeric=True, width=13),
    Column("gap", "", width=4),
    Column("week", gettext_lazy("Week from"), width=12),
    Column("so_far", gettext_lazy("Spent so far"), numeric=True, width=13),
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
        bar.x_axis.scaling.orientation = "maxMin"  # the first line on top, as in the table
        bar.x_axis.delete, bar.y_axis.delete = False, False
        bar.add_data(data(2, len(bars), to=4), titles_from_data=True)
        bar.set_categories(data(1, len(bars), headed=False))
        sheet.add_chart(bar, "I3")
    if weeks:
        burn = LineChart()
        burn.title, burn.height, burn.width = _("Spending over time"), 9, 20
        burn.add_data(data(7, len(weeks)), titles_from_data=True)
        burn.series[0].smooth = False
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
    Column("purpose", pgettext_lazy("budget", "Purpose"), width=36),
    Column("amount", gettext_lazy("Amount"), numeric=True, width=14),
    Column("allowed", gettext_lazy("Change of what is allowed"), numeric=True, width=14),
    Column("committed", gettext_lazy("Change of what is committed"), numeric=True, width=14),
    Column("spent", gettext_lazy("Change of what is spent"), numeric=True, width=14),
    Column("counterparty", gettext_lazy("Counterparty"), width=20),
    Column("document", pgettext_lazy("budget", "Document"), width=16),
    Column("by", gettext_lazy("Booked by"), width=10),
    Column("approved_by", gettext_lazy("Approved by"), width=10),
)


def ledger_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("amount", gettext_lazy("Amount"), numeric=True, width=14),
    Column("reason", gettext_lazy("Reason"), width=40),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
    Column("requested_at", gettext_lazy("Requested at"), width=17),
    Column("decided_by", gettext_lazy("Decided by"), width=10),
    Column("decided_at", gettext_lazy("Decided at"), width=17),
)


def changes_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
