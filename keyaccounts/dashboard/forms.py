"""The shapes of input of this app."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import Budget, BudgetLine
from keyaccounts.common.widgets import ChipsMultiple
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .workbook import Choice, offered

DAY = {"type": "date"}


class WorkbookForm(forms.Form):
    """Which sheets, of which days, of which line and category. Sent by GET: the address is the whole choice."""

    parts = forms.MultipleChoiceField(label=_("Sheets"), widget=ChipsMultiple)
    from_on = forms.DateField(
        label=pgettext_lazy("day", "From"), required=False, widget=forms.DateInput(DAY, format="%Y-%m-%d")
    )
    until_on = forms.DateField(
        label=pgettext_lazy("day", "To"), widget=forms.DateInput(DAY, format="%Y-%m-%d")
    )
    line = forms.ModelChoiceField(
        label=_("Budget line"), queryset=BudgetLine.objects.none(), required=False, empty_label=_("All")
    )
    category = forms.ChoiceField(label=_("Material category"), required=False)

    def __init__(self, *args: Any, budget: Budget, user: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.budget = budget
        parts = list(offered(user))
        self.fields["parts"].choices = parts  # type: ignore[attr-defined]
        self.fields["line"].queryset = budget.lines.all()  # type: ignore[attr-defined]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *choices(TermList.MATERIAL_CATEGORY),
        ]
        self.initial = {
            "parts": [part for part, _label in parts],
            "from_on": budget.campaign.starts_on,
            "until_on": today,
            **self.initial,
        }
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begin, end = cleaned.get("from_on"), cleaned.get("until_on")
        if begin and end and begin > end:
            self.add_error("until_on", _("The period ends on or after the day it begins."))
        return cleaned

    @property
    def choice(self) -> Choice:
        """What was chosen, of a valid form."""
        chosen = self.cleaned_data
        return Choice(
            budget=self.budget,
            parts=tuple(chosen["parts"]),
            from_on=chosen["from_on"],
            until_on=chosen["until_on"],
            line=chosen["line"],
            category=chosen["category"],
        )
