"""Visits as Excel: what the list shows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.listing import Column
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .models import Visit


def visit_columns() -> list[Column]:
    """The columns of the list, on screen and in the export."""
    return [
        Column("code", _("Code"), sort="code", width=14),
        Column("planned_at", _("Planned for"), sort="planned_at", width=17),
        Column("organisation", _("Organisation"), width=32),
        Column("number", pgettext_lazy("visit", "No."), sort="number", numeric=True, width=7),
        Column("kind", _("Kind"), width=12),
        Column("state", _("State"), sort="state", width=14),
        Column("visitors", _("Visitors"), width=16),
        Column("next_step", _("Next step"), width=28),
    ]


def visit_values(visit: Visit) -> list[Any]:
    """One visit as a row of the export, in the order of the columns."""
    return [
        visit.code,
        timezone.localtime(visit.planned_at) if visit.planned_at else None,
        visit.organisation.name,
        visit.number,
        label(TermList.VISIT_KIND, visit.kind),
        visit.get_state_display(),
        "、".join(str(person) for person in visit.visitors.all()),
        visit.next_step,
    ]
