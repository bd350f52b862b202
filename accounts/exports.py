"""Organisations and contacts as Excel: what the list shows, and what people compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from keyaccounts.common.listing import Column
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .models import Organisation


def organisation_columns() -> list[Column]:
    """The columns of the list; the export has the same and a few more."""
    return [
        Column("code", _("Code"), sort="code", width=14),
        Column("name", _("Name"), sort="name", width=34),
        Column("type", _("Type"), width=12),
        Column("stage", _("Stage"), sort="stage", width=12),
        Column("grade", _("Grade"), sort="grade", width=7),
        Column("owner", _("Owner"), sort="owner", width=10),
        Column("staff_count", _("Staff"), sort="staff_count", numeric=True, width=9),
        Column("last_contact_on", _("Last contact"), sort="last_contact_on", width=13),
        Column("next_on", _("Next"), sort="next_on", width=13),
    ]


def organisation_values(user: Any) -> Callable[[Organisation], list[Any]]:
    """One organisation as a row of the export, in the order of the columns."""

    def values(row: Organisation) -> list[Any]:
        return [
            row.code,
            row.name,
            label(TermList.ORG_TYPE, row.type),
            row.get_stage_display(),
            row.grade,
            str(row.owner or ""),
            row.staff_count,
            row.last_contact_on,
            row.next_on,
        ]

    return values
