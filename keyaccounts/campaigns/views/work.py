"""Pages of 工作安排: the table, the board, a work item and its document."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import requires, signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column, Listing, list_page
from keyaccounts.common.pages import done, page_or_part, put_on
from keyaccounts.common.uploads import kept_file
from keyaccounts.exports.answers import listing_answer
from keyaccounts.people.models import Department

from .. import queries, rules
from ..actions.work import attach_document, create_work_item, edit_work_item, move_work_item
from ..choices import NEEDS_REASON, WORK_EDGES, WRITERS, ShownState, WorkState
from ..filters import WorkItemFilter
from ..forms import DocumentForm, MoveForm, WorkItemForm
from ..models import Campaign, WorkItem
from .common import campaign_of, edit_page, form_page, initial_of, try_once, writes

MOVE_LABELS = {
    WorkState.TODO: gettext_lazy("Back to not begun"),
    WorkState.DOING: gettext_lazy("Begin"),
    WorkState.DONE: gettext_lazy("Finish"),
    WorkState.CANCELLED: gettext_lazy("Cancel the work"),
}


def _move_label(before: str, after: str) -> Any:
    """What a move is called: what was done is opened again, not begun."""
    if (before, after) == (WorkState.DONE, WorkState.DOING):
        return gettext_lazy("Open the work again")
    return MOVE_LABELS[WorkState(after)]


def work_rows(shown: Campaign) -> Any:
    """The work of a campaign with all that a row shows."""
    return shown.work_items.select_related("owner", "phase", "campaign").prefetch_related(
        Prefetch("departments", queryset=Department.objects.order_by("pk"))
    )


def mark_shown(items: Any, today: Any) -> None:
    """Give each fetched item the state people see, its badge and who is responsible."""
    for item in items:
        shown = item.shown_on(today)
        item.shown, item.badge = shown, queries.BADGES[shown]
        item.late_days = (
            rules.days_late(item.due_on, item.done_on, today) if shown in ("overdue", "late_done") else 0
        )
        item.who = queries.responsible(item)


@signed_in
def work(request: HttpRequest, pk: int) -> HttpResponseBase:
    """工作安排 as a table (R43): filtered, sorted, exported."""
    shown, today = campaign_of(request, pk), clock.today()
    listing = Listing(
        request,
        key="work-items",
        queryset=work_rows(shown),
        filterset_class=WorkItemFilter,
        filter_kwargs={"campaign": shown, "on": today},
        columns=[
            Column("number", _("No."), sort="number", numeric=True, width=6),
            Column("due", _("Due"), sort="due_on", width=22),
            Column("content", _("Work"), sort="content", width=50),
            Column("responsible", _("Responsible"), width=24),
            Column("state", _("State"), sort="state", width=12),
            Column("done_on", _("Done on"), sort="done_on", width=13),
            Column("phase", _("Phase"), width=22),
            Column("note", _("Note"), width=30),
        ],
        default_sort="number",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=shown.name, values=lambda row: _exported(row, today))
    mark_shown(listing.page, today)
    context = {
        "campaign": shown,
        "heading": shown.name,
        "rows_part": "campaigns/_work_rows.html",
        "empty_text": _("The work of the plan appears here, with its dates and who is responsible."),
        "create_url": reverse("campaigns:work_item_new", args=[pk]) if writes(request) else "",
        "create_label": _("Add work"),
        "may_write": writes(request),
        "tab": "work",
    }
    return list_page(listing, page="campaigns/work.html", **context)


def _exported(row: WorkItem, today: Any) -> list[Any]:
    """One row of the Excel; what the plan does not state says 待确认."""
    doubtful = _("to be confirmed")
    due = row.due_text or row.due_on
    who = queries.responsible(row)
    return [
        row.number,
        f"{due}({doubtful})" if row.is_inferred("due_on") else due,
        row.content,
        f"{who}({doubtful})" if row.is_inferred("departments") else who,
        str(row.shown_on(today).label),
        row.done_on,
        row.phase.name if row.phase else "",
        row.note,
    ]


BOARD = (ShownState.OVERDUE, ShownState.TODO, ShownState.DOING, ShownState.DONE)


@signed_in
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The work as columns by state; a card moves by its buttons."""
    shown, today = campaign_of(request, pk), clock.today()
    items = list(work_rows(shown).exclude(state=WorkState.CANCELLED).order_by("due_on", "number"))
    mark_shown(items, today)
    mine = set(WorkItem.objects.tickable_by(request.user).filter(campaign=shown).values_list("pk", flat=True))
    for item in items:
        item.moves = _moves(item, quick=True) if item.pk in mine else []
    columns = [
        {
            "state": state,
            "badge": queries.BADGES[state],
            "items": [
                item
                for item in items
                if item.shown == state or (state == ShownState.DONE and item.shown == ShownState.LATE_DONE)
            ],
        }
        for state in BOARD
    ]
    context = {"campaign": shown, "columns": columns, "tab": "board", "may_write": writes(request)}
    return page_or_part(request, page="campaigns/board.html", part="campaigns/_board.html", context=context)


