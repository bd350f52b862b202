"""Materials as Excel: what the lists show."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.listing import Column

from .models import MaterialExtra, Requisition


def requisition_columns() -> list[Column]:
    """The columns of the requisitions, on screen and in the export."""
    return [
        Column("code", _("Code"), sort="code", width=14),
        Column("needed_at", _("Needed at"), sort="needed_at", width=17),
        Column("purpose", _("What for"), width=30),
        Column("receiver", _("Receiver"), width=10),
        Column("items", _("Materials"), width=40),
        Column("state", _("State"), sort="state", width=12),
        Column("requested_at", _("Requested at"), sort="requested_at", width=17),
        Column("decided_by", _("Decided by"), width=10),
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
        Column("code", _("Code"), sort="code", width=14),
        Column("items", _("Items"), width=36),
        Column("reason", _("Reason"), width=40),
        Column("amount", _("Expected cost"), sort="amount", numeric=True, width=14),
        Column("payer", _("Paid by"), width=22),
        Column("needed_on", _("Needed on"), sort="needed_on", width=12),
        Column("state", _("State"), sort="state", width=12),
        Column("requested_by", _("Requested by"), width=10),
        Column("requested_at", _("Requested at"), sort="requested_at", width=17),
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
