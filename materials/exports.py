"""Materials as Excel: what the lists show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from keyaccounts.common.listing import Column
from keyaccounts.common.plucking import Plucked, in_words
from keyaccounts.people.queries import names

from .choices import MoveKind
from .models import Loan, Material, MaterialExtra, Requisition, StocktakeLine
from .queries import StockRow


def material_columns() -> list[Column]:
    """The columns of the list, on screen and in the export."""
    return [
        Column("number", pgettext_lazy("material", "No."), sort="number", numeric=True, width=8),
        Column("name", gettext_lazy("Material name"), sort="name", width=24),
        Column("quantity", gettext_lazy("Quantity"), numeric=True, width=12),
        Column("unit", gettext_lazy("Unit"), width=8),
        Column("due_on", gettext_lazy("Due"), sort="due_on", width=12),
        Column("department", gettext_lazy("Responsible department"), width=14),
        Column("category", gettext_lazy("Material category"), sort="category", width=16),
        Column("state", gettext_lazy("State"), sort="state", width=10),
        Column("available", gettext_lazy("Available"), numeric=True, width=10),
        Column("missing", gettext_lazy("Short by"), sort="missing", numeric=True, width=10),
        Column("remark", gettext_lazy("Remark"), width=36),
    ]


def material_values(row: Material, *, on: date) -> list[Any]:
    """One row of the list, in the order of the columns. ``missing`` is annotated (``queries.with_needs``)."""
    missing = row.missing  # type: ignore[attr-defined]
    return [
        row.number,
        row.name,
        row.total_quantity,
        row.unit,
        row.due_on,
        str(row.department or ""),
        row.category_name,
        state_in_words(row, on=on),
        None if row.is_decision else row.available,
        missing if missing > 0 and not row.is_decision else None,
        row.remark,
    ]


def state_in_words(row: Material, *, on: date) -> str:
    """The state, with 已逾期 in front of what is late."""
    return (
        _("late, %(state)s") % {"state": row.get_state_display()}
        if is_late(row, on=on)
        else row.get_state_display()
    )


def is_late(row: Material, *, on: date) -> bool:
    """Due before that day and neither in nor cancelled."""
    return row.due_on is not None and row.due_on < on and row.state not in ("ready", "cancelled")


def stock_columns() -> list[Column]:
    return [
        Column("name", gettext_lazy("Material name"), width=24),
        Column("on_hand", gettext_lazy("On hand"), numeric=True, width=10),
        Column("reserved", gettext_lazy("Reserved"), numeric=True, width=10),
        Column("available", gettext_lazy("Available"), numeric=True, width=10),
        Column("needed", gettext_lazy("Needed"), numeric=True, width=10),
        Column("short", gettext_lazy("Short by"), numeric=True, width=10),
        Column("from", gettext_lazy("Runs short on"), width=12),
        Column("low", gettext_lazy("Low from"), numeric=True, width=10),
        Column("unit", gettext_lazy("Unit"), width=8),
        Column("value", gettext_lazy("Stock value"), numeric=True, width=14),
    ]


def stock_values(row: StockRow) -> list[Any]:
    material = row.material
    return [
        material.name,
        material.on_hand,
        material.reserved,
        material.available,
        row.needed,
        row.short.quantity if row.short else None,
        row.short.from_on if row.short else None,
        material.low_level,
        material.unit,
        row.value,
    ]


def move_columns() -> list[Column]:
    return [
        Column("moved_on", gettext_lazy("Date"), sort="moved_on", width=12),
        Column("material", gettext_lazy("Material"), width=24),
        Column("kind", gettext_lazy("Kind"), width=14),
        Column("change", gettext_lazy("In or out"), numeric=True, width=10),
        Column("unit", gettext_lazy("Unit"), width=8),
        Column("person", gettext_lazy("Handed to or by"), width=12),
        Column("counterparty", gettext_lazy("Counterparty"), width=24),
        Column("document", pgettext_lazy("budget", "Document"), width=18),
        Column("reason", gettext_lazy("Reason"), width=30),
        Column("by", gettext_lazy("Entered by"), width=12),
    ]


def move_cells() -> list[Plucked]:
    """How the columns are read."""
    people = in_words(names())
    return [
        Plucked("moved_on"),
        Plucked("material__name"),
        Plucked("kind", in_words(dict(MoveKind.choices))),
        Plucked(Coalesce(NullIf("on_hand_change", Value(0)), "reserved_change")),
        Plucked("material__unit"),
        Plucked("person_id", people),
        Plucked("counterparty"),
        Plucked("document"),
        Plucked("reason"),
        Plucked("by_id", people),
    ]


def loan_columns() -> list[Column]:
    return [
        Column("material", gettext_lazy("Material"), width=24),
        Column("holder", pgettext_lazy("loan", "With"), width=12),
        Column("out_on", gettext_lazy("Out since"), sort="out_on", width=12),
        Column("due_back_on", gettext_lazy("Due back"), sort="due_back_on", width=12),
        Column("back_on", gettext_lazy("Back on"), sort="back_on", width=12),
    ]


def loan_values(row: Loan) -> list[Any]:
    return [row.material.name, str(row.holder), row.out_on, row.due_back_on, row.back_on]


def count_columns() -> list[Column]:
    return [
        Column("number", pgettext_lazy("material", "No."), numeric=True, width=8),
        Column("name", gettext_lazy("Material name"), width=24),
        Column("unit", gettext_lazy("Unit"), width=8),
        Column("expected", gettext_lazy("By the movements"), numeric=True, width=12),
        Column("counted", pgettext_lazy("stocktake", "Counted"), numeric=True, width=12),
        Column("difference", gettext_lazy("Difference"), numeric=True, width=10),
        Column("reason", gettext_lazy("Reason"), width=30),
        Column("by", gettext_lazy("Counted by"), width=12),
        Column("at", gettext_lazy("Counted at"), width=18),
    ]


def count_values(material: Material, line: StocktakeLine | None) -> list[Any]:
    """A material of a stocktake; what was not counted stays blank, to be written in by hand."""
    if line is None:
        return [material.number, material.name, material.unit, None, None, None, "", "", None]
    return [
        material.number, material.name, material.unit, line.expected, line.counted, line.difference,
        line.reason, str(line.counted_by), line.counted_at,
    ]  # fmt: skip


def requisition_columns() -> list[Column]:
    """The columns of the requisitions, on screen and in the export."""
    return [
        Column("code", gettext_lazy("Code"), sort="code", width=14),
        Column("needed_at", gettext_lazy("Needed at"), sort="needed_at", width=17),
        Column("purpose", gettext_lazy("What for"), width=30),
        Column("receiver", gettext_lazy("Receiver"), width=10),
        Column("items", gettext_lazy("Materials"), width=40),
        Column("state", gettext_lazy("State"), sort="state", width=12),
        Column("requested_at", gettext_lazy("Requested at"), sort="requested_at", width=17),
        Column("decided_by", gettext_lazy("Decided by"), width=10),
    ]


def requisition_values(requisition: Requisition) -> list[Any]:
    """One requisition as a row of the export, in the order of the columns."""
    return [
        requisition.code,
        timezone.localtime(requisition.needed_at),
        requisition.purpose,
        str(requisition.receiver),
        "、".join(
            f"{line.material} {line.issued}/{line.requested if line.approved is None else line.approved}{line.material.unit}"
            for line in requisition.lines.all()
        ),
        requisition.get_state_display(),
        timezone.localtime(requisition.requested_at),
        str(requisition.decided_by or ""),
    ]


def extra_columns() -> list[Column]:
    """The columns of the supplement reports."""
    return [
        Column("code", gettext_lazy("Code"), sort="code", width=14),
        Column("items", gettext_lazy("Items"), width=36),
        Column("reason", gettext_lazy("Reason"), width=40),
        Column("amount", gettext_lazy("Expected cost"), sort="amount", numeric=True, width=14),
        Column("payer", gettext_lazy("Paid by"), width=22),
        Column("needed_on", gettext_lazy("Needed on"), sort="needed_on", width=12),
        Column("state", gettext_lazy("State"), sort="state", width=12),
        Column("requested_by", gettext_lazy("Requested by"), width=10),
        Column("requested_at", gettext_lazy("Requested at"), sort="requested_at", width=17),
    ]


def extra_values(extra: MaterialExtra) -> list[Any]:
    """One report as a row of the export, in the order of the columns."""
    return [
        extra.code,
        "、".join(str(line) for line in extra.lines.all()),
        extra.reason,
        extra.amount,
        str(extra.line or extra.department or ""),
        extra.needed_on,
        extra.get_state_display(),
        str(extra.requested_by),
        timezone.localtime(extra.requested_at),
    ]
