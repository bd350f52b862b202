"""The budget page, its draft, and the execution table."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook

from budget import documents, queries
from budget.actions import budgets as acts
from budget.choices import MAKERS, READERS, WRITERS, BudgetState
from budget.exports import (
    estimate_columns,
    estimate_values,
    execution_columns,
    execution_values,
)
from budget.filters import EstimateFilter
from budget.forms.budgets import BudgetForm, CloseForm, ReopenForm, StartForm
from budget.models import Budget, Estimate
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.exports.answers import listing_answer, workbook_answer


def _budget(request: HttpRequest, pk: int) -> Budget:
    return get_object_or_404(
        Budget.objects.visible_to(request.user).select_related("campaign", "approved_by", "prepared_by"),
        pk=pk,
    )


# -- reading ------------------------------------------------------------------------------------------
@requires(*READERS)
@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """The budget of the running campaign, or the page that starts one."""
    budget = Budget.objects.visible_to(request.user).current()
    if budget is None:
        budget = Budget.objects.visible_to(request.user).order_by("-campaign__starts_on").first()
    if budget is not None:
        return redirect(budget)
    return redirect("budget:start") if request.user.has_role(*MAKERS) else render(request, "budget/none.html")  # type: ignore[union-attr]


@requires(*READERS)
@require_safe
def budget(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A bar per line, each figure a link to the rows that add up to it, the burn, and what to do next (R80–R93)."""
    shown = _budget(request, pk)
    view = queries.overview(shown)
    if request.GET.get("export") == "xlsx":
        return _execution_sheet(request, view)
    user: Any = request.user
    context = {
        "view": view,
        "shown": shown,
        "burn": queries.burn(shown, on=clock.today(), total=view.total.allowed)
        if shown.state != BudgetState.DRAFT
        else None,
        "steps": queries.next_steps(view, user=user),
        "is_draft": shown.state == BudgetState.DRAFT,
        "may_make": user.has_role(*MAKERS),
        "may_book": user.has_role(*WRITERS) and shown.state == BudgetState.APPROVED,
        "may_close": user.has_role(Role.DIRECTOR) and shown.state == BudgetState.APPROVED,
        "may_reopen": user.has_role(Role.DIRECTOR) and shown.state == BudgetState.CLOSED,
        "may_approve": user.has_role(Role.DIRECTOR) and shown.state == BudgetState.DRAFT,
        "others": Budget.objects.visible_to(user)
        .exclude(pk=pk)
        .select_related("campaign")
        .order_by("-pk")[:5],
        "events": history(shown, limit=10),
    }
    return render(request, "budget/budget.html", context)


def _execution_sheet(request: HttpRequest, view: queries.Overview) -> HttpResponseBase:
    title = _("Budget execution table")
    now = clock.now()

    def write(book: Workbook, progress: Any) -> None:
        write_sheet(
            book,
            title=title,
            columns=execution_columns(),
            rows=(execution_values(row) for row in view.rows),
            note=_("As of %(moment)s, %(campaign)s")
            % {"moment": f"{now:%Y-%m-%d %H:%M}", "campaign": view.budget},
            progress=progress,
        )

    return workbook_answer(request, title=title, total=len(view.rows), filters="", write=write)


@requires(*READERS)
@require_safe
def execution_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """预算执行表: how every line stands, as of now, to be signed."""
    shown = _budget(request, pk)
    paper = documents.execution_paper(queries.overview(shown), by=request.user, at=clock.now())
    return pdf_response(paper, filename=_("Budget execution table") + ".pdf")


@requires(*READERS)
@require_safe
def estimates(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is expected and neither promised nor spent: the rows behind 预计."""
    shown = _budget(request, pk)
    listing = Listing(
        request,
        key="estimates",
        queryset=Estimate.objects.filter(line__budget=shown).select_related("line"),
        filterset_class=EstimateFilter,
        filter_kwargs={"budget": shown},
        columns=estimate_columns(),
        default_sort="-amount",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Estimates"), values=estimate_values)
    context = {
        "rows_part": "budget/_estimate_rows.html",
        "heading": _("Estimates"),
        "empty_text": _(
            "Claims that wait and list items with a price are expected here before money is promised."
        ),
    }
    return list_page(listing, **context)


# -- the draft ------------------------------------------------------------------------------------------
@requires(*MAKERS)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Draw up a budget from the plan, or from an earlier round's."""
    form = StartForm(request.POST or None, user=request.user, initial=_start_with(request))

    def act() -> str:
        campaign, model = form.cleaned_data["campaign"], form.cleaned_data["model"]
        made = (
            acts.start_from_budget(campaign, model=model, by=request.user)
            if model
            else acts.start_from_plan(campaign, by=request.user)
        )
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Drafted. Look it over; the director approves it."),
        context={
            "heading": _("Start a budget"),
            "submit_label": _("Draw it up"),
            "cancel_url": reverse("campaigns:campaigns"),
        },
    )


