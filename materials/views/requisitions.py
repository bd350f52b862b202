"""领用: the list, asking, one requisition with approval, issue and confirmation of receipt."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.actions import once
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.references import follow
from keyaccounts.common.wording import labelled
from keyaccounts.exports.answers import listing_answer
from materials.actions import handovers as giving
from materials.actions import requisitions as act
from materials.choices import KEEPERS, READERS
from materials.documents import packing_pdf, requisition_pdf
from materials.exports import requisition_columns, requisition_values
from materials.filters import RequisitionFilter
from materials.forms.requests import QuantitiesForm, ReasonForm, ReceiptForm, RequisitionForm
from materials.kitting import Catalogue
from materials.models import Handover, Kit, Material, Requisition, RequisitionLine
from materials.models.requisitions import DECIDERS


@requires(*READERS)
@require_safe
def requisitions(request: HttpRequest) -> HttpResponseBase:
    """领用申请: the list as filtered, and as Excel."""
    listing = Listing(
        request,
        key="requisitions",
        queryset=Requisition.objects.visible_to(request.user)
        .select_related("receiver", "decided_by")
        .prefetch_related(Prefetch("lines", RequisitionLine.objects.select_related("material"))),
        filterset_class=RequisitionFilter,
        columns=requisition_columns(),
        default_sort="-needed_at",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Requisitions"), values=requisition_values)
    context = {
        "rows_part": "materials/_requisition_rows.html",
        "heading": _("Requisitions"),
        "create_url": reverse("materials:requisition_new"),
        "create_label": _("Request materials"),
        "empty_text": _("What is taken along stands here, from the request to the confirmed receipt."),
    }
    return list_page(listing, page="materials/requisition_list.html", **context)


@requires(*READERS)
def requisition_new(request: HttpRequest) -> HttpResponse:
    """Ask for materials freely, or with a kit: ``?kit=2&people=45``."""
    campaign = Campaign.objects.current()
    if campaign is None:
        return refused(
            request, reverse("materials:requisitions"), RuleViolation(_("No campaign is running."))
        )
    wanted, purpose = _suggested(request, campaign)
    now = clock.now()
    form = RequisitionForm(
        request.POST or None,
        campaign=campaign,
        user=request.user,  # type: ignore[arg-type]
        wanted=wanted,
        initial={"day": now.date() + timedelta(days=1), "hour": "08:30", "purpose": purpose},
    )

    def submit() -> str:
        made = act.request_materials(campaign, by=request.user, at=clock.now(), **form.facts())
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=submit,
        message=_("Requested."),
        page="materials/requisition_form.html",
        part="materials/_requisition_form.html",
        context={
            "heading": _("Request materials"),
            "submit_label": _("Request"),
            "cancel_url": reverse("materials:requisitions"),
            "draft_key": "requisition",
            "action_url": request.get_full_path(),
        },
    )


def _suggested(request: HttpRequest, campaign: Campaign) -> tuple[dict[Material, int], str]:
    asked = request.GET.get("kit", "")
    kit = Kit.objects.filter(pk=int(asked), is_active=True).first() if asked.isdecimal() else None
    catalogue = Catalogue(campaign)
    if kit is not None:
        people = request.GET.get("people", "")
        heads = int(people) if people.isdecimal() and 0 < int(people) < 10_000 else kit.people
        return catalogue.wanted({}, kit, people=heads).materials, kit.name
    rows = [material for material in catalogue.by_name.values() if not material.is_digital][:12]
    return dict.fromkeys(rows, 0), ""


@requires(*READERS)
def requisition_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a returned requisition and hand it in again."""
    shown = get_object_or_404(Requisition.objects.editable_by(request.user), pk=pk)
    needed = timezone.localtime(shown.needed_at)
    wanted = {line.material: line.requested for line in shown.lines.select_related("material")}
    form = RequisitionForm(
        request.POST or None,
        campaign=shown.campaign,
        user=request.user,  # type: ignore[arg-type]
        wanted=wanted,
        initial={
            "purpose": shown.purpose, "receiver": shown.receiver_id, "version": shown.version,
            "day": needed.date(), "hour": needed.strftime("%H:%M"),
        },
    )  # fmt: skip

    def change() -> str:
        act.change_requisition(
            shown, version=form.cleaned_data["version"], by=request.user, at=clock.now(), **form.facts()
        )
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=change,
        message=_("Requested."),
        page="materials/requisition_form.html",
        part="materials/_requisition_form.html",
        context={
            "heading": shown.code,
            "submit_label": _("Request again"),
            "cancel_url": shown.get_absolute_url(),
            "returned": shown.decision_note,
        },
    )


