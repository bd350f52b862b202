"""补充物料报告: the list, writing one, one report with its decision, and its paper (R70)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.wording import labelled
from keyaccounts.exports.answers import listing_answer
from materials.actions import extras as act
from materials.choices import KEEPERS, READERS
from materials.documents import extra_pdf
from materials.exports import extra_columns, extra_values
from materials.filters import ExtraFilter
from materials.forms.requests import ExtraForm, initial_of
from materials.kitting import Catalogue
from materials.models import Material, MaterialExtra
from materials.models.requisitions import DECIDERS


@requires(*READERS)
@require_safe
def extras(request: HttpRequest) -> HttpResponseBase:
    """The reports as filtered, and as Excel."""
    listing = Listing(
        request,
        key="material_extras",
        queryset=MaterialExtra.objects.visible_to(request.user)
        .select_related("line", "department", "requested_by")
        .prefetch_related("lines"),
        filterset_class=ExtraFilter,
        columns=extra_columns(),
        default_sort="-requested_at",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Supplements of materials"), values=extra_values)
    context = {
        "rows_part": "materials/_extra_rows.html",
        "heading": _("Supplements of materials"),
        "create_url": reverse("materials:extra_new"),
        "create_label": _("Write a report"),
        "empty_text": _("What the materials list does not have is asked for in writing."),
    }
    return list_page(listing, **context)


@requires(*READERS)
def extra_new(request: HttpRequest) -> HttpResponse:
    """Write a report; from a shortage it is filled in: ``?item=项目宝典&quantity=40&item=…``."""
    campaign = Campaign.objects.current()
    if campaign is None:
        return refused(request, reverse("materials:extras"), RuleViolation(_("No campaign is running.")))
    initial, rows = _filled_in(request, campaign)
    form = ExtraForm(request.POST or None, campaign=campaign, rows=rows, initial=initial)

    def submit() -> str:
        made = act.ask_for_extra(campaign, by=request.user, at=clock.now(), **form.facts())
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=submit,
        message=_("The report is handed in."),
        page="materials/extra_form.html",
        part="materials/_extra_form.html",
        context={
            "heading": _("Supplement of materials"),
            "submit_label": _("Hand in"),
            "cancel_url": reverse("materials:extras"),
            "draft_key": "material-extra",
            "action_url": request.get_full_path(),
        },
    )


def _filled_in(request: HttpRequest, campaign: Campaign) -> tuple[dict[str, Any], int]:
    """What the address says is missing, with unit, category, price and line of the material it means."""
    names, quantities = request.GET.getlist("item")[:20], request.GET.getlist("quantity")
    catalogue = Catalogue(campaign)
    initial: dict[str, Any] = {
        "needed_on": clock.today() + timedelta(days=7),
        "reason": request.GET.get("reason", "")[:2000],
    }
    for number, name in enumerate(names):
        material = catalogue.find(name)
        quantity = quantities[number] if number < len(quantities) else ""
        initial |= {
            f"item_{number}": material.name if material else name[:60],
            f"item_{number}_quantity": int(quantity) if quantity.isdecimal() else None,
        }
        if material is not None:
            initial |= {
                f"item_{number}_unit": material.unit,
                f"item_{number}_category": material.category,
                f"item_{number}_price": material.planned_price,
            }
            initial.setdefault("line", material.line_id)
    return initial, len(names)


@requires(*READERS)
def extra_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a returned report and hand it in again."""
    shown = get_object_or_404(MaterialExtra.objects.editable_by(request.user), pk=pk)
    form = ExtraForm(
        request.POST or None, campaign=shown.campaign, rows=shown.lines.count(), initial=initial_of(shown)
    )

    def change() -> str:
        act.change_extra(
            shown, version=form.cleaned_data["version"], by=request.user, at=clock.now(), **form.facts()
        )
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=change,
        message=_("The report is handed in."),
        page="materials/extra_form.html",
        part="materials/_extra_form.html",
        context={
            "heading": shown.code,
            "submit_label": _("Hand in again"),
            "cancel_url": shown.get_absolute_url(),
            "returned": shown.decision_note,
        },
    )


def _visible(request: HttpRequest, pk: int) -> MaterialExtra:
    rows = MaterialExtra.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("line", "department", "requested_by", "decided_by", "campaign", "commitment"),
        pk=pk,
    )


@requires(*READERS)
@require_safe
def extra(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: items, reason, money before and after, what has come in."""
    shown = _visible(request, pk)
    there = act.received(shown)
    rows = [
        (row, there.get(row.material_id, 0) if row.material_id else 0)
        for row in shown.lines.select_related("material")
    ]
    left = shown.line.balance.left if shown.line else None
    context = {
        "extra": shown,
        "rows": rows,
        "left": left,
        "left_after": left - (shown.amount or Decimal(0)) if left is not None else None,
        "may_decide": MaterialExtra.objects.decidable_by(request.user).filter(pk=shown.pk).exists(),
        "may_edit": shown.is_editable and shown.requested_by_id == request.user.pk,
        "may_withdraw": shown.is_pending and shown.requested_by_id == request.user.pk,
        "receivable": _receivable(request, shown),
        "events": history(shown, limit=20),
    }
    return render(request, "materials/extra.html", context)


def _receivable(request: HttpRequest, shown: MaterialExtra) -> list[Material]:
    """What of it this person takes in when it comes."""
    if shown.state != RequestState.APPROVED or not request.user.has_role(*KEEPERS):  # type: ignore[union-attr]
        return []
    materials = shown.lines.filter(material__isnull=False).values("material")
    return list(Material.objects.kept_by(request.user).filter(pk__in=materials))


@requires(*DECIDERS)
@require_POST
def extra_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap: approved it joins the list and its cost is committed; over the line it is refused with the remedy."""
    shown = _visible(request, pk)
    url = (
        reverse("dashboard:approvals")
        if request.POST.get("back") == "approvals"
        else shown.get_absolute_url()
    )
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return refused(request, url, RuleViolation(_("Approve it, or return it with a reason.")))
    now = clock.now()
    try:
        act.decide_extra(
            shown, form.state, note=form.cleaned_data["note"], by=request.user, on=now.date(), at=now
        )
    except RuleViolation as violation:
        return refused(request, url, violation)
    return done(request, url, labelled(shown.code, form.state.label))


@requires(*READERS)
@require_POST
def extra_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a report back while nobody has decided."""
    shown = _visible(request, pk)
    try:
        act.withdraw_extra(shown, by=request.user)
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Withdrawn."))


@requires(*READERS)
@require_safe
def extra_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """补充物料报告 on paper."""
    shown = _visible(request, pk)
    content = extra_pdf(shown, by=request.user, at=clock.now())
    return pdf_response(content, filename=f"补充物料报告 {shown.code}.pdf")
