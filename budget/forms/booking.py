"""Booking by hand, and what is done with an entry that stands."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.choices import EntryKind
from keyaccounts.common.forms import PageForm
from keyaccounts.common.roles import Role
from keyaccounts.common.widgets import Chips, DateChips
from keyaccounts.people.models import User

from .fields import PREVIEW, LineField, yuan_field


class BookingForm(PageForm):
    """One line, one purpose, one amount (R91)."""

    line = LineField()
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in (EntryKind.SPEND, EntryKind.COMMIT)],
        widget=Chips,
        initial=EntryKind.SPEND,
        help_text=_("Committed: promised and not paid yet."),
    )
    amount = yuan_field()
    on = forms.DateField(label=_("Day"), widget=DateChips(days=(0, -1, -2)))
    purpose = forms.CharField(label=pgettext_lazy("budget", "Purpose"), max_length=200)
    counterparty = forms.CharField(label=_("Counterparty"), max_length=100, required=False)
    document = forms.CharField(
        label=pgettext_lazy("budget", "Document"),
        max_length=80,
        required=False,
        help_text=_("Invoice or receipt number"),
    )
    approved_by = forms.ModelChoiceField(
        label=_("Approved by"), queryset=User.objects.with_role(Role.DIRECTOR).order_by("name")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        directors: Any = self.fields["approved_by"]
        people = list(directors.queryset[:2])
        if len(people) == 1:
            self.initial.setdefault("approved_by", people[0])
        self.helper.layout = Layout(
            "submission_key",
            "kind",
            "line",
            "amount",
            PREVIEW,
            "on",
            "purpose",
            "counterparty",
            "document",
            "approved_by",
        )


class PayForm(PageForm):
    """Pay what was committed."""

    amount = yuan_field(help_text=_("Less than committed gives the rest back to the line."))
    on = forms.DateField(label=_("Day"), widget=DateChips(days=(0, -1, -2)))
    document = forms.CharField(
        label=pgettext_lazy("budget", "Document"),
        max_length=80,
        required=False,
        help_text=_("Invoice or receipt number"),
    )


class ReleaseForm(PageForm):
    """Give back what is not needed."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class RefundForm(PageForm):
    """Money of a payment that came back."""

    amount = yuan_field()
    on = forms.DateField(label=_("Day"), widget=DateChips(days=(0, -1, -2)))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ReverseForm(PageForm):
    """Take back what an entry did."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Both entries stay in the ledger.")
    )


ACT_FORMS: dict[str, type[PageForm]] = {
    "pay": PayForm,
    "release": ReleaseForm,
    "refund": RefundForm,
    "reverse": ReverseForm,
}
