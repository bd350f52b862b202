"""补充费用报告 and 调剂: asking, reading, deciding, and the paper."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget import documents
from budget.actions import requests as acts
from budget.choices import REQUESTERS
from budget.exports import supplement_columns, supplement_values, transfer_columns, transfer_values
from budget.filters import SupplementFilter, TransferFilter
from budget.forms.requests import MoneyRequestForm, SupplementForm, TransferForm
from budget.models import BudgetLine, Supplement, Transfer
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.references import follow
from keyaccounts.common.roles import Role
from keyaccounts.exports.answers import listing_answer

FORMS: dict[type, type[MoneyRequestForm]] = {Supplement: SupplementForm, Transfer: TransferForm}
RELATED = {
    Supplement: ("budget__campaign", "line__budget", "requested_by", "decided_by", "entry"),
    Transfer: (
        "budget__campaign", "from_line__budget", "to_line__budget", "requested_by", "decided_by", "out_entry", "in_entry",
    ),
}  # fmt: skip


# -- lists ----------------------------------------------------------------------------------------
@requires(*REQUESTERS)
@require_safe
def supplements(request: HttpRequest) -> HttpResponseBase:
    """The supplement reports this person may see, the newest first; as Excel too."""
    listing = Listing(
        request,
        key="supplements",
        queryset=Supplement.objects.visible_to(request.user).select_related(
            "line", "requested_by", "decided_by"
        ),
        filterset_class=SupplementFilter,
        columns=supplement_columns(),
        default_sort="-requested_at",
    )
    if request.GET.get("export") == "xlsx":
        title = _("Supplement reports")
        return listing_answer(request, listing, title=title, values=supplement_values)
    return list_page(
        listing,
        heading=_("Supplement reports"),
        rows_part="budget/_supplement_rows.html",
        create_url=reverse("budget:supplement_new"),
        create_label=_("Ask for extra money"),
        empty_text=_("Extra money for a line is asked for in writing; the reports stand here."),
    )


@requires(*REQUESTERS)
@require_safe
def transfers(request: HttpRequest) -> HttpResponseBase:
    """The requests to move money between lines; as Excel too."""
    listing = Listing(
        request,
        key="transfers",
        queryset=Transfer.objects.visible_to(request.user).select_related(
            "from_line", "to_line", "requested_by", "decided_by"
        ),
        filterset_class=TransferFilter,
        columns=transfer_columns(),
        default_sort="-requested_at",
    )
    if request.GET.get("export") == "xlsx":
        title = _("Transfers between lines")
        return listing_answer(request, listing, title=title, values=transfer_values)
    return list_page(
        listing,
        heading=_("Transfers between lines"),
        rows_part="budget/_transfer_rows.html",
        create_url=reverse("budget:transfer_new"),
        create_label=_("Move money between lines"),
        empty_text=_("Money moves from one line to another only by a request; they stand here."),
    )


# -- asking -----------------------------------------------------------------------------------------
@requires(*REQUESTERS)
@require_http_methods(["GET", "POST"])
def supplement_new(request: HttpRequest) -> HttpResponse:
    """A supplement report, filled in as far as the refusal that led here knows (R92)."""
    asked, source = request.GET, request.GET.get("source", "")[:80]
    waiting = follow(source, user=request.user)
    purpose = asked.get("for", "")[:200]
    reason = ""
    if waiting or purpose:
        what = "、".join(word for word in (waiting.label if waiting else "", purpose) if word)
        reason = _("%(what)s was refused for want of money on the line.") % {"what": what}
    form = SupplementForm(
        request.POST or None,
        may_prepare=_decides_alone(request.user),
        initial={
            "line": asked.get("line") if asked.get("line", "").isdecimal() else None,
            "amount": _amount(asked.get("amount", "")),
            "needed_on": clock.today(),
            "reason": reason,
            "source": source,
        },
    )
    return _new(request, form, kind=Supplement, heading=_("Supplement report"), waiting=waiting)


@requires(*REQUESTERS)
@require_http_methods(["GET", "POST"])
def transfer_new(request: HttpRequest) -> HttpResponse:
    """A request to move money from one line to another."""
    asked, source = request.GET, request.GET.get("source", "")[:80]
    form = TransferForm(
        request.POST or None,
        may_prepare=_decides_alone(request.user),
        initial={
            "from_line": asked.get("from") if asked.get("from", "").isdecimal() else None,
            "to_line": asked.get("line") if asked.get("line", "").isdecimal() else None,
            "amount": _amount(asked.get("amount", "")),
            "source": source,
        },
    )
    waiting = follow(source, user=request.user)
    return _new(request, form, kind=Transfer, heading=_("Transfer between lines"), waiting=waiting)


def _new(request: HttpRequest, form: Any, *, kind: type, heading: str, waiting: Any) -> HttpResponse:
    now = clock.now()
    is_draft = request.POST.get("then") == "draft" or "requester" in form.fields

    def act() -> str:
        facts = form.facts()
        made: Supplement | Transfer
        if kind is Supplement:
            made = acts.draft_supplement(facts.pop("line"), by=request.user, at=now, **facts)
        else:
            made = acts.draft_transfer(
                facts.pop("from_line"), facts.pop("to_line"), by=request.user, at=now, **facts
            )
        if not is_draft:
            acts.hand_in(made, by=request.user, at=now)
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Kept as a draft.") if is_draft else _("Handed in: the director has been told."),
        page="budget/request_form.html",
        context={
            "heading": heading,
            "submit_label": _("Prepare it") if "requester" in form.fields else _("Hand it in"),
            "more_acts": "" if "requester" in form.fields else _draft_button(),
            "cancel_url": waiting.url if waiting else _list_url(kind),
            "draft_key": f"{kind._meta.model_name}-new",  # type: ignore[attr-defined]
            "waiting": waiting,
            "preview": kind._meta.model_name,  # type: ignore[attr-defined]
        },
    )


def _draft_button() -> str:
    return format_html(
        '<button type="submit" class="btn" name="then" value="draft" data-submit>{}</button>',
        _("Keep as a draft"),
    )


def _decides_alone(user: Any) -> bool:
    """A director without another director: a report of their own could be decided by nobody."""
    return user.has_role(Role.DIRECTOR) and all(person.pk == user.pk for person in acts.approvers())


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount < 10**8 else None


def _list_url(kind: type) -> str:
    return reverse("budget:supplements" if kind is Supplement else "budget:transfers")


# -- one request ------------------------------------------------------------------------------------
def _find(request: HttpRequest, kind: type, pk: int) -> Any:
    rows = kind._default_manager.visible_to(request.user).select_related(*RELATED[kind])  # type: ignore[attr-defined,index]
    return get_object_or_404(rows, pk=pk)


@requires(*REQUESTERS)
@require_safe
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """A supplement report: what is asked, what it does to the line, how it stands."""
    return _page(request, _find(request, Supplement, pk))


@requires(*REQUESTERS)
@require_safe
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """A transfer: what is asked, what it does to both lines, how it stands."""
    return _page(request, _find(request, Transfer, pk))


def _page(request: HttpRequest, shown: Any) -> HttpResponse:
    is_own = shown.requested_by_id == request.user.pk
    kind = shown._meta.model_name
    context = {
        "shown": shown,
        "kind": kind,
        "title": acts.title_of(shown),
        "list_url": _list_url(type(shown)),
        "waiting": follow(shown.source, user=request.user) if shown.source else None,
        "may_edit": is_own and shown.is_editable,
        "may_withdraw": is_own and (shown.is_editable or shown.is_pending),
        "may_decide": shown.is_pending and not is_own and request.user.has_role(Role.DIRECTOR),  # type: ignore[union-attr]
        "urls": {
            name: reverse(f"budget:{kind}_{name}", args=[shown.pk])
            for name in ("edit", "hand_in", "withdraw", "decide", "pdf")
        },
        "events": history(shown, limit=20),
    }
    return render(request, "budget/request.html", context)


@requires(*REQUESTERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int, kind: type) -> HttpResponse:
    """Change one's own draft or what was returned, and hand it in again."""
    shown = _find(request, kind, pk)
    if shown.requested_by_id != request.user.pk or not shown.is_editable:
        raise PermissionDenied
    names = [name for name in FORMS[kind].base_fields if hasattr(shown, name)]
    form = FORMS[kind](request.POST or None, initial={name: getattr(shown, name) for name in names})
    now = clock.now()
    is_draft = request.POST.get("then") == "draft"

    def act() -> str:
        acts.edit_request(shown, version=form.cleaned_data["version"], by=request.user, **form.facts())
        if not is_draft:
            acts.hand_in(shown, by=request.user, at=now)
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Kept as a draft.") if is_draft else _("Handed in: the director has been told."),
        page="budget/request_form.html",
        context={
            "heading": acts.title_of(shown),
            "submit_label": _("Hand it in"),
            "more_acts": _draft_button(),
            "cancel_url": shown.get_absolute_url(),
            "draft_key": f"{shown._meta.model_name}-{pk}",
            "returned": shown.decision_note,
            "preview": shown._meta.model_name,
        },
    )


