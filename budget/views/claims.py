"""报销: the list, one claim, writing it, receipts, deciding, paying, and the paper.

Journeys and guests have pages of their own above (``PAGES``), which show a claim with what it is for.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from budget.actions.claims import edit_claim, submit_claim, withdraw_claim, write_claim
from budget.actions.decisions import approve_claim, approve_difference, reject_claim, return_claim
from budget.actions.payments import pay_claim
from budget.actions.receipts import add_receipts, remove_receipt
from budget.choices import READERS, REQUESTERS, WRITERS, ClaimKind
from budget.claims import RELATED
from budget.documents import claim_paper
from budget.exports import claim_columns, claim_values
from budget.filters import ClaimFilter
from budget.forms.claims import ClaimDecisionForm, ClaimForm, PayForm, ReceiptsForm, WithdrawForm
from budget.models import ExpenseClaim, Receipt
from budget.pages import page_context, submitted
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.uploads import kept_file
from keyaccounts.exports.answers import listing_answer

# Where a claim of a kind is shown, changed and handed in, when an app above knows what it is for.
PAGES = {
    ClaimKind.TRANSPORT: ("visits:travel_claim", "visits:travel_claim_edit", "visits:travel_claim_submit"),
    ClaimKind.HOSPITALITY: ("visits:guests", "visits:guests_edit", "visits:guests_submit"),
}


@requires(*REQUESTERS)
@require_safe
def claims(request: HttpRequest) -> HttpResponseBase:
    """The claims this person may see: one's own, or all of them; as Excel too."""
    listing = Listing(
        request,
        key="claims",
        queryset=ExpenseClaim.objects.visible_to(request.user).select_related(
            "line", "requested_by", "payment"
        ),
        filterset_class=ClaimFilter,
        columns=claim_columns(),
        default_sort="-spent_on",
    )
    if request.GET.get("export") == "xlsx":
        title = _("Expense claims")
        return listing_answer(request, listing, title=title, values=claim_values)
    context = {
        "rows_part": "budget/_claim_rows.html",
        "heading": _("Expense claims"),
        "create_url": reverse("budget:claim_new"),
        "create_label": _("Claim an expense"),
        "empty_text": _(
            "What you have laid out stands here until it is paid. Journeys are claimed from their visit."
        ),
    }
    return list_page(listing, **context)


@requires(*REQUESTERS)
@require_safe
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim with its receipts, and what this person may do with it."""
    shown = _claim(request, pk)
    if shown.kind in PAGES:
        return redirect(PAGES[ClaimKind(shown.kind)][0], pk)
    return render(request, "budget/claim.html", page_context(request, shown))


@requires(*REQUESTERS)
@require_http_methods(["GET", "POST"])
def claim_new(request: HttpRequest) -> HttpResponse:
    """Write a claim; "hand it in" does both, and what stands in the way is shown on the claim itself."""
    form = ClaimForm(request.POST or None, request.FILES or None, initial={"spent_on": clock.today()})

    def act() -> str:
        values = form.facts()
        written = write_claim(
            kind=ClaimKind.OTHER,
            amount=values.pop("claimed_amount"),
            by=request.user,
            at=clock.now(),
            **values,
        )
        return written.get_absolute_url()

    return _form(request, form, act, heading=_("Claim an expense"), cancel_url=reverse("budget:claims"))


@requires(*REQUESTERS)
@require_http_methods(["GET", "POST"])
def claim_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own claim while it is a draft or was returned."""
    shown = _own(request, pk)
    if shown.kind in PAGES:
        return redirect(PAGES[ClaimKind(shown.kind)][1], pk)
    form = ClaimForm(request.POST or None, request.FILES or None, claim=shown)

    def act() -> str:
        edit_claim(
            shown, by=request.user, at=clock.now(), version=form.cleaned_data["version"], **form.facts()
        )
        return shown.get_absolute_url()

    return _form(request, form, act, heading=shown.code, cancel_url=shown.get_absolute_url())


def _form(request: HttpRequest, form: ClaimForm, act: Any, *, heading: str, cancel_url: str) -> HttpResponse:
    return answer(
        request,
        form,
        act=act,
        message=_("Saved. Look it over and hand it in."),
        context={"heading": heading, "submit_label": _("Save and go on"), "cancel_url": cancel_url},
    )