def _visible(request: HttpRequest, pk: int) -> Requisition:
    rows = Requisition.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("requested_by", "receiver", "decided_by", "campaign"), pk=pk)


@requires(*READERS)
@require_safe
def requisition(request: HttpRequest, pk: int) -> HttpResponse:
    """One requisition: what is asked for, approved, there and issued; the one next act of whoever looks."""
    return _page(request, _visible(request, pk))


def _page(
    request: HttpRequest, shown: Requisition, *, form: QuantitiesForm | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    lines = list(shown.lines.select_related("material", "reservation").order_by("pk"))
    kept = set(
        Material.objects.kept_by(user)
        .filter(pk__in=[line.material_id for line in lines])
        .values_list("pk", flat=True)
    )
    to_issue = [line for line in lines if line.to_issue and line.material_id in kept]
    is_approved = shown.state == RequestState.APPROVED
    handovers = list(
        shown.handovers.select_related("issued_by", "confirmed_by").prefetch_related("lines__line__material")
    )
    context: dict[str, Any] = {
        "requisition": shown,
        "lines": lines,
        "handovers": handovers,
        "may_decide": Requisition.objects.decidable_by(user).filter(pk=shown.pk).exists(),
        "may_edit": shown.is_editable and shown.requested_by_id == user.pk,
        "may_withdraw": shown.is_pending and shown.requested_by_id == user.pk,
        "may_call_off": is_approved
        and any(line.to_issue for line in lines)
        and (user.pk in (shown.requested_by_id, shown.receiver_id) or user.has_role(*DECIDERS)),
        "to_issue": to_issue if is_approved else [],
        "can_issue_all": all(line.may_take == line.to_issue for line in to_issue),
        "short": [line for line in lines if line.short > 0] if is_approved else [],
        "is_receiver": shown.receiver_id == user.pk,
        "form": form or QuantitiesForm(requisition=shown, lines=lines),
        "receipt_form": ReceiptForm(),
        "about": follow(shown.source, user=user),
        "events": history(shown, limit=20),
    }
    return render(request, "materials/requisition.html", context, status=status)


@requires(*DECIDERS)
@require_POST
def requisition_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve with one tap, with less where a row says so, or return with a reason."""
    shown = _visible(request, pk)
    form = QuantitiesForm(request.POST, requisition=shown, lines=list(shown.lines.select_related("material")))
    decision = DecisionForm(request.POST)
    back = request.POST.get("back", "")
    url = reverse("dashboard:approvals") if back == "approvals" else shown.get_absolute_url()
    if not decision.is_valid() or not form.is_valid():
        return refused(request, url, RuleViolation(_("Approve it, or return it with a reason.")))
    try:
        act.decide_requisition(
            shown,
            decision.state,
            note=decision.cleaned_data["note"],
            by=request.user,
            at=clock.now(),
            approved=form.quantities(),
        )
    except RuleViolation as violation:
        return refused(request, url, violation)
    return done(request, url, labelled(shown.code, decision.state.label))


@requires(*READERS)
@require_POST
def requisition_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back while nobody has decided."""
    shown = _visible(request, pk)
    try:
        act.withdraw_requisition(shown, by=request.user)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Withdrawn."))


@requires(*READERS)
def requisition_call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """What is not issued is not needed any more."""
    shown = _visible(request, pk)
    form = ReasonForm(request.POST or None)

    def call_off() -> str:
        act.call_off(shown, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=call_off,
        message=_("Called off."),
        context={
            "heading": _("Call off %(code)s") % {"code": shown.code},
            "submit_label": _("Call off what is not issued"),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(*KEEPERS)
@require_POST
def requisition_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """确认出库: rows with their numbers, or 全部发放."""
    shown = _visible(request, pk)
    lines = list(shown.lines.select_related("material", "reservation"))
    form = QuantitiesForm(request.POST, requisition=shown, lines=lines)
    back = reverse("home") if request.POST.get("back") == "home" else shown.get_absolute_url()
    if not form.is_valid():
        return _page(request, shown, form=form, status=422)
    quantities = form.quantities()
    if "all" in request.POST:
        kept = Material.objects.kept_by(request.user).values_list("pk", flat=True)
        quantities = {line.pk: line.to_issue for line in lines if line.to_issue and line.material_id in kept}

    def hand_over() -> str:
        giving.issue(shown, quantities, by=request.user, at=clock.now(), note=form.cleaned_data["note"])
        return back

    try:
        address = once(form.cleaned_data["submission_key"], by=request.user, act=hand_over)
    except RuleViolation as violation:
        form.add_error(None, str(violation))
        if request.POST.get("back") == "home":
            return refused(request, back, violation)
        return _page(request, shown, form=form, status=422)
    return done(request, address, _("Issued: %(name)s is asked to confirm.") % {"name": shown.receiver})


@requires(*READERS)
@require_POST
def handover_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """确认收到, one tap; a discrepancy may be noted."""
    handover = get_object_or_404(
        Handover.objects.visible_to(request.user).select_related("requisition__receiver"), pk=pk
    )
    back = request.POST.get("back", "")
    url = reverse("visits:today") if back == "today" else handover.requisition.get_absolute_url()
    form = ReceiptForm(request.POST)
    note = form.cleaned_data["discrepancy"] if form.is_valid() else ""
    try:
        giving.confirm_receipt(handover, by=request.user, at=clock.now(), discrepancy=note)
    except RuleViolation as violation:
        return refused(request, url, violation)
    return done(request, url, _("Receipt confirmed."))


@requires(*READERS)
@require_POST
def receipts_confirm(request: HttpRequest) -> HttpResponse:
    """全部领用: everything handed to this person and not confirmed yet."""
    waiting = (
        Handover.objects.unconfirmed()
        .filter(requisition__receiver=request.user)
        .select_related("requisition")
    )
    url = (
        reverse("visits:today") if request.POST.get("back") == "today" else reverse("materials:requisitions")
    )
    try:
        count = giving.confirm_all(waiting, by=request.user, at=clock.now())
    except RuleViolation as violation:
        return refused(request, url, violation)
    return done(request, url, _("Receipt confirmed.") if count else _("Nothing waited to be confirmed."))


@requires(*READERS)
@require_safe
def requisition_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """领用单."""
    shown = _visible(request, pk)
    content = requisition_pdf(shown, by=request.user, at=clock.now())
    return pdf_response(content, filename=f"领用单 {shown.code}.pdf")


@requires(*READERS)
@require_safe
def packing_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """装箱单 of a requisition: boxes to tick and two signatures."""
    shown = _visible(request, pk)
    content = packing_pdf([shown], by=request.user, at=clock.now())
    return pdf_response(content, filename=f"装箱单 {shown.code}.pdf")


@requires(*KEEPERS)
@require_safe
def packing_of_day(request: HttpRequest) -> HttpResponse:
    """装箱单 of everything that is to be issued for one day: ``?on=2012-07-11``."""
    day = _asked_day(request)
    rows = (
        Requisition.objects.to_issue_by(request.user)
        .filter(needed_at__date=day)
        .select_related("receiver", "requested_by")
        .order_by("needed_at", "pk")
    )
    if not rows:
        return refused(request, reverse("home"), RuleViolation(_("Nothing is to be issued for that day.")))
    content = packing_pdf(list(rows), by=request.user, at=clock.now())
    return pdf_response(content, filename=f"装箱单 {day:%Y-%m-%d}.pdf")


def _asked_day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()
