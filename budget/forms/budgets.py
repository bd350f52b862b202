"""The budget itself: where it starts from, its total, its lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import Budget, BudgetLine
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.forms import EditForm, PageForm

from .fields import yuan_field


class StartForm(PageForm):
    """For which campaign, and from what: the plan itself, or an earlier round's budget (R42)."""

    campaign = forms.ModelChoiceField(label=_("Campaign"), queryset=Campaign.objects.none())
    model = forms.ModelChoiceField(
        label=_("Begin with"),
        queryset=Budget.objects.none(),
        required=False,
        help_text=_(
            "The amounts of the plan, or those of an earlier round. Everything can be changed in the draft."
        ),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaigns: Any = self.fields["campaign"]
        campaigns.queryset = Campaign.objects.visible_to(user).filter(budget__isnull=True)
        models: Any = self.fields["model"]
        models.queryset = Budget.objects.visible_to(user).select_related("campaign").order_by("-pk")
        models.empty_label = _("The plan's own budget (52,000 yuan)")
        models.label_from_instance = lambda budget: (
            _("Copied from “%(campaign)s”, %(day)s on")
            % {
                "campaign": budget.campaign,
                "day": f"{budget.campaign.starts_on:%Y-%m-%d}",
            }
        )


class BudgetForm(EditForm):
    """The total the plan states."""

    stated_amount = yuan_field(label=_("Total in the plan"))


class LineForm(EditForm):
    """A line of a draft."""

    number = forms.RegexField(
        label=pgettext_lazy("line", "No."),
        regex=r"^\d+(\.\d+)*$",
        max_length=10,
        help_text=_("2.1 is part of 2"),
        error_messages={"invalid": _("Numbers and points only: 2.1")},
    )
    name = forms.CharField(label=pgettext_lazy("budget line", "Name"), max_length=100)
    parent = forms.ModelChoiceField(
        label=_("Part of"), queryset=BudgetLine.objects.none(), required=False, empty_label=_("none")
    )
    original_amount = yuan_field(
        label=_("Amount"),
        required=False,
        min_value=0,
        help_text=_("Empty: not assigned yet, nobody can spend from it."),
    )
    stated_amount = yuan_field(
        label=_("Amount in the plan"),
        required=False,
        min_value=0,
        help_text=_("Of a heading: what its lines are to add up to."),
    )
    is_closed = forms.BooleanField(label=_("Closed: nothing may be spent from it"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, budget: Budget, line: BudgetLine | None = None, **kwargs: Any) -> None:
        if line is not None:
            kwargs["initial"] = {
                name: getattr(line, name) for name in self.base_fields if hasattr(line, name)
            }
        super().__init__(*args, **kwargs)
        parents: Any = self.fields["parent"]
        parents.queryset = budget.lines.exclude(pk=line.pk if line else None)
        parents.empty_label = _("none: a line of its own")
        if line is not None:
            # A heading's money is that of its lines; a line's is its own.
            del self.fields["original_amount" if line.is_group else "stated_amount"]
        else:
            del self.fields["stated_amount"]


class CloseForm(PageForm):
    """Why a budget is closed."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example: the campaign is over and all is paid.")
    )


class ReopenForm(PageForm):
    """Why a budget is opened again."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example: an invoice came after the closing.")
    )


class LineInForceForm(EditForm):
    """What may still change once the budget is in force."""

    is_closed = forms.BooleanField(label=_("Closed: nothing may be spent from it"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
