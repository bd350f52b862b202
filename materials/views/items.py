"""The materials list and the page of one material (R61–R68)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, put_on
from keyaccounts.common.roles import Role
from keyaccounts.common.uploads import kept_file
from keyaccounts.exports.answers import listing_answer
from materials import queries
from materials.actions import items
from materials.actions.files import add_file, finalise
from materials.choices import READERS, WRITERS, MaterialState
from materials.exports import is_late, material_columns, material_values
from materials.filters import MaterialFilter
from materials.forms.items import FileForm, MaterialForm, MoveStateForm, PublishForm
from materials.models import Material, MaterialFile
from materials.rules import FROM_WHERE, shortage
from materials.rules import Need as Wanted

from .common import campaign_of, keeps, material_of

BADGES = {
    MaterialState.PLANNED: "none",
    MaterialState.DRAFT: "doing",
    MaterialState.FINAL: "doing",
    MaterialState.PRODUCING: "doing",
    MaterialState.PARTLY: "soon",
    MaterialState.READY: "done",
    MaterialState.CANCELLED: "none",
}


def _may_write(request: HttpRequest) -> bool:
    return bool(request.user.has_role(*WRITERS))  # type: ignore[union-attr]


def _mark(rows: Any, *, on: Any) -> None:
    """Hang on each row what its badge says."""
    for row in rows:
        row.is_late = is_late(row, on=on)
        row.badge = "late" if row.is_late else BADGES[MaterialState(row.state)]


@requires(*READERS)
@require_safe
def materials(request: HttpRequest) -> HttpResponseBase:
    """物料清单 of a campaign, late and short ones marked; as Excel too."""
    campaign, today = campaign_of(request), clock.today()
    rows = Material.objects.visible_to(request.user).filter(campaign=campaign)
    listing = Listing(
        request,
        key="materials",
        queryset=queries.with_needs(rows).select_related("department"),
        filterset_class=MaterialFilter,
        filter_kwargs={"on": today},
        columns=material_columns(),
        default_sort="number",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Materials list"),
            values=lambda row: material_values(row, on=today),
        )  # fmt: skip
    _mark(listing.page, on=today)
    is_empty = not listing.page and not rows.exists()
    context = {
        "rows_part": "materials/_material_rows.html",
        "heading": _("Materials list"),
        "campaign": campaign,
        "tab": "list",
        "inferred_count": sum(1 for row in listing.page if row.inferred),
        "is_empty": is_empty,
        "may_write": _may_write(request),
        "can_carry_over": is_empty and campaign.previous_id is not None,
        "empty_text": _("What the campaign needs, by when and from whom, stands here."),
        "create_url": f"{reverse('materials:material_new')}?campaign={campaign.pk}"
        if _may_write(request)
        else "",
        "create_label": _("Add a material"),
    }
    return list_page(listing, page="materials/material_list.html", **context)


@requires(*WRITERS)
@require_POST
def load_list(request: HttpRequest) -> HttpResponse:
    """Draw up an empty list: from the plan, or from the round before."""
    campaign = campaign_of(request)
    act = items.carry_over if request.POST.get("from") == "previous" else items.load_from_plan
    address = f"{reverse('materials:materials')}?campaign={campaign.pk}"
    try:
        rows = act(campaign, by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, address)
    message = ngettext("%(n)s row drawn up.", "%(n)s rows drawn up.", len(rows)) % {"n": len(rows)}
    return done(request, address, message)


@requires(*READERS)
@require_safe
def material(request: HttpRequest, pk: int) -> HttpResponse:
    return material_page(request, material_of(request, pk))


def material_page(request: HttpRequest, row: Material, **forms: Any) -> HttpResponse:
    """One material: how it stands, what is needed, what moved, who has it, its files, its history.

    ``forms`` are refused ones to be shown again.
    """
    today = clock.today()
    _mark([row], on=today)
    needs = list(row.needs.all())
    keeper = keeps(request.user, row)
    sees_money = request.user.has_role(Role.DIRECTOR, Role.MARKETING)  # type: ignore[union-attr]
    context = {
        "material": row,
        "today": today,
        "needs": needs,
        "needed": sum(need.quantity for need in needs),
        "short": shortage(row.available, [Wanted(need.needed_on, need.quantity) for need in needs]),
        "moves": row.moves.select_related("person", "by").order_by("-moved_on", "-pk")[:12],
        "loans": row.loans.out().select_related("holder") if row.is_returnable else [],
        "files": row.files.select_related("by", "finalised_by"),
        "has_files": row.is_digital or row.is_decision or row.files.exists(),
        "spending": queries.spending(row) if sees_money and not row.is_decision else None,
        "inferred_names": [
            {"name": name, "label": Material._meta.get_field(name).verbose_name}  # type: ignore[union-attr]
            for name in row.inferred
        ],
        "may_write": _may_write(request),
        "may_move": keeper and not row.is_decision and row.state != MaterialState.CANCELLED,
        "may_keep": keeper,
        "ways": _ways(row) if _may_write(request) else [],
        "move_form": forms.get("move") or MoveStateForm(),
        "file_form": forms.get("file") or FileForm(),
        "events": history(row, limit=30, leaving_out="materials.stockmove.made"),
    }
    refused = any(form.errors for form in forms.values())
    return render(request, "materials/material.html", context, status=422 if refused else 200)


def _ways(row: Material) -> list[dict[str, Any]]:
    """Where a material may go from here."""
    ways = [state for state in MaterialState if row.state in FROM_WHERE.get(state, ())]
    if row.is_decision:
        ways = [state for state in ways if state in (MaterialState.CANCELLED, MaterialState.PLANNED)]
    return [{"to": state.value, "label": state.label} for state in ways]


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def material_new(request: HttpRequest) -> HttpResponse:
    campaign = campaign_of(request)
    last = campaign.materials.order_by("-number").values_list("number", flat=True).first()
    form = MaterialForm(request.POST or None, campaign=campaign, initial={"number": (last or 0) + 1})

    def act() -> str:
        values = form.facts()
        return items.create_material(campaign, by=request.user, at=clock.now(), **values).get_absolute_url()

    context = {
        "heading": _("Add a material"),
        "submit_label": _("Save"),
        "cancel_url": f"{reverse('materials:materials')}?campaign={campaign.pk}",
        "draft_key": f"material-new-{campaign.pk}",
    }
    return answer(request, form, act=act, context=context, message=_("Saved."))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def material_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = material_of(request, pk)
    form = MaterialForm(request.POST or None, campaign=row.campaign, initial=MaterialForm.initial_of(row))

    def act() -> str:
        version = form.cleaned_data.get("version")
        return items.edit_material(
            row, version=version, by=request.user, at=clock.now(), **form.facts()
        ).get_absolute_url()

    context = {
        "heading": _("Edit “%(name)s”") % {"name": row},
        "submit_label": _("Save"),
        "cancel_url": row.get_absolute_url(),
    }
    return answer(request, form, act=act, context=context, message=_("Saved."))


@requires(*WRITERS)
@require_POST
def material_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One step on the way to 已到位."""
    row = material_of(request, pk)
    form = MoveStateForm(request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        if to not in MaterialState.values:
            raise Http404
        try:
            items.move_material(
                row, to=to, on=clock.today(), by=request.user, at=clock.now(), reason=form.cleaned_data["reason"]
            )  # fmt: skip
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            message = _("“%(name)s” is now: %(state)s.") % {"name": row, "state": MaterialState(to).label}
            return done(request, row.get_absolute_url(), message)
    return material_page(request, row, move=form)


@requires(*WRITERS)
@require_POST
def material_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm one deduced value (``field``), or all of the row."""
    row = material_of(request, pk)
    count = items.confirm_inferred(row, by=request.user, field=request.POST.get("field") or None)
    message = _("Confirmed.") if count else _("Somebody else has confirmed it already.")
    return done(request, row.get_absolute_url(), message)


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def material_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a decision: text, file or both; the team is told (R64)."""
    row = material_of(request, pk)
    if not row.is_decision:
        raise Http404
    form = PublishForm(request.POST or None, request.FILES or None, initial={"text": row.decision})

    def act() -> str:
        if file := form.cleaned_data["file"]:
            finalise(
                add_file(row, file=file, by=request.user, at=clock.now()), by=request.user, at=clock.now()
            )
        items.publish_decision(
            row, text=form.cleaned_data["text"], by=request.user, on=clock.today(), at=clock.now()
        )
        return row.get_absolute_url()

    context = {
        "heading": _("Publish: %(name)s") % {"name": row},
        "submit_label": _("Publish and tell the team"),
        "cancel_url": row.get_absolute_url(),
    }
    return answer(request, form, act=act, context=context, message=_("Published; the team has been told."))


# -- files -----------------------------------------------------------------------------------------
def _writes_files(request: HttpRequest, row: Material) -> None:
    if not (_may_write(request) or keeps(request.user, row)):
        raise PermissionDenied


@requires(*READERS)
@require_POST
def file_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a new version."""
    row = material_of(request, pk)
    _writes_files(request, row)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            version = add_file(
                row, file=form.cleaned_data["file"], note=form.cleaned_data["note"], by=request.user, at=clock.now()
            )  # fmt: skip
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(
                request,
                row.get_absolute_url(),
                _("Version %(number)s is there.") % {"number": version.number},
            )
    return material_page(request, row, file=form)


def _file(request: HttpRequest, pk: int) -> MaterialFile:
    rows = MaterialFile.objects.filter(material__in=Material.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("material"), pk=pk)


@requires(*READERS)
@require_safe
def file_download(request: HttpRequest, pk: int) -> FileResponse:
    """A version, always as a download: nothing of it is shown by the browser."""
    version = _file(request, pk)
    return kept_file(str(version.file.name), name=version.name)


@requires(*READERS)
@require_POST
def file_final(request: HttpRequest, pk: int) -> HttpResponse:
    """定稿 by one tap."""
    version = _file(request, pk)
    _writes_files(request, version.material)
    finalise(version, by=request.user, at=clock.now())
    message = _("Version %(number)s is the final one.") % {"number": version.number}
    return done(request, version.material.get_absolute_url(), message)
