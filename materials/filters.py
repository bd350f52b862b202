"""What the lists of materials are filtered by."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.widgets import FilterSelect
from keyaccounts.people.models import Department, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from . import queries
from .choices import MaterialState, MoveKind
from .models import Loan, Material, MaterialExtra, MaterialExtraLine, Requisition, RequisitionLine, StockMove

DAY = forms.DateInput(attrs={"type": "date"})


class MaterialFilter(filters.FilterSet):
    """Rows of one campaign's list. ``state`` late: due and not in; ``short``: fewer available than needed."""

    q = filters.CharFilter(label=_("Name, other name, remark"), method="by_text")
    category = filters.ChoiceFilter(
        label=_("Material category"), choices=lambda: choices(TermList.MATERIAL_CATEGORY), empty_label=_("All"),
        widget=FilterSelect,
    )  # fmt: skip
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[("late", pgettext_lazy("deadline", "Late")), *MaterialState.choices],
        empty_label=_("All"),
        method="by_state",
        widget=FilterSelect,
    )
    department = filters.ModelChoiceFilter(
        label=_("Department"), queryset=Department.objects.all(), empty_label=_("All"), widget=FilterSelect
    )
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
    material = filters.ModelChoiceFilter(
        label=_("Material"), queryset=Material.objects.none(), empty_label=_("All"), widget=FilterSelect
    )
    kind = filters.ChoiceFilter(
        label=_("Kind"), choices=MoveKind.choices, empty_label=_("All"), widget=FilterSelect
    )
    person = filters.ModelChoiceFilter(
        label=_("Handed to or by"), queryset=User.objects.none(), empty_label=_("All"), widget=FilterSelect
    )
    day_from = filters.DateFilter(
        label=pgettext_lazy("day", "From"), field_name="moved_on", lookup_expr="gte", widget=DAY
    )
    day_to = filters.DateFilter(
        label=pgettext_lazy("day", "To"), field_name="moved_on", lookup_expr="lte", widget=DAY
    )

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

    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("out", pgettext_lazy("loan", "Out")),
            ("overdue", _("Overdue")),
            ("back", pgettext_lazy("loan", "Back")),
        ],
        empty_label=_("All"),
        method="by_state",
        widget=FilterSelect,
    )
    holder = filters.ModelChoiceFilter(
        label=_("Handed to or by"), queryset=User.objects.none(), empty_label=_("All"), widget=FilterSelect
    )
    material = filters.ModelChoiceFilter(
        label=_("Material"), queryset=Material.objects.none(), empty_label=_("All"), widget=FilterSelect
    )

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
    state = filters.ChoiceFilter(
        label=_("State"), choices=RequestState.choices, empty_label=_("All"), widget=FilterSelect
    )
    waiting = filters.ChoiceFilter(
        label=_("Waits for"),
        choices=[("issue", _("being issued")), ("receipt", _("confirmation of receipt"))],
        empty_label=_("All"),
        widget=FilterSelect,
        method="by_waiting",
    )
    day_from = filters.DateFilter(
        label=pgettext_lazy("day", "From"), field_name="needed_at", lookup_expr="date__gte", widget=DAY
    )
    day_to = filters.DateFilter(
        label=pgettext_lazy("day", "To"), field_name="needed_at", lookup_expr="date__lte", widget=DAY
    )

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
    state = filters.ChoiceFilter(
        label=_("State"), choices=RequestState.choices, empty_label=_("All"), widget=FilterSelect
    )
    day_from = filters.DateFilter(
        label=pgettext_lazy("day", "From"), field_name="needed_on", lookup_expr="gte", widget=DAY
    )
    day_to = filters.DateFilter(
        label=pgettext_lazy("day", "To"), field_name="needed_on", lookup_expr="lte", widget=DAY
    )

    class Meta:
        model = MaterialExtra
        fields: list[str] = []

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        items = MaterialExtraLine.objects.filter(name__icontains=value).values("extra")
        return rows.filter(Q(reason__icontains=value) | Q(code__icontains=value) | Q(pk__in=items))
