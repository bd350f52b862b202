"""What the lists of the plan are filtered by."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.filtering import OneOf, OneRow
from keyaccounts.people.models import Department, User

from .choices import CampaignState, ShownState
from .models import Campaign, Phase, WorkItem


class CampaignFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name"), field_name="name", lookup_expr="icontains")
    state = OneOf(label=_("State"), choices=CampaignState.choices)

    class Meta:
        model = Campaign
        fields: list[str] = []


class WorkItemFilter(filters.FilterSet):
    """Work items of one campaign by phase, department, owner and shown state, late included."""

    q = filters.CharFilter(label=_("Work"), method="by_text")
    phase = OneRow(label=_("Phase"), queryset=Phase.objects.none())
    department = OneRow(
        label=_("Department"),
        field_name="departments",
        queryset=Department.objects.all(),
    )
    owner = OneRow(label=_("Owner"), queryset=User.objects.none())
    state = OneOf(label=_("State"), choices=ShownState.choices, method="by_state")

    class Meta:
        model = WorkItem
        fields: list[str] = []

    def __init__(self, *args: Any, campaign: Campaign, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.filters["phase"].queryset = campaign.phases.order_by("number")
        self.filters["owner"].queryset = User.objects.filter(work_items__campaign=campaign).distinct()

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(content__icontains=value) | Q(note__icontains=value))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.shown_as(value, on=self.on)
