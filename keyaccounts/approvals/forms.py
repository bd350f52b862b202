"""What a decision is made with: one button, and a reason when it is not approval."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from .choices import RequestState

DECISIONS = {
    "approve": RequestState.APPROVED,
    "return": RequestState.RETURNED,
    "reject": RequestState.REJECTED,
}


class DecisionForm(forms.Form):
    """The buttons of an approval card: approve, or return with a reason – a chip, own words, or both."""

    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS])
    reason = forms.CharField(max_length=60, required=False)
    note = forms.CharField(max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        words = [cleaned.get("reason", "").strip(), cleaned.get("note", "").strip()]
        cleaned["note"] = "：".join(word for word in words if word)[:200]
        return cleaned

    @property
    def state(self) -> RequestState:
        """Where the decision moves the request."""
        return DECISIONS[self.cleaned_data["decision"]]

    def said(self, name: Any) -> str:
        """What the decision came to, for the message after it."""
        told = {
            RequestState.APPROVED: _("Approved: %(name)s."),
            RequestState.RETURNED: _("Returned: %(name)s."),
            RequestState.REJECTED: _("Rejected: %(name)s."),
        }
        return told[self.state] % {"name": name}
