"""盘点 by phone: item by item, left and resumed, closed once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook

from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done, put_on
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.exports.answers import workbook_answer
from materials.actions.stocktakes import close_stocktake, count, explain, start_stocktake
from materials.choices import KEEPERS, StocktakeState
from materials.documents import STOCKTAKE, stocktake_pdf
from materials.exports import count_columns, count_values
from materials.forms.stock import REASONS, CountForm
from materials.models import Material, Stocktake

from .common import campaign_of

SEERS = (*KEEPERS, Role.DIRECTOR)


@requires(*SEERS)
@require_safe
def stocktakes(request: HttpRequest) -> HttpResponse:
    """Earlier stocktakes, and the one that is open."""
    campaign = campaign_of(request)
    rows = Stocktake.objects.visible_to(request.user).filter(campaign=campaign).select_related("begun_by")
    context = {
        "campaign": campaign,
        "tab": "stocktakes",
        "rows": rows.order_by("-on", "-pk")[:50],
        "may_count": request.user.has_role(*KEEPERS),  # type: ignore[union-attr]
        "open_one": rows.filter(state=StocktakeState.OPEN).first(),
    }
    return render(request, "materials/stocktakes.html", context)


@requires(*KEEPERS)
@require_POST
def stocktake_start(request: HttpRequest) -> HttpResponse:
    campaign = campaign_of(request)
    try:
        taken = start_stocktake(campaign, on=clock.today(), by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, f"{reverse('materials:stocktakes')}?campaign={campaign.pk}")
    return done(request, taken.get_absolute_url())


def _stocktake(request: HttpRequest, pk: int) -> Stocktake:
    rows = Stocktake.objects.visible_to(request.user).select_related("campaign", "begun_by", "closed_by")
    return get_object_or_404(rows, pk=pk)


def _rows(request: HttpRequest, taken: Stocktake) -> list[tuple[Material, Any]]:
    """Each material with its count, or None; those counted in it stay, whatever became of them since."""
    lines = {line.material_id: line for line in taken.lines.select_related("counted_by")}
    listed = Material.objects.visible_to(request.user).filter(campaign=taken.campaign_id)
    wanted = listed.stocked() if taken.state == StocktakeState.OPEN else listed.filter(pk__in=lines)
    materials = {row.pk: row for row in wanted} | {row.pk: row for row in listed.filter(pk__in=lines)}
    ordered = sorted(materials.values(), key=lambda row: (row.number is None, row.number or 0, row.pk))
    return [(row, lines.get(row.pk)) for row in ordered]


@requires(*SEERS)
@require_safe
def stocktake(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is counted and what is not; the result, on paper and as Excel too."""
    taken = _stocktake(request, pk)
    rows = _rows(request, taken)
    if request.GET.get("export") == "xlsx":
        note = _("%(code)s, %(day)s, %(state)s") % {
            "code": taken.code, "day": taken.on, "state": taken.get_state_display(),
        }  # fmt: skip

        def write(book: Workbook, progress: Any) -> None:
            values = (count_values(material, line) for material, line in rows)
            write_sheet(
                book, title=_("Stocktake"), columns=count_columns(), rows=values, note=note, progress=progress
            )

        return workbook_answer(request, title=taken.code, total=len(rows), filters=taken.code, write=write)
    counted = [line for _material, line in rows if line]
    kept = set(
        Material.objects.kept_by(request.user).filter(campaign=taken.campaign_id).values_list("pk", flat=True)
    )
    context = {
        "stocktake": taken,
        "rows": [(material, line, material.pk in kept) for material, line in rows],
        "counted": len(counted),
        "total": len(rows),
        "differing": sum(1 for line in counted if line.difference),
        "unexplained": sum(1 for line in counted if line.difference and not line.reason),
        "next": next((material for material, line in rows if line is None and material.pk in kept), None),
        "is_open": taken.state == StocktakeState.OPEN,
        "may_count": request.user.has_role(*KEEPERS),  # type: ignore[union-attr]
        "events": history(taken, limit=10),
    }
    return render(request, "materials/stocktake.html", context)


@requires(*SEERS)
@require_safe
def stocktake_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """盘点表 on paper: the result, or with ?blank=1 the sheet to count by hand."""
    taken = _stocktake(request, pk)
    is_blank = request.GET.get("blank") == "1"
    content = stocktake_pdf(taken, _rows(request, taken), is_blank=is_blank, by=request.user, at=clock.now())
    return pdf_response(content, filename=f"{STOCKTAKE}-{taken.code}.pdf")


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def stocktake_count(request: HttpRequest, pk: int, material_pk: int) -> HttpResponse:
    """One item: a big stepper, the difference at once, reason chips; then the next one."""
    taken = _stocktake(request, pk)
    rows = _rows(request, taken)
    place = next((n for n, (row, _line) in enumerate(rows) if row.pk == material_pk), None)
    if place is None or taken.state != StocktakeState.OPEN:
        return redirect(taken.get_absolute_url())
    material, line = rows[place]
    kept = set(
        Material.objects.kept_by(request.user).filter(campaign=taken.campaign_id).values_list("pk", flat=True)
    )
    if material.pk not in kept:
        raise PermissionDenied
    initial = {"counted": line.counted if line else material.on_hand, "reason": line.reason if line else ""}
    form = CountForm(request.POST or None, initial=initial)
    if form.is_valid():
        counted, reason = form.cleaned_data["counted"], form.cleaned_data["reason"]
        try:
            if line is not None and line.counted == counted:
                explain(line, reason=reason, by=request.user)
            else:
                line = count(taken, material, counted, by=request.user, at=clock.now(), reason=reason)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            after = rows[place + 1 :] + rows[:place]
            following = next((row for row, was in after if was is None and row.pk in kept), None)
            address = (
                reverse("materials:stocktake_count", args=[taken.pk, following.pk])
                if following
                else taken.get_absolute_url()
            )
            return done(request, address)
    context = {
        "stocktake": taken,
        "material": material,
        "line": line,
        "form": form,
        "reasons": [str(reason) for reason in REASONS],
        "place": place + 1,
        "total": len(rows),
        "counted": sum(1 for _row, was in rows if was),
    }
    return render(request, "materials/stocktake_count.html", context, status=422 if form.errors else 200)


@requires(*KEEPERS)
@require_POST
def stocktake_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Differences become adjustments."""
    taken = _stocktake(request, pk)
    try:
        close_stocktake(taken, on=clock.today(), by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, taken.get_absolute_url())
    return done(request, taken.get_absolute_url(), _("Closed; the differences are booked."))
