"""The budget as Excel: what its lists show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.listing import Column
from keyaccounts.common.plucking import Plucked, in_words
from keyaccounts.people.queries import names

from .choices import EntryKind
from .models import Budget, Estimate, ExpenseClaim, Supplement, Transfer
from .queries import Row


def entry_columns() -> list[Column]:
    """The columns of the ledger, on screen and in the export."""
    return [
        Column("number", pgettext_lazy("entry", "No."), sort="number", numeric=True, width=8),
        Column("booked_on", _("Booked on"), sort="booked_on", width=12),
        Column("line", _("Budget line"), width=24),
        Column("kind", _("Kind"), width=10),
        Column("purpose", pgettext_lazy("budget", "Purpose"), width=36),
        Column("amount", _("Amount"), sort="amount", numeric=True, width=14),
        Column("counterparty", _("Counterparty"), width=20),
        Column("document", pgettext_lazy("budget", "Document"), width=16),
        Column("by", _("Booked by"), width=10),
        Column("approved_by", _("Approved by"), width=10),
    ]


def entry_cells(budget: Budget) -> list[Plucked]:
    """How the columns are read for the ledger of ``budget``."""
    people = in_words(names())
    return [
        Plucked("number"),
        Plucked("booked_on"),
        Plucked("line_id", in_words({line.pk: line for line in budget.lines.all()})),
        Plucked("kind", in_words(dict(EntryKind.choices))),
        Plucked("purpose"),
        Plucked("amount"),
        Plucked("counterparty"),
        Plucked("document"),
        Plucked("by_id", people),
        Plucked("approved_by_id", people),
    ]


def supplement_columns() -> list[Column]:
    """The columns of the supplement reports."""
    return [
        Column("code", _("code"), sort="code", width=14),
        Column("state", _("State"), width=10),
        Column("line", _("Budget line"), width=24),
        Column("amount", _("Amount"), sort="amount", numeric=True, width=14),
        Column("needed_on", _("Needed on"), sort="needed_on", width=12),
        Column("left_amount", _("Left at the request"), numeric=True, width=14),
        Column("reason", _("Reason"), width=40),
        Column("requested_by", _("Asked by"), width=10),
        Column("requested_at", _("Asked at"), sort="requested_at", width=16),
        Column("decided_by", _("Decided by"), width=10),
    ]


def supplement_values(row: Supplement) -> list[Any]:
    """One report as a row of the export."""
    return [
        row.code,
        row.get_state_display(),
        str(row.line),
        row.amount,
        row.needed_on,
        row.left_amount,
        row.reason,
        str(row.requested_by),
        row.requested_at,
        str(row.decided_by or ""),
    ]


def transfer_columns() -> list[Column]:
    """The columns of the transfers."""
    return [
        Column("code", _("code"), sort="code", width=14),
        Column("state", _("State"), width=10),
        Column("from_line", _("From line"), width=24),
        Column("to_line", _("To line"), width=24),
        Column("amount", _("Amount"), sort="amount", numeric=True, width=14),
        Column("reason", _("Reason"), width=40),
        Column("requested_by", _("Asked by"), width=10),
        Column("requested_at", _("Asked at"), sort="requested_at", width=16),
        Column("decided_by", _("Decided by"), width=10),
    ]


def transfer_values(row: Transfer) -> list[Any]:
    """One transfer as a row of the export."""
    return [
        row.code,
        row.get_state_display(),
        str(row.from_line),
        str(row.to_line),
        row.amount,
        row.reason,
        str(row.requested_by),
        row.requested_at,
        str(row.decided_by or ""),
    ]


def estimate_columns() -> list[Column]:
    """The columns of what is expected."""
    return [
        Column("label", _("What for"), width=40),
        Column("line", _("Budget line"), width=24),
        Column("amount", _("Amount"), sort="amount", numeric=True, width=14),
        Column("at", pgettext_lazy("day", "Since"), sort="at", width=16),
    ]


def estimate_values(row: Estimate) -> list[Any]:
    """One estimate as a row of the export."""
    return [row.label, str(row.line), row.amount, row.at]


def execution_columns() -> list[Column]:
    """The columns of the execution table."""
    money: dict[str, Any] = {"numeric": True, "width": 14}
    return [
        Column("number", pgettext_lazy("line", "No."), width=8),
        Column("name", _("Budget line"), width=32),
        Column("original", _("Original amount"), **money),
        Column("supplement", _("Supplements"), **money),
        Column("transferred", _("Transferred"), **money),
        Column("allowed", pgettext_lazy("budget", "Allowed"), **money),
        Column("committed", _("Committed"), **money),
        Column("spent", _("Spent"), **money),
        Column("left", _("Left"), **money),
        Column("estimated", _("Estimated"), **money),
        Column("percent", _("Used, percent"), numeric=True, width=10),
        Column("note", _("Note"), width=30),
    ]


def execution_values(row: Row) -> list[Any]:
    """One line with its figures."""
    sums = row.sums
    figures: list[Any] = [
        sums.original, sums.supplement, sums.transferred, sums.allowed, sums.committed, sums.spent, sums.left,
        sums.estimated, sums.percent,
    ]  # fmt: skip
    if row.is_unassigned:
        figures = [None] * len(figures)
    return [row.line.number, "  " * row.depth + row.line.name, *figures, row.line.note]


def claim_columns() -> list[Column]:
    """The columns of the claims."""
    return [
        Column("code", _("code"), sort="code", width=14),
        Column("spent_on", _("Day of the expense"), sort="spent_on", width=12),
        Column("requested_by", _("Claimed by"), width=10),
        Column("kind", _("Kind"), width=10),
        Column("purpose", pgettext_lazy("budget", "Purpose"), width=36),
        Column("line", _("Budget line"), width=24),
        Column("claimed_amount", _("Claimed"), sort="claimed_amount", numeric=True, width=14),
        Column("approved_amount", _("Approved"), numeric=True, width=14),
        Column("state", _("State"), width=12),
        Column("paid", _("Paid"), numeric=True, width=14),
    ]


def claim_values(row: ExpenseClaim) -> list[Any]:
    """One claim as a row of the export."""
    return [
        row.code,
        row.spent_on,
        str(row.requested_by),
        row.get_kind_display(),
        row.purpose,
        str(row.line),
        row.claimed_amount,
        row.approved_amount,
        row.get_state_display(),
        row.payment.amount if row.payment else None,
    ]
