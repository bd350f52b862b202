"""Shapes of input for evaluations and the priority list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import Factor
from accounts.evaluating import Suggestion
from keyaccounts.common.forms import PageForm
from keyaccounts.common.widgets import Chips

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
