"""The budget as Excel: what its lists show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.listing import Column

from .models import Entry


def entry_columns() -> list[Column]:
    """The columns of the ledger, on screen and in the export."""
    return [
        Column("number", pgettext_lazy("entry", "No."), sort="number", numeric=True, width=8),
        Column("booked_on", _("Booked on"), sort="booked_on", width=12),
        Column("line", _("Budget line"), width=24),
        Column("kind", _("Kind"), width=10),
        Column("purpose", _("Purpose"), width=36),
        Column("amount", _("Amount"), sort="amount", numeric=True, width=14),
        Column("counterparty", _("Counterparty"), width=20),
        Column("document", _("Document"), width=16),
        Column("by", _("Booked by"), width=10),
        Column("approved_by", _("Approved by"), width=10),
    ]


def entry_values(entry: Entry) -> list[Any]:
    """One entry as a row of the export, in the order of the columns."""
    return [
        entry.number,
        entry.booked_on,
        str(entry.line),
        entry.get_kind_display(),
        entry.purpose,
        entry.amount,
        entry.counterparty,
        entry.document,
        str(entry.by),
        str(entry.approved_by or ""),
    ]
