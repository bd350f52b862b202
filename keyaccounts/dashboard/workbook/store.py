"""The sheets of the store: the materials list, stock, movements, requisitions and supplements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from openpyxl import Workbook

from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import Formula, write_sheet
from keyaccounts.exports.opening import Progress
from materials.models import MaterialExtraLine, RequisitionLine, StockMove
from materials.queries import stock

from .choice import FIRST_ROW, PARTS, Choice

LIST = (
    Column("number", gettext_lazy("No."), width=7),
    Column("name", gettext_lazy("Material"), width=26),
    Column("category", gettext_lazy("Category"), width=16),
    Column("quantity", gettext_lazy("Quantity"), numeric=True, width=10),
    Column("kinds", gettext_lazy("Kinds"), numeric=True, width=7),
    Column("total", gettext_lazy("In all"), numeric=True, width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("due_on", gettext_lazy("Due"), width=12),
    Column("department", gettext_lazy("Responsible department"), width=14),
    Column("state", gettext_lazy("State"), width=10),
    Column("price", gettext_lazy("Unit price planned"), numeric=True, width=12),
    Column("planned", gettext_lazy("Planned amount"), numeric=True, width=13),
    Column("line", gettext_lazy("Budget line"), width=24),
    Column("remark", gettext_lazy("Remark"), width=36),
)


def list_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("on_hand", gettext_lazy("On hand"), numeric=True, width=10),
    Column("reserved", gettext_lazy("Reserved"), numeric=True, width=10),
    Column("available", gettext_lazy("Available"), numeric=True, width=10),
    Column("needed", gettext_lazy("Needed"), numeric=True, width=10),
    Column("short", gettext_lazy("Short"), numeric=True, width=10),
    Column("from_on", gettext_lazy("Short from"), width=12),
    Column("value", gettext_lazy("Stock value"), numeric=True, width=14),
)


def stock_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("change", gettext_lazy("Change"), numeric=True, width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("unit_cost", gettext_lazy("Unit cost"), numeric=True, width=11),
    Column("person", gettext_lazy("Handed to or by"), width=12),
    Column("counterparty", gettext_lazy("Counterparty"), width=20),
    Column("document", pgettext_lazy("budget", "Document"), width=16),
    Column("reason", gettext_lazy("Reason"), width=30),
    Column("by", gettext_lazy("Entered by"), width=10),
)


def moves_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("requested", gettext_lazy("Requested"), numeric=True, width=10),
    Column("approved", gettext_lazy("Approved"), numeric=True, width=10),
    Column("issued", gettext_lazy("Issued"), numeric=True, width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
    Column("requested_at", gettext_lazy("Requested at"), width=17),
)


def requisitions_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
    Column("quantity", gettext_lazy("Quantity"), numeric=True, width=10),
    Column("unit", gettext_lazy("Unit"), width=7),
    Column("price", gettext_lazy("Unit price"), numeric=True, width=11),
    Column("amount", gettext_lazy("Amount"), numeric=True, width=13),
    Column("line", gettext_lazy("Budget line"), width=24),
    Column("needed_on", gettext_lazy("Needed on"), width=12),
    Column("reason", gettext_lazy("Reason"), width=40),
    Column("state", gettext_lazy("State"), width=10),
    Column("requested_by", gettext_lazy("Requested by"), width=10),
)


def extras_sheet(book: Workbook, choice: Choice, note: str, user: Any, tell: Progress) -> int:
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
