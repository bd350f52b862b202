"""The store: how it stands, what moved, and moving it (R69)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook

from keyaccounts.audit.actions import once
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, page_or_part, put_on
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.exports.answers import listing_answer, workbook_answer
from materials import queries
from materials.actions.extras import source_of
from materials.actions.receipts import give, receive_goods, reverse_receipt
from materials.actions.stock import take, take_back
from materials.choices import KEEPERS, READERS, MoveKind
from materials.exports import move_cells, move_columns, stock_columns, stock_values
from materials.filters import StockMoveFilter
from materials.forms import stock as forms
from materials.models import Material, StockMove

from .common import campaign_of, kept_material


@requires(*READERS)
@require_safe
def stock(request: HttpRequest) -> HttpResponseBase:
    """库存, shortage first: how many are missing and from which day."""
    campaign = campaign_of(request)
    rows = queries.stock(campaign, request.user)
    if request.GET.get("export") == "xlsx":
        note = _("As of %(moment)s, %(person)s. %(campaign)s") % {
            "moment": f"{timezone.localtime():%Y-%m-%d %H:%M}", "person": request.user, "campaign": campaign,
        }  # fmt: skip

        def write(book: Workbook, progress: Any) -> None:
            write_sheet(
                book, title=_("Stock"), columns=stock_columns(), rows=map(stock_values, rows), note=note, progress=progress
            )  # fmt: skip

        return workbook_answer(request, title=_("Stock"), total=len(rows), filters=str(campaign), write=write)
    sees_money = request.user.has_role(Role.DIRECTOR, Role.MARKETING)  # type: ignore[union-attr]
    kept = set(Material.objects.kept_by(request.user).filter(campaign=campaign).values_list("pk", flat=True))
    for row in rows:
        row.material.is_kept = row.material.pk in kept  # type: ignore[attr-defined]
    context = {
        "campaign": campaign,
        "tab": "stock",
        "act": request.GET.get("act", ""),
        "rows": rows,
        "short_count": sum(1 for row in rows if row.short),
        "low_count": sum(1 for row in rows if row.is_low and not row.short),
        "value": sum((row.value or Decimal(0) for row in rows), Decimal(0)) if sees_money else None,
        "unpriced": sum(1 for row in rows if row.value is None and row.material.on_hand),
        "overdue_count": queries.overdue_loans(request.user, on=clock.today())
        .filter(material__campaign=campaign)
        .count(),
    }
    return render(request, "materials/stock.html", context)


@requires(*READERS)
@require_safe
def moves(request: HttpRequest) -> HttpResponseBase:
    """物料流水 of a campaign, newest first; as Excel too."""
    campaign = campaign_of(request)
    listing = Listing(
        request,
        key="stock_moves",
        queryset=StockMove.objects.filter(
            material__in=Material.objects.visible_to(request.user).filter(campaign=campaign)
        ).select_related("material", "person", "by"),
        filterset_class=StockMoveFilter,
        filter_kwargs={"campaign": campaign},
        columns=move_columns(),
        default_sort="-moved_on",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Stock movements"), pluck=move_cells)
    context = {
        "rows_part": "materials/_move_rows.html",
        "heading": _("Stock movements"),
        "campaign": campaign,
        "tab": "moves",
        "may_reverse": request.user.has_role(*KEEPERS),  # type: ignore[union-attr]
        "empty_text": _("Everything that comes in or goes out stands here, once and for good."),
    }
    return list_page(listing, page="materials/move_list.html", **context)


# -- moving it -------------------------------------------------------------------------------------
def _source(form: Any) -> str:
    """The business event of a form on screen: its submission, which counts once."""
    return f"materials.screen:{form.cleaned_data.get('submission_key')}"


def _said(material: Material, move: StockMove) -> str:
    """What happened, and the stock before and after."""
    after = Material.objects.values_list("on_hand", flat=True).get(pk=material.pk)
    return _("%(kind)s: %(name)s %(quantity)s %(unit)s. On hand %(before)s → %(after)s.") % {
        "kind": move.get_kind_display(),
        "name": material,
        "quantity": move.quantity,
        "unit": material.unit,
        "before": after - move.on_hand_change,
        "after": after,
    }


def _act_page(
    request: HttpRequest,
    material: Material,
    form: Any,
    *,
    act: Callable[[Any], StockMove],
    heading: str,
    submit_label: str,
    direction: int,
) -> HttpResponse:
    """The page of one act of the store: stock now, what it would be, one effect per submission."""
    if request.method == "POST" and form.is_valid():
        said: list[str] = []

        def run() -> str:
            said.append(_said(material, act(form)))
            return material.get_absolute_url()

        try:
            if form.cleaned_data["on"] > clock.today():
                raise RuleViolation(_("That day is still to come."), field="on")
            address = once(form.cleaned_data.get("submission_key"), by=request.user, act=run)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, address, said[0] if said else _("This has been entered already."))
    context = {
        "form": form,
        "material": material,
        "heading": heading,
        "submit_label": submit_label,
        "cancel_url": material.get_absolute_url(),
        "direction": direction,
    }
    return page_or_part(
        request,
        page="materials/move_form.html",
        part="materials/_move_form.html",
        context=context,
        status=422 if form.errors else 200,
    )


def _today(**more: Any) -> dict[str, Any]:
    return {"on": clock.today(), **more}


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """入库, with or without its cost."""
    material = kept_material(request, pk)
    _refuse_decision(material)
    form = forms.ReceiveForm(request.POST or None, material=material, initial=_today())

    def act(form: Any) -> StockMove:
        values = form.facts()
        extra = values.get("extra")
        source = _source(form)
        return receive_goods(
            material, values.pop("quantity"), at=clock.now(), by=request.user,
            source=f"{source_of(extra)}:{form.cleaned_data.get('submission_key')}" if extra else source, **values,
        )  # fmt: skip

    return _act_page(
        request, material, form, act=act, heading=_("Receive: %(name)s") % {"name": material},
        submit_label=_("Receive"), direction=1,
    )  # fmt: skip


OUT: dict[str, tuple[type[forms.MoveForm], Any]] = {
    MoveKind.ISSUE: (forms.IssueForm, lambda: _("Hand out: %(name)s")),
    MoveKind.USE: (forms.UseForm, lambda: _("Used at a briefing: %(name)s")),
    MoveKind.GIFT: (forms.GiftForm, lambda: _("Give away: %(name)s")),
    MoveKind.SCRAP: (forms.ScrapForm, lambda: _("Scrap: %(name)s")),
}


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def out(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """领用、使用、赠送、报废; what is lent goes out with its person."""
    if kind not in OUT:
        raise Http404
    material = kept_material(request, pk)
    _refuse_decision(material)
    form_class, heading = OUT[kind]
    form = form_class(
        request.POST or None,
        material=material,
        initial=_today(quantity=1 if material.is_returnable else None),
    )

    def act(form: Any) -> StockMove:
        values = form.facts()
        quantity = values.pop("quantity")
        common: dict[str, Any] = {"source": _source(form), "at": clock.now(), "by": request.user}
        if kind == MoveKind.GIFT:
            return give(material, quantity, **common, **values)
        return take(material, quantity, kind=kind, **common, **values)

    label = (
        pgettext("stock", "Lend") if material.is_returnable and kind == MoveKind.ISSUE else _("Book it out")
    )
    return _act_page(
        request, material, form, act=act, heading=heading() % {"name": material}, submit_label=label, direction=-1
    )  # fmt: skip


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """归还: what was left over. Lent things come back on the page of loans, each with its person."""
    material = kept_material(request, pk)
    _refuse_decision(material)
    if material.is_returnable:
        raise Http404
    form = forms.BackForm(request.POST or None, material=material, initial=_today())

    def act(form: Any) -> StockMove:
        values = form.facts()
        return take_back(
            material, values.pop("quantity"), source=_source(form), at=clock.now(), by=request.user, **values
        )  # fmt: skip

    return _act_page(
        request, material, form, act=act, heading=_("Take back: %(name)s") % {"name": material},
        submit_label=_("Take back"), direction=1,
    )  # fmt: skip


def _refuse_decision(material: Material) -> None:
    if material.is_decision:
        raise Http404


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def reverse_move(request: HttpRequest, pk: int) -> HttpResponse:
    """冲销 a wrong receipt: its quantity and its expense."""
    rows = StockMove.objects.visible_to(request.user).select_related("material__campaign", "entry__line")
    move = get_object_or_404(rows, pk=pk, kind=MoveKind.RECEIPT)
    material = kept_material(request, move.material_id)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():

        def act() -> str:
            reverse_receipt(
                move, reason=form.cleaned_data["reason"], on=clock.today(), at=clock.now(), by=request.user
            )
            return material.get_absolute_url()

        try:
            address = once(form.cleaned_data.get("submission_key"), by=request.user, act=act)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, address, _("The receipt has been reversed."))
    text = _("%(name)s: %(quantity)s %(unit)s received on %(day)s are taken off again.") % {
        "name": material, "quantity": move.quantity, "unit": material.unit, "day": move.moved_on,
    }  # fmt: skip
    if move.entry:
        text += " " + _("Entry %(number)s of the ledger, %(amount)s yuan, is reversed with it.") % {
            "number": move.entry.number, "amount": f"{move.entry.amount:,.2f}",
        }  # fmt: skip
    context = {
        "form": form,
        "heading": _("Reverse a receipt"),
        "text": text,
        "submit_label": _("Reverse"),
        "cancel_url": material.get_absolute_url(),
    }
    return page_or_part(
        request,
        page="components/confirm_page.html",
        part="components/_form.html",
        context=context,
        status=422 if form.errors else 200,
    )
