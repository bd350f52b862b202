"""Fields that the forms of the budget share."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import HTML
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import BudgetLine
from keyaccounts.common.fields import Yuan
from keyaccounts.common.widgets import UnitInput

PREVIEW = HTML("{% include 'budget/_preview_slot.html' %}")
"""Where a form shows how the line stands before and after, as it is filled in."""


class LineField(forms.ModelChoiceField):
    """A line that takes entries, with what is left on it beside its name."""

    def __init__(self, *, rows: Any = None, **more: Any) -> None:
        found = BudgetLine.objects.spendable() if rows is None else rows
        super().__init__(
            **{"label": _("Budget line"), "queryset": found.select_related("budget__campaign"), **more}
        )

    def label_from_instance(self, obj: Any) -> str:
        return _("%(line)s (%(left)s left)") % {"line": obj, "left": f"¥{obj.balance.left:,.2f}"}


def yuan_field(**more: Any) -> Yuan:
    """An amount in yuan with its unit inside."""
    return Yuan(
        **{
            "label": _("Amount"),
            "min_value": 0.01,
            "widget": UnitInput(pgettext_lazy("unit", "yuan")),
            **more,
        }
    )