@requires(*REQUESTERS)
@require_POST
def claim_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a claim in."""
    shown = _own(request, pk)
    if shown.kind in PAGES:
        raise Http404
    return submitted(
        request, shown, lambda reason: submit_claim(shown, by=request.user, at=clock.now(), duplicate_reason=reason)
    )  # fmt: skip


@requires(*REQUESTERS)
@require_POST
def claim_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own claim back; money already committed for it goes back to the line."""
    shown, form = _own(request, pk), WithdrawForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        withdraw_claim(shown, by=request.user, on=clock.today(), at=clock.now(), reason=reason)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Withdrawn."))


@requires(*READERS)
@require_POST
def claim_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, return or reject, one tap from the approvals or from the claim."""
    shown, form = _claim(request, pk), ClaimDecisionForm(request.POST)
    back = shown.get_absolute_url() if request.POST.get("back") == "claim" else reverse("dashboard:approvals")
    if not form.is_valid():
        messages.error(request, _("Approve or return it; an amount is a number."))
        return redirect(shown)
    words = {"note": form.cleaned_data["note"], "by": request.user, "at": clock.now()}
    try:
        if form.state == RequestState.RETURNED:
            return_claim(shown, **words)
        elif form.state == RequestState.REJECTED:
            reject_claim(shown, **words)
        elif shown.has_grown:
            approve_difference(shown, on=clock.today(), **words)
        else:
            approve_claim(shown, on=clock.today(), amount=form.cleaned_data["amount"], **words)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, back, form.said(shown.code))


@requires(*WRITERS)
@require_POST
def claim_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay a claim: the spending is booked from what was committed."""
    shown, form = _claim(request, pk), PayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The document is too long."))
        return redirect(shown)
    try:
        entry = pay_claim(shown, by=request.user, on=clock.today(), at=clock.now(), **form.cleaned_data)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(
        request,
        shown.get_absolute_url(),
        _("Paid and booked as entry %(number)s.") % {"number": f"{entry.number:04}"},
    )


@requires(*REQUESTERS)
@require_safe
def claim_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """报销单 on paper."""
    shown = _claim(request, pk)
    content = claim_paper(shown, by=request.user, at=clock.now())
    title = _("Expense claim")
    return pdf_response(content, filename=f"{title}-{shown.code}.pdf")


# -- receipts ---------------------------------------------------------------------------------------
@requires(*REQUESTERS)
@require_POST
def claim_receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """Add receipts to one's own claim."""
    shown, form = _own(request, pk), ReceiptsForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(shown)
    try:
        new = add_receipts(shown, receipts=form.cleaned_data["receipts"], by=request.user, at=clock.now())
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    said = ngettext("%(n)s receipt added.", "%(n)s receipts added.", new) % {"n": new}
    return done(request, shown.get_absolute_url(), said if new else _("These receipts are there already."))


@requires(*REQUESTERS)
@require_GET
def receipt(request: HttpRequest, pk: int) -> FileResponse:
    """The receipt itself, by its claim's scope and never by path."""
    row = _receipt(request, pk)
    mime, suffix = ("application/pdf", "pdf") if row.is_pdf else ("image/jpeg", "jpg")
    name = f"receipt-{row.pk}.{suffix}"
    return kept_file(str(row.file.name), name=name, mime=mime, opens=True, stays=True)


@requires(*REQUESTERS)
@require_POST
def receipt_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a receipt away while the claim is being written."""
    row = _receipt(request, pk)
    if row.claim.requested_by_id != request.user.pk:
        raise PermissionDenied
    try:
        remove_receipt(row, by=request.user)
    except RuleViolation as violation:
        return refused(request, row.claim.get_absolute_url(), violation)
    return done(request, row.claim.get_absolute_url(), _("Receipt removed."))


# -- parts ------------------------------------------------------------------------------------------
def _claim(request: HttpRequest, pk: int) -> ExpenseClaim:
    return get_object_or_404(ExpenseClaim.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


def _own(request: HttpRequest, pk: int) -> ExpenseClaim:
    """One's own claim; a reader's look at somebody else's gives no right to change it."""
    shown = _claim(request, pk)
    if shown.requested_by_id != request.user.pk:
        raise PermissionDenied
    return shown


def _receipt(request: HttpRequest, pk: int) -> Receipt:
    rows = Receipt.objects.filter(claim__in=ExpenseClaim.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("claim"), pk=pk)
