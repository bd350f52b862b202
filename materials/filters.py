"""What the lists of materials are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.widgets import FilterSelect

from .models import MaterialExtra, MaterialExtraLine, Requisition, RequisitionLine

DAY = forms.DateInput(attrs={"type": "date"})


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