@requires(*REQUESTERS)
@require_POST
def hand_in(request: HttpRequest, pk: int, kind: type) -> HttpResponse:
    """Hand a draft in as it stands."""
    shown = _find(request, kind, pk)
    if shown.requested_by_id != request.user.pk:
        raise PermissionDenied
    try:
        acts.hand_in(shown, by=request.user, at=clock.now())
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Handed in: the director has been told."))


@requires(*REQUESTERS)
@require_POST
def withdraw(request: HttpRequest, pk: int, kind: type) -> HttpResponse:
    """Take one's own report back."""
    shown = _find(request, kind, pk)
    if shown.requested_by_id != request.user.pk:
        raise PermissionDenied
    try:
        acts.withdraw(shown, by=request.user)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Withdrawn."))


@requires(Role.DIRECTOR)
@require_POST
def decide(request: HttpRequest, pk: int, kind: type) -> HttpResponse:
    """The director's decision, from the card or the page; approved, the money is on the line at once."""
    shown = _find(request, kind, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Approve or return it."))
        return redirect(shown)
    back = reverse("dashboard:approvals")
    try:
        acts.decide(
            shown,
            form.state,
            note=form.cleaned_data["note"],
            by=request.user,
            on=clock.today(),
            at=clock.now(),
        )
    except RuleViolation as violation:
        return refused(request, back, violation)
    return done(
        request,
        back,
        _("%(what)s: %(state)s.") % {"what": acts.title_of(shown), "state": shown.get_state_display()},
    )


@requires(*REQUESTERS)
@require_safe
def pdf(request: HttpRequest, pk: int, kind: type) -> HttpResponse:
    """The report on paper."""
    shown = _find(request, kind, pk)
    paper = documents.request_paper(
        shown, title=acts.title_of(shown).rsplit(" ", 1)[0], by=request.user, at=clock.now()
    )
    return pdf_response(paper, filename=f"{shown.code}.pdf")


# -- how a line would stand ---------------------------------------------------------------------------
@requires(*REQUESTERS)
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Part: the balance of the chosen lines now and after, while the form is filled in."""
    act = request.GET.get("act", "")
    amount = _amount(request.GET.get("amount", "").replace(",", "").replace("¥", "").strip())
    signs = {"supplement": {"line": 1}, "transfer": {"from_line": -1, "to_line": 1}}.get(act, {"line": -1})
    rows = []
    for name, sign in signs.items():
        key = request.GET.get(name, "")
        line = BudgetLine.objects.spendable().filter(pk=int(key)).first() if key.isdecimal() else None
        if line:
            left = line.balance.left
            after = left + sign * amount if amount else left
            rows.append(
                {"line": line, "left": left, "after": after, "missing": -after if after < 0 else None}
            )
    return render(request, "budget/_preview.html", {"rows": rows, "act": act, "amount": amount})