def _moves(item: WorkItem, *, quick: bool) -> list[dict[str, Any]]:
    """Where an item may go; ``quick`` leaves out the moves that want a reason."""
    return [
        {"to": state, "label": _move_label(item.state, state)}
        for state in WORK_EDGES[item.state]
        if not quick or ((item.state, state) not in NEEDS_REASON and state != WorkState.TODO)
    ]


@signed_in
def work_item(request: HttpRequest, pk: int) -> HttpResponse:
    return _work_item_page(request, pk)


def _work_item_page(request: HttpRequest, pk: int, *, move: Any = None, document: Any = None) -> HttpResponse:
    shown = get_object_or_404(
        WorkItem.objects.visible_to(request.user)
        .select_related("campaign", "phase", "owner")
        .prefetch_related("departments"),
        pk=pk,
    )
    today = clock.today()
    mark_shown([shown], today)
    may_move = WorkItem.objects.tickable_by(request.user).filter(pk=pk).exists()
    context = {
        "item": shown,
        "today": today,
        "hints": queries.hints(shown),
        "moves": _moves(shown, quick=False) if may_move else [],
        "reasons": {state for before, state in NEEDS_REASON if before == shown.state},
        "may_move": may_move,
        "may_write": writes(request),
        "move_form": move or MoveForm(initial={"done_on": today}),
        "document_form": document or DocumentForm(),
        "events": history(shown, limit=50),
    }
    refused = (move and move.errors) or (document and document.errors)
    return render(request, "campaigns/work_item.html", context, status=422 if refused else 200)


def _tickable(request: HttpRequest, pk: int) -> WorkItem:
    """The item, 404 out of sight, 403 when it is somebody else's to tick."""
    shown = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    if not WorkItem.objects.tickable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return shown


@signed_in
@require_POST
def work_item_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick: begin, done, back, cancel; from the board or the item's own page."""
    shown = _tickable(request, pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        if to not in WorkState.values:
            raise Http404
        if to == WorkState.CANCELLED and not writes(request):
            raise PermissionDenied
        try:
            move_work_item(
                shown,
                to=to,
                on=clock.today(),
                by=request.user,
                done_on=form.cleaned_data["done_on"] if to == WorkState.DONE else None,
                reason=form.cleaned_data["reason"],
            )
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            back = request.POST.get("back")
            url = (
                reverse("campaigns:board", args=[shown.campaign_id])
                if back == "board"
                else shown.get_absolute_url()
            )
            message = _("“%(work)s” is now: %(state)s.") % {
                "work": shown.content,
                "state": WorkState(to).label,
            }
            return done(request, url, message)
    return _work_item_page(request, pk, move=form)


@signed_in
@require_POST
def work_item_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload the document of a work item."""
    shown = _tickable(request, pk)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():

        def act() -> str:
            return attach_document(shown, file=form.cleaned_data["file"], by=request.user).get_absolute_url()

        if answer := try_once(request, form, act, _("The document is attached.")):
            return answer
    return _work_item_page(request, pk, document=form)


@signed_in
def work_item_document(request: HttpRequest, pk: int) -> FileResponse:
    """The document, as a download, to whoever sees the item."""
    shown = get_object_or_404(WorkItem.objects.visible_to(request.user).exclude(document=""), pk=pk)
    return kept_file(str(shown.document.name), name=shown.document_name)


WORK_FIELDS = ["content", "phase", "due_from", "due_on", "due_text", "owner", "note", "version"]


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def work_item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(WorkItem.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    initial = initial_of(shown, WORK_FIELDS) | {"departments": list(shown.departments.all())}
    form = WorkItemForm(request.POST or None, campaign=shown.campaign, initial=initial)
    return edit_page(request, form, shown, edit_work_item, heading=_("Edit the work item"))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def work_item_new(request: HttpRequest, pk: int) -> HttpResponse:
    shown = campaign_of(request, pk)
    form = WorkItemForm(request.POST or None, campaign=shown, initial={"phase": request.GET.get("phase", "")})
    if form.is_valid():

        def act() -> str:
            return create_work_item(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := try_once(request, form, act):
            return answer
    return form_page(
        request,
        form,
        heading=_("Add work"),
        cancel_url=reverse("campaigns:work", args=[pk]),
        draft_key=f"work-new-{pk}",
    )