def _start_with(request: HttpRequest) -> dict[str, Any]:
    """The newest campaign without a budget, and the budget of the round it continues."""
    from keyaccounts.campaigns.models import Campaign

    rows = Campaign.objects.visible_to(request.user).filter(budget__isnull=True).order_by("-starts_on")
    campaign = rows.first()
    model = (
        Budget.objects.filter(campaign=campaign.previous_id).first()
        if campaign and campaign.previous_id
        else None
    )
    return {"campaign": campaign, "model": model}


@requires(*MAKERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The total of a draft."""
    shown = _budget(request, pk)
    if shown.state != BudgetState.DRAFT:
        raise PermissionDenied
    form = BudgetForm(
        request.POST or None, initial={"stated_amount": shown.stated_amount, "version": shown.version}
    )

    def act() -> str:
        acts.edit_budget(shown, version=form.cleaned_data["version"], by=request.user, **form.facts())
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        context={
            "heading": _("Total in the plan"),
            "submit_label": _("Save"),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(*MAKERS)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the amounts deduced from the plan, one by one or all (C12)."""
    shown = _budget(request, pk)
    if request.method == "POST":
        key = request.POST.get("line", "")
        row = get_object_or_404(shown.lines, pk=int(key)) if key.isdecimal() else None
        count = acts.confirm_inferred(shown, by=request.user, line=row)
        left = shown.lines.exclude(inferred=[]).exists()
        url = reverse("budget:confirm", args=[pk]) if left else shown.get_absolute_url()
        message = _("%(count)s values confirmed.") % {"count": count} if count else _("Already confirmed.")
        return done(request, url, message)
    view = queries.overview(shown)
    guesses = [row for row in view.rows if row.line.inferred]
    return render(request, "budget/confirm.html", {"shown": shown, "guesses": guesses, "gaps": view.gaps})


@requires(Role.DIRECTOR)
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Look the draft over, with its gaps in words, and put it in force."""
    shown = _budget(request, pk)
    if request.method == "POST":
        try:
            acts.approve(shown, by=request.user, on=clock.today(), at=clock.now())
        except RuleViolation as violation:
            return refused(request, reverse("budget:approve", args=[pk]), violation)
        return done(request, shown.get_absolute_url(), _("In force: the original amounts are frozen."))
    if shown.state != BudgetState.DRAFT:
        return redirect(shown)
    return render(request, "budget/approve.html", {"shown": shown, "view": queries.overview(shown)})


@requires(Role.DIRECTOR)
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a budget in force, with the reason, once nothing is promised or asked for any more."""
    shown = _budget(request, pk)
    if shown.state != BudgetState.APPROVED:
        return redirect(shown)
    form = CloseForm(request.POST or None)

    def act() -> str:
        acts.close(shown, by=request.user, **form.facts())
        return shown.get_absolute_url()

    left = queries.overview(shown).total.left
    return answer(
        request,
        form,
        act=act,
        message=_("Closed: it stays to be read."),
        page="components/confirm_page.html",
        context={
            "heading": _("Close the budget"),
            "text": _(
                "%(left)s are left. Closed, nothing is booked on it any more; refunds are booked before."
            )
            % {"left": f"¥{left:,.2f}"},
            "submit_label": _("Close the budget"),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(Role.DIRECTOR)
@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed budget again, with the reason, for a late bill or a refund."""
    shown = _budget(request, pk)
    if shown.state != BudgetState.CLOSED:
        return redirect(shown)
    form = ReopenForm(request.POST or None)

    def act() -> str:
        acts.reopen(shown, by=request.user, **form.facts())
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Reopened: it takes entries again."),
        page="components/confirm_page.html",
        context={
            "heading": _("Reopen the budget"),
            "text": _(
                "It is in force again with the balances it was closed with. Close it when all is booked."
            ),
            "submit_label": _("Reopen the budget"),
            "cancel_url": shown.get_absolute_url(),
        },
    )
