"""The lines of a budget: how one stands, a further one, changed, taken out."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget import queries
from budget.actions import budgets as acts
from budget.choices import MAKERS, READERS, WRITERS, BudgetState
from budget.exports import (
    entry_columns,
)
from budget.forms.budgets import LineForm, LineInForceForm
from budget.models import Budget, BudgetLine
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done, refused


def _line(request: HttpRequest, pk: int) -> BudgetLine:
    return get_object_or_404(
        BudgetLine.objects.visible_to(request.user).select_related("budget__campaign", "parent"), pk=pk
    )


@requires(*READERS)
@require_safe
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line: how it stands, its last entries, what is promised and expected, who asked for more."""
    shown = _line(request, pk)
    user: Any = request.user
    is_open = shown.budget.state == BudgetState.APPROVED and not shown.is_group and not shown.is_closed
    context = {
        "shown": shown,
        "view": queries.line_view(shown),
        "columns": entry_columns(),
        "may_edit": user.has_role(*MAKERS),
        "may_book": user.has_role(*WRITERS) and is_open,
        "is_open": is_open,
        "events": history(shown, limit=20),
    }
    return render(request, "budget/line.html", context)


@requires(*MAKERS)
@require_http_methods(["GET", "POST"])
def line_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A further line of a draft."""
    shown = get_object_or_404(Budget.objects.visible_to(request.user), pk=pk)
    if shown.state != BudgetState.DRAFT:
        raise PermissionDenied
    form = LineForm(request.POST or None, budget=shown)

    def act() -> str:
        acts.add_line(shown, by=request.user, **form.facts())
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Line added."),
        context={
            "heading": _("New budget line"),
            "submit_label": _("Add the line"),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(*MAKERS)
@require_http_methods(["GET", "POST"])
def line_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A line: all of it in a draft; note and closing once the budget is in force."""
    shown = _line(request, pk)
    form: Any
    if shown.budget.state == BudgetState.DRAFT:
        form = LineForm(request.POST or None, budget=shown.budget, line=shown)
    else:
        initial = {"is_closed": shown.is_closed, "note": shown.note, "version": shown.version}
        form = LineInForceForm(request.POST or None, initial=initial)

    def act() -> str:
        acts.edit_line(shown, version=form.cleaned_data["version"], by=request.user, **form.facts())
        return shown.budget.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        page="budget/line_form.html",
        context={
            "heading": str(shown),
            "submit_label": _("Save"),
            "cancel_url": shown.get_absolute_url(),
            "shown": shown,
        },
    )


@requires(*MAKERS)
@require_POST
def line_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line out of a draft."""
    shown = _line(request, pk)
    try:
        acts.remove_line(shown, by=request.user)
    except RuleViolation as violation:
        return refused(request, reverse("budget:line", args=[pk]), violation)
    return done(request, shown.budget.get_absolute_url(), _("Taken out: %(line)s.") % {"line": shown})
