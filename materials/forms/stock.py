"""Receiving, handing out, taking back, lending, counting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import BudgetLine
from keyaccounts.common.fields import Count, Yuan
from keyaccounts.common.forms import PageForm
from keyaccounts.common.widgets import DateChips, UnitInput
from keyaccounts.people.models import User
from materials.actions.receipts import receivable_extras
from materials.models import Material, MaterialExtra

REASONS = (_("counted wrong before"), _("damaged"), _("not found"), _("handed out without an entry"))


class MoveForm(PageForm):
    """So many of one material on a day: what every act of the store asks for."""

    quantity = Count(label=_("Quantity"), min_value=1, max_value=10_000_000)
    on = forms.DateField(label=_("Date"), widget=DateChips(days=(0, -1)))

    def __init__(self, *args: Any, material: Material, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.material = material
        self.fields["quantity"].widget = UnitInput(
            material.unit,
            {"inputmode": "numeric", "data-stock-quantity": "", "autocomplete": "off"},
        )


class ReceiveForm(MoveForm):
    cost = Yuan(
        label=_("Cost of all of it"),
        required=False,
        widget=UnitInput(_("yuan")),
        help_text=_("Booked on the budget line at once. Empty: nothing is booked."),
    )
    line = forms.ModelChoiceField(label=_("Budget line"), queryset=BudgetLine.objects.none(), required=False)
    extra = forms.ModelChoiceField(
        label=_("Supplement report"),
        queryset=MaterialExtra.objects.none(),
        required=False,
        help_text=_("What it has committed pays."),
    )
    counterparty = forms.CharField(label=_("Supplier"), max_length=100, required=False)
    document = forms.CharField(label=_("Delivery note or invoice"), max_length=80, required=False)
    reason = forms.CharField(
        label=_("Why dearer than planned"), max_length=200, required=False, help_text=_("Only if it is.")
    )

    def __init__(self, *args: Any, material: Material, **kwargs: Any) -> None:
        super().__init__(*args, material=material, **kwargs)
        extras = receivable_extras(material)
        self.fields["extra"].queryset = extras  # type: ignore[attr-defined]
        if not extras.exists():
            del self.fields["extra"]
        if material.is_charged:
            self.fields["line"].queryset = BudgetLine.objects.spendable().filter(  # type: ignore[attr-defined]
                budget__campaign=material.campaign_id
            )
            self.initial.setdefault("line", material.line_id)
        else:
            del self.fields["line"]
            self.fields["cost"].help_text = _(
                "For the unit price only: a department pays, the budget is not charged."
            )


class IssueForm(MoveForm):
    person = forms.ModelChoiceField(label=_("Handed to"), queryset=User.objects.none())
    due_back_on = forms.DateField(
        label=_("Due back"),
        required=False,
        widget=DateChips(days=(0, 1, 7)),
        help_text=_("Empty: no day agreed."),
    )
    reason = forms.CharField(label=pgettext_lazy("stock", "What for"), max_length=200, required=False)

    def __init__(self, *args: Any, material: Material, **kwargs: Any) -> None:
        super().__init__(*args, material=material, **kwargs)
        self.fields["person"].queryset = User.objects.active().order_by("name")  # type: ignore[attr-defined]
        if not material.is_returnable:
            del self.fields["due_back_on"]


class UseForm(MoveForm):
    document = forms.CharField(
        label=_("Briefing"), max_length=80, help_text=_("Which one: organisation and day.")
    )
    reason = forms.CharField(label=_("Note"), max_length=200, required=False)


class GiftForm(MoveForm):
    counterparty = forms.CharField(
        label=_("Given to"), max_length=100, help_text=_("Organisation and person.")
    )
    reason = forms.CharField(label=pgettext_lazy("stock", "What for"), max_length=200)


class ScrapForm(MoveForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class BackForm(MoveForm):
    person = forms.ModelChoiceField(label=_("Brought back by"), queryset=User.objects.none(), required=False)
    reason = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, material: Material, **kwargs: Any) -> None:
        super().__init__(*args, material=material, **kwargs)
        self.fields["person"].queryset = User.objects.active().order_by("name")  # type: ignore[attr-defined]


class ReasonForm(PageForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class CountForm(PageForm):
    counted = Count(
        label=pgettext_lazy("stocktake", "Counted"),
        max_value=10_000_000,
        widget=forms.TextInput(
            {"inputmode": "numeric", "pattern": "[0-90-9]*", "autocomplete": "off", "data-stepper-value": ""}
        ),
    )
    reason = forms.CharField(
        label=_("Why it differs"), max_length=200, required=False, widget=forms.TextInput({"data-reason": ""})
    )
