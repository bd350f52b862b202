"""Claiming the journeys to one or several visits."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.forms.claims import WithReceipts
from budget.forms.fields import yuan_field
from keyaccounts.common.fields import Several
from keyaccounts.common.forms import EditForm
from keyaccounts.common.templatetags.show import moment
from keyaccounts.common.widgets import Chips, ChipsMultiple
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label
from visits.models import TravelClaim, Visit
from visits.settings import travel_rules

DAY = {"type": "date"}


class VisitsField(Several):
    """Visits as chips: when and where."""

    widget = ChipsMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{moment(obj.planned_at)} {obj.organisation.called}"


class TravelClaimForm(WithReceipts, EditForm):
    """Which visits, how, how much; receipts straight from the camera."""

    visits = VisitsField(
        Visit.objects.none(), label=_("Visits"), error_messages={"required": _("Choose the visits.")}
    )
    mode = forms.ChoiceField(label=_("Way of travelling"), widget=Chips)
    claimed_amount = yuan_field(label=_("Amount"))
    spent_on = forms.DateField(
        label=_("Day of the expense"), required=False, widget=forms.DateInput(DAY, format="%Y-%m-%d"),
        help_text=_("The day of one of the visits; empty: of the last."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=pgettext_lazy("budget", "Purpose"),
        max_length=200,
        required=False,
        help_text=_("Empty: the way of travelling and the places."),
    )
    over_cap_reason = forms.CharField(
        label=_("Why it cost more"),
        max_length=200,
        required=False,
        help_text=_("Only beyond the director's limit."),
    )

    def __init__(self, *args: Any, offered: Any, travel: TravelClaim | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visits"].queryset = offered  # type: ignore[attr-defined]
        rules = travel_rules()
        kept = travel.mode if travel else None
        self.fields["mode"].choices = [  # type: ignore[attr-defined]
            (mode, _in_words(rule)) for mode, rule in rules.items() if rule.is_allowed or mode == kept
        ]
        if travel is not None:
            self.initial = {
                "visits": list(travel.visits.values_list("pk", flat=True)),
                "mode": travel.mode,
                "claimed_amount": travel.claim.claimed_amount,
                "spent_on": travel.claim.spent_on,
                "purpose": travel.claim.purpose,
                "over_cap_reason": travel.over_cap_reason,
                "version": travel.claim.version,
                **self.initial,
            }
        self.helper.layout = Layout(
            "submission_key", "version",
            Div("visits", "mode", "claimed_amount", "spent_on", "receipts", "purpose", "over_cap_reason", css_class="row"),
        )  # fmt: skip


def _in_words(rule: Any) -> str:
    """出租车/网约车(每次最多 ¥60.00)."""
    name = label(TermList.VEHICLE_RESULT, rule.mode)
    if rule.cap_per_trip is None:
        return name
    return _("%(mode)s (at most ¥%(cap)s a visit)") % {"mode": name, "cap": f"{rule.cap_per_trip:,.2f}"}
