"""What the lists of this app are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.filtering import OneOf, OneRow
from keyaccounts.people.models import Team, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .choices import EvaluationState, Grade, Stage
from .models import Evaluation, Organisation
from .search import matching


class OrganisationFilter(filters.FilterSet):
    """Organisations by what people compare them on."""

    q = filters.CharFilter(label=_("Name, pinyin initials, contact, phone"), method="by_text")
    stage = OneOf(label=_("Stage"), choices=Stage.choices)
    grade = OneOf(label=_("Grade"), choices=Grade.choices)
    type = OneOf(label=_("Type"), choices=lambda: choices(TermList.ORG_TYPE))
    owner = OneRow(label=_("Owner"), queryset=User.objects.none())
    district = OneOf(label=_("District"), choices=lambda: choices(TermList.DISTRICT))
    team = OneRow(label=_("Team"), queryset=Team.objects.all())
    is_priority = OneOf(label=_("Priority"), choices=[("1", _("Priority only"))], method="by_priority")
    needs_evaluation = OneOf(
        label=_("Evaluation"), choices=[("1", _("To be evaluated again"))], method="by_evaluation"
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


class RankingFilter(filters.FilterSet):
    """Evaluated organisations by what the choice is made on."""

    q = filters.CharFilter(label=_("Organisation"), field_name="organisation__name", lookup_expr="icontains")
    grade = OneOf(label=_("Grade"), choices=Grade.choices)
    type = OneOf(
        label=_("Type"),
        field_name="organisation__type",
        choices=lambda: choices(TermList.ORG_TYPE),
    )
    owner = OneRow(
        label=_("Owner"),
        field_name="organisation__owner",
        queryset=User.objects.filter(organisations__isnull=False).distinct(),
    )
    state = OneOf(label=_("Review"), choices=EvaluationState.choices)

    class Meta:
        model = Evaluation
        fields: list[str] = []
