"""The supplement report and the transfer."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.forms import EditForm
from keyaccounts.common.roles import Role
from keyaccounts.common.widgets import DateChips
from keyaccounts.people.models import User

from .fields import PREVIEW, LineField, yuan_field


class MoneyRequestForm(EditForm):
    """What both have in common; ``may_prepare`` lets a director name the colleague whose report it is to be."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What it is for, and why the line is not enough. The director reads this first."),
    )
    source = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_prepare: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if may_prepare:
            self.fields["requester"] = forms.ModelChoiceField(
                label=_("Handed in by"),
                queryset=User.objects.with_role(Role.MARKETING, Role.FINANCE).order_by("name"),
                help_text=_(
                    "You are the one who decides, so a colleague hands it in: they are told at once."
                ),
            )

    def layout(self, *fields: Any) -> None:
        more = ["requester"] if "requester" in self.fields else []
        self.helper.layout = Layout(
            "submission_key", "version", "source", Div(*fields, *more, css_class="row")
        )


class SupplementForm(MoneyRequestForm):
    """补充费用报告 (R92)."""

    line = LineField(help_text=_("The line that is to get the money."))
    amount = yuan_field()
    needed_on = forms.DateField(label=_("Needed on"), widget=DateChips(days=(0, 1, 3, 7)))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout("line", "amount", PREVIEW, "needed_on", "reason")


class TransferForm(MoneyRequestForm):
    """调剂 (R91)."""

    from_line = LineField(label=_("From line"))
    to_line = LineField(label=_("To line"))
    amount = yuan_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout("from_line", "to_line", "amount", PREVIEW, "reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("from_line") and cleaned["from_line"] == cleaned.get("to_line"):
            self.add_error("to_line", _("A transfer goes from one line to another."))
        return cleaned
