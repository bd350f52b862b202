"""Shapes of input for evaluations and the priority list."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import EvaluationState, Factor, Grade
from accounts.evaluating import Suggestion
from accounts.models import Evaluation
from keyaccounts.common.forms import PageForm
from keyaccounts.common.widgets import Chips
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

UNKNOWN = "0"
SCORES = [*((str(n), str(n)) for n in range(1, 6)), (UNKNOWN, _("Unknown"))]


def _score(text: str) -> int | None:
    return None if text == UNKNOWN else int(text)


class EvaluationForm(PageForm):
    """Five scores, each beginning with what the known facts suggest and saying what it rests on."""

    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, suggestions: list[Suggestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = {}
        for suggestion in suggestions:
            said = "；".join(
                f"{e.label} {e.text}" + (f"({e.where})" if e.where else "") for e in suggestion.evidence
            )
            fields[suggestion.factor] = forms.TypedChoiceField(
                label=_("%(factor)s (weight %(weight)s)")
                % {"factor": suggestion.label, "weight": suggestion.weight},
                choices=SCORES,
                coerce=_score,
                empty_value=None,
                required=False,
                widget=Chips,
                initial=UNKNOWN if suggestion.score is None else str(suggestion.score),
                help_text=said or _("Nothing known yet: unknown is not zero."),
            )
        self.fields = {"submission_key": self.fields["submission_key"], **fields, "note": self.fields["note"]}

    @property
    def scores(self) -> dict[str, int | None]:
        return {factor.value: self.cleaned_data.get(factor.value) for factor in Factor}


class RankingFilter(filters.FilterSet):
    """Evaluated organisations by what the choice is made on."""

    q = filters.CharFilter(label=_("Organisation"), field_name="organisation__name", lookup_expr="icontains")
    grade = filters.ChoiceFilter(label=_("Grade"), choices=Grade.choices, empty_label=_("All"))
    type = filters.ChoiceFilter(
        label=_("Type"),
        field_name="organisation__type",
        choices=lambda: choices(TermList.ORG_TYPE),
        empty_label=_("All"),
    )
    owner = filters.ModelChoiceFilter(
        label=_("Owner"),
        field_name="organisation__owner",
        queryset=User.objects.filter(organisations__isnull=False).distinct(),
        empty_label=_("All"),
    )
    state = filters.ChoiceFilter(label=_("Review"), choices=EvaluationState.choices, empty_label=_("All"))

    class Meta:
        model = Evaluation
        fields: list[str] = []
