"""What the lists of this app are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.widgets import FilterSelect
from keyaccounts.people.models import Team, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .choices import Grade, Stage
from .models import Organisation
from .search import matching


class OrganisationFilter(filters.FilterSet):
    """Organisations by what people compare them on."""

    q = filters.CharFilter(label=_("Name, pinyin initials, contact, phone"), method="by_text")
    stage = filters.ChoiceFilter(
        label=_("Stage"), choices=Stage.choices, empty_label=_("All"), widget=FilterSelect
    )
    grade = filters.ChoiceFilter(
        label=_("Grade"), choices=Grade.choices, empty_label=_("All"), widget=FilterSelect
    )
    type = filters.ChoiceFilter(
        label=_("Type"), choices=lambda: choices(TermList.ORG_TYPE), empty_label=_("All"), widget=FilterSelect
    )
    owner = filters.ModelChoiceFilter(
        label=_("Owner"), queryset=User.objects.none(), empty_label=_("All"), widget=FilterSelect
    )
    district = filters.ChoiceFilter(
        label=_("District"),
        choices=lambda: choices(TermList.DISTRICT),
        empty_label=_("All"),
        widget=FilterSelect,
    )
    team = filters.ModelChoiceFilter(
        label=_("Team"), queryset=Team.objects.all(), empty_label=_("All"), widget=FilterSelect
    )
    is_priority = filters.ChoiceFilter(
        label=_("Priority"),
        choices=[("1", _("Priority only"))],
        empty_label=_("All"),
        widget=FilterSelect,
        method="by_priority",
    )
    needs_evaluation = filters.ChoiceFilter(
        label=_("Evaluation"),
        choices=[("1", _("To be evaluated again"))],
        empty_label=_("All"),
        widget=FilterSelect,
        method="by_evaluation",
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The form names fields by their order here: what a rep cannot choose is not offered.
        owners = (
            User.objects.filter(grants__role__in=["rep", "lead"])
            .distinct()
            .order_by("pk")
            .only("pk", "name", "username")
        )
        self.filters["owner"].queryset = owners

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        return matching(rows, value)

    def by_priority(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(is_priority=True) if value else rows

    def by_evaluation(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(needs_evaluation=True) if value else rows
