"""What every page of a claim shares, for the apps above that show a claim with what it is for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from budget.claims import claim_page
from budget.forms.claims import ReceiptsForm, SubmitForm
from budget.models import ExpenseClaim
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done, refused


def page_context(request: HttpRequest, shown: ExpenseClaim, **more: Any) -> dict[str, Any]:
    """What ``budget/claim.html`` draws; ``more`` are obstacles of an app above, and its own context."""
    obstacles = more.pop("obstacles", ())
    return {
        "page": claim_page(shown, user=request.user, more=obstacles),
        "claim": shown,
        "receipts_form": ReceiptsForm(),
        "edit_url": reverse("budget:claim_edit", args=[shown.pk]),
        "submit_url": reverse("budget:claim_submit", args=[shown.pk]),
        **more,
    }


def submitted(request: HttpRequest, shown: ExpenseClaim, act: Any) -> HttpResponse:
    """Run ``act(reason)``, which hands a claim in, and say what came of it."""
    form = SubmitForm(request.POST)
    reason = form.cleaned_data["duplicate_reason"] if form.is_valid() else ""
    try:
        act(reason)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Handed in: %(code)s.") % {"code": shown.code})
