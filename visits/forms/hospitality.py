"""Asking for guests, and reporting on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.forms.claims import WithReceipts
from budget.forms.fields import yuan_field
from keyaccounts.common.fields import Count
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.widgets import DateChips, UnitInput
from visits.models import Hospitality

PEOPLE = pgettext_lazy("unit", "people")


class GuestsForm(EditForm):
    """客户接待申请."""

    guests = forms.CharField(label=_("Guests and their posts"), max_length=300)
    guest_count = Count(label=_("Number of guests"), min_value=1, max_value=999, widget=UnitInput(PEOPLE))
    host_count = Count(label=_("Number of hosts"), max_value=999, initial=1, widget=UnitInput(PEOPLE))
    day = forms.DateField(label=_("Day"), widget=DateChips(days=(0, 1, 3, 7)))
    hour = forms.TimeField(
        label=_("Time"), input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M"),
    )  # fmt: skip
    place = forms.CharField(label=_("Place"), max_length=200)
    content = forms.CharField(label=_("Content"), max_length=300, help_text=_("A working meal, a tour, …"))
    estimate = yuan_field(label=_("Estimate"))
    over_cap_reason = forms.CharField(
        label=_("Why it costs more"),
        max_length=200,
        required=False,
        help_text=_("Only beyond the director's limit."),
    )

    def __init__(self, *args: Any, guests: Hospitality | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if guests is not None:
            starts = timezone.localtime(guests.starts_at)
            self.initial = {
                **{name: getattr(guests, name) for name in ("guests", "guest_count", "host_count", "place", "content", "over_cap_reason")},
                "day": starts.date(), "hour": starts.strftime("%H:%M"),
                "estimate": guests.claim.claimed_amount, "version": guests.claim.version,
                **self.initial,
            }  # fmt: skip
        self.helper.layout = Layout(
            "submission_key", "version",
            Div(
                "guests", "guest_count", "host_count", "day", "hour", "place", "content", "estimate", "over_cap_reason",
                css_class="row",
            ),
        )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """What the action takes: the estimate and the facts."""
        values = self.facts()
        day, hour = values.pop("day"), values.pop("hour")
        starts_at = timezone.make_aware(datetime.combine(day, hour))
        return {"estimate": values.pop("estimate"), "facts": {**values, "starts_at": starts_at}}


class GuestsReportForm(WithReceipts, PageForm):
    """客户接待报告."""

    actual_amount = yuan_field(label=_("Actual amount"))
    document = forms.CharField(label=_("Invoice number"), max_length=80)
    counterparty = forms.CharField(label=_("Paid to"), max_length=100, required=False)
    result = forms.CharField(label=_("What came of it"), max_length=300)
    reason = forms.CharField(
        label=_("Why it came to more"),
        max_length=200,
        required=False,
        help_text=_("Only when it is more than approved."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            "submission_key",
            Div("actual_amount", "document", "counterparty", "result", "receipts", "reason", css_class="row"),
        )
