"""What the lists of materials are filtered by."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.filtering import FromDay, OneOf, OneRow, UntilDay
from keyaccounts.common.widgets import FilterSelect
from keyaccounts.people.models import Department, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from . import queries
from .choices import MaterialState, MoveKind
from .models import Loan, Material, MaterialExtra, MaterialExtraLine, Requisition, RequisitionLine, StockMove


class MaterialFilter(filters.FilterSet):
    """Rows of one campaign's list. ``state`` late: due and not in; ``short``: fewer available than needed."""

    q = filters.CharFilter(label=_("Name, other name, remark"), method="by_text")
    category = OneOf(label=_("Material category"), choices=lambda: choices(TermList.MATERIAL_CATEGORY))  # fmt: skip
    state = OneOf(
        label=_("State"),
        choices=[("late", pgettext_lazy("deadline", "Late")), *MaterialState.choices],
        method="by_state",
    )
    department = OneRow(label=_("Department"), queryset=Department.objects.all())
    short = filters.BooleanFilter(
        label=_("Short"),
        method="by_short",
        widget=FilterSelect(choices=[("", _("All")), ("true", _("Only what is short"))]),
    )

    class Meta:
        model = Material
        fields: list[str] = []

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        return rows.filter(
            Q(name__icontains=value) | Q(remark__icontains=value) | Q(aliases__icontains=_as_stored(value))
        )

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(queries.state_filter(value, on=self.on))

    def by_short(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(missing__gt=0) if value else rows


def _as_stored(text: str) -> str:
    """How a text stands inside a JSON column of SQLite: Chinese escaped."""
    from django.db import connection

    return text.encode("unicode_escape").decode("ascii") if connection.vendor == "sqlite" else text


class StockMoveFilter(filters.FilterSet):
    """Movements by material, kind, person and day."""

    q = filters.CharFilter(label=_("Document, counterparty, reason"), method="by_text")
    material = OneRow(label=_("Material"), queryset=Material.objects.none())
    kind = OneOf(label=_("Kind"), choices=MoveKind.choices)
    person = OneRow(label=_("Handed to or by"), queryset=User.objects.none())
    day_from = FromDay("moved_on")
    day_to = UntilDay("moved_on")

    class Meta:
        model = StockMove
        fields: list[str] = []

    def __init__(self, *args: Any, campaign: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["material"].queryset = Material.objects.filter(campaign=campaign).only("pk", "name")
        self.filters["person"].queryset = (
            User.objects.active().only("pk", "name", "username").order_by("name")
        )

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        return rows.filter(
            Q(document__icontains=value) | Q(counterparty__icontains=value) | Q(reason__icontains=value)
        )


class LoanFilter(filters.FilterSet):
    """Lent things: out, overdue or back, by person and material."""

    state = OneOf(
        label=_("State"),
        choices=[
            ("out", pgettext_lazy("loan", "Out")),
            ("overdue", _("Overdue")),
            ("back", pgettext_lazy("loan", "Back")),
        ],
        method="by_state",
    )
    holder = OneRow(label=_("Handed to or by"), queryset=User.objects.none())
    material = OneRow(label=_("Material"), queryset=Material.objects.none())

    class Meta:
        model = Loan
        fields: list[str] = []

    def __init__(self, *args: Any, campaign: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.filters["material"].queryset = Material.objects.filter(campaign=campaign, is_returnable=True)
        self.filters["holder"].queryset = (
            User.objects.active().only("pk", "name", "username").order_by("name")
        )

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "back":
            return rows.filter(back_move__isnull=False)
        rows = rows.out()
        return rows.filter(due_back_on__lt=self.on) if value == "overdue" else rows


class RequisitionFilter(filters.FilterSet):
    """Requisitions by what they are for, state, person and the day they are needed."""

    q = filters.CharFilter(label=_("What for, code, or material"), method="by_text")
    state = OneOf(label=_("State"), choices=RequestState.choices)
    waiting = OneOf(
        label=_("Waits for"),
        choices=[("issue", _("being issued")), ("receipt", _("confirmation of receipt"))],
        method="by_waiting",
    )
    day_from = FromDay("needed_at")
    day_to = UntilDay("needed_at")

    class Meta:
        model = Requisition
        fields: list[str] = []

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        lines = RequisitionLine.objects.filter(material__name__icontains=value)
        found = Q(purpose__icontains=value) | Q(code__icontains=value) | Q(receiver__name__icontains=value)
        return rows.filter(found | Q(pk__in=lines.values("requisition")))

    def by_waiting(self, rows: Any, name: str, value: str) -> Any:
        if value == "issue":
            return rows.to_issue()
        return rows.filter(pk__in=rows.filter(handovers__confirmed_at__isnull=True, handovers__isnull=False))


class ExtraFilter(filters.FilterSet):
    """Supplement reports by item, state and the day they are needed."""

    q = filters.CharFilter(label=_("Item, reason or code"), method="by_text")
    state = OneOf(label=_("State"), choices=RequestState.choices)
    day_from = FromDay("needed_on")
    day_to = UntilDay("needed_on")

    class Meta:
        model = MaterialExtra
        fields: list[str] = []

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        items = MaterialExtraLine.objects.filter(name__icontains=value).values("extra")
        return rows.filter(Q(reason__icontains=value) | Q(code__icontains=value) | Q(pk__in=items))
