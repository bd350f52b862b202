"""公关招待: asking before, reporting after."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.contacts import PickOrganisation
from accounts.models import Organisation
from budget.choices import REQUESTERS, ClaimKind
from budget.claims import RELATED, line_of
from budget.models import ExpenseClaim
from budget.pages import page_context, submitted
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import refused
from keyaccounts.common.pdf import Paper, pdf_response, render_pdf
from keyaccounts.common.roles import Role
from visits.actions.hospitality import (
    ask_for_guests,
    change_guests,
    guest_obstacles,
    report_guests,
    submit_guests,
)
from visits.forms.hospitality import GuestsForm, GuestsReportForm
from visits.models import Hospitality, Visit
from visits.settings import guests_report_due

HOSTS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*HOSTS)
@require_http_methods(["GET", "POST"])
def guests_new(request: HttpRequest) -> HttpResponse:
    """Ask for hospitality: the organisation first, or from a visit."""
    visit = _visit(request)
    asked = str(visit.organisation_id) if visit else request.GET.get("organisation", "")
    if not asked.isdecimal():
        context = {
            "form": PickOrganisation(user=request.user),
            "heading": _("Ask for hospitality"),
            "submit_label": _("Go on"),
        }
        return render(request, "accounts/pick_organisation.html", context)
    organisation = get_object_or_404(Organisation.objects.workable_by(request.user), pk=int(asked))
    back = visit.get_absolute_url() if visit else organisation.get_absolute_url()
    try:
        line = line_of(ClaimKind.HOSPITALITY)
    except RuleViolation as violation:
        return refused(request, back, violation)
    form = GuestsForm(request.POST or None, initial=_begin(visit))

    def act() -> str:
        written = ask_for_guests(
            organisation, line=line, by=request.user, at=clock.now(), visit=visit, **form.given()
        )
        return reverse("visits:guests", args=[written.claim_id])

    heading = _("Hospitality for %(name)s") % {"name": organisation.called}
    return _form(request, form, act, heading=heading, cancel_url=back)


@requires(*REQUESTERS)
@require_safe
def guests(request: HttpRequest, pk: int) -> HttpResponse:
    """A request with its guests and, afterwards, the report."""
    shown = _guests(request, pk)
    claim = shown.claim
    own = claim.requested_by_id == request.user.pk
    now = clock.now()
    is_to_report = claim.state == RequestState.APPROVED and shown.reported_at is None
    due = guests_report_due(shown.starts_at) if is_to_report else None
    context = page_context(
        request,
        claim,
        obstacles=guest_obstacles(shown, at=now) if own and claim.is_editable else (),
        edit_url=reverse("visits:guests_edit", args=[pk]),
        submit_url=reverse("visits:guests_submit", args=[pk]),
        guests=shown,
        per_head=shown.per_head(claim.payable_amount),
        report_due=due,
        has_begun=shown.starts_at <= now,
        is_late=due is not None and due <= now,
        may_report=own and claim.state == RequestState.APPROVED and shown.starts_at <= now,
    )
    return render(request, "visits/guests.html", context)


@requires(*HOSTS)
@require_http_methods(["GET", "POST"])
def guests_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own request while it is a draft or was returned."""
    shown = _own(request, pk)
    form = GuestsForm(request.POST or None, guests=shown)

    def act() -> str:
        change_guests(
            shown, by=request.user, at=clock.now(), version=form.cleaned_data["version"], **form.given()
        )
        return reverse("visits:guests", args=[pk])

    return _form(request, form, act, heading=str(shown), cancel_url=reverse("visits:guests", args=[pk]))


@requires(*HOSTS)
@require_POST
def guests_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the request in."""
    shown = _own(request, pk)
    return submitted(
        request,
        shown.claim,
        lambda reason: submit_guests(shown, by=request.user, at=clock.now(), duplicate_reason=reason),
    )


@requires(*HOSTS)
@require_http_methods(["GET", "POST"])
def guests_report(request: HttpRequest, pk: int) -> HttpResponse:
    """What it came to and what came of it."""
    shown = _own(request, pk)
    claim = shown.claim
    form = GuestsReportForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "actual_amount": claim.actual_amount or claim.approved_amount,
            "document": claim.document,
            "counterparty": claim.counterparty or shown.place[:100],
            "result": shown.result,
        },
    )

    def act() -> str:
        values = form.facts()
        report_guests(shown, actual=values.pop("actual_amount"), by=request.user, at=clock.now(), **values)
        return reverse("visits:guests", args=[pk])

    return answer(
        request,
        form,
        act=act,
        message=_("Reported. It can be paid now, unless the difference is to be decided."),
        context={
            "heading": _("Report: %(what)s") % {"what": claim.purpose},
            "submit_label": _("Hand in the report"),
            "cancel_url": reverse("visits:guests", args=[pk]),
        },
    )


@requires(*REQUESTERS)
@require_safe
def guests_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """客户接待申请表 and, once reported, 报告表 on one sheet."""
    shown, now = _guests(request, pk), clock.now()
    title = _("Hospitality request and report")
    content = render_pdf(
        "visits/pdf/guests.html",
        {"guests": shown, "claim": shown.claim, "per_head": shown.per_head(shown.claim.claimed_amount)},
        paper=Paper(title, shown.claim.code, str(request.user), now),
    )
    return pdf_response(content, filename=f"{title}-{shown.claim.code}.pdf")


# -- parts ------------------------------------------------------------------------------------------
def _form(request: HttpRequest, form: Any, act: Any, *, heading: str, cancel_url: str) -> HttpResponse:
    return answer(
        request,
        form,
        act=act,
        message=_("Saved. Look it over and hand it in."),
        context={
            "heading": heading, "submit_label": _("Save and go on"), "cancel_url": cancel_url,
            "action_url": request.get_full_path(),
        },
    )  # fmt: skip


def _visit(request: HttpRequest) -> Visit | None:
    asked = request.GET.get("visit", "")
    if not asked.isdecimal():
        return None
    rows = Visit.objects.workable_by(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=int(asked))


def _begin(visit: Visit | None) -> dict[str, Any]:
    if visit is None:
        return {"hour": "12:00"}
    people = list(visit.contacts.all())
    return {
        "guests": "、".join(f"{person.name} {person.title}".strip() for person in people),
        "guest_count": len(people) or None,
        "host_count": visit.visitors.count(),
        "day": clock.today() if visit.planned_at is None else visit.planned_at.date(),
        "hour": "12:00",
    }


def _guests(request: HttpRequest, pk: int) -> Hospitality:
    rows = ExpenseClaim.objects.visible_to(request.user).filter(hospitality__isnull=False)
    claim = get_object_or_404(
        rows.select_related(
            *RELATED, "hospitality__organisation", "hospitality__visit", "hospitality__reported_by"
        ),
        pk=pk,
    )
    shown: Hospitality = claim.hospitality
    shown.claim = claim
    return shown


def _own(request: HttpRequest, pk: int) -> Hospitality:
    shown = _guests(request, pk)
    if shown.claim.requested_by_id != request.user.pk:
        raise PermissionDenied
    return shown
