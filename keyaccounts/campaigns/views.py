"""Pages of the plan: campaigns, the picture, the board, the table, phases and work items."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from keyaccounts.audit.actions import once
from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import requires, signed_in
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.forms import side_by_side
from keyaccounts.common.listing import Column, Listing
from keyaccounts.common.pages import done, page_or_part, put_on
from keyaccounts.exports.answers import listing_answer
from keyaccounts.people.models import Department

from . import actions, queries, rules
from .choices import NEEDS_REASON, WORK_EDGES, WRITERS, ShownState, WorkState
from .filters import CampaignFilter, WorkItemFilter
from .forms import (
    CampaignForm,
    DocumentForm,
    MoveForm,
    NextRoundForm,
    PhaseForm,
    TargetsForm,
    TemplateForm,
    WorkItemForm,
)
from .models import Campaign, Phase, WorkItem

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


def _campaign(request: HttpRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)


def _writes(request: HttpRequest) -> bool:
    return request.user.has_role(*WRITERS)  # type: ignore[union-attr]


def _form_page(
    request: HttpRequest, form: Any, *, heading: str, cancel_url: str, submit_label: str = "", **more: Any
) -> HttpResponse:
    """A form page, or the form alone under htmx; 422 when it was refused."""
    context = {
        "form": form,
        "heading": heading,
        "cancel_url": cancel_url,
        "submit_label": submit_label or _("Save"),
        "draft_key": more.pop("draft_key", ""),
        **more,
    }
    return page_or_part(
        request,
        page="components/form_page.html",
        part="components/_form.html",
        context=context,
        status=422 if form.errors else 200,
    )


def _stored(form: Any, row: Any) -> dict[str, Any]:
    """What the database holds for the fields of an edit form."""
    values = {name: getattr(row, name) for name in form.facts()}
    return {name: value.all() if hasattr(value, "all") else value for name, value in values.items()}


# -- campaigns ------------------------------------------------------------------------------
@signed_in
def campaigns(request: HttpRequest) -> HttpResponse:
    """Every round of the plan."""
    listing = Listing(
        request,
        key="campaigns",
        queryset=Campaign.objects.visible_to(request.user)
        .select_related("owner", "previous")
        .annotate(
            work_count=Count("work_items", filter=~Q(work_items__state=WorkState.CANCELLED)),
            work_done=Count("work_items", filter=Q(work_items__state=WorkState.DONE)),
        ),
        filterset_class=CampaignFilter,
        columns=[
            Column("name", _("Name"), sort="name"),
            Column("state", _("State"), sort="state"),
            Column("starts_on", _("Starts on"), sort="starts_on"),
            Column("ends_on", _("Ends on"), sort="ends_on"),
            Column("work", _("Work done"), numeric=True),
            Column("owner", _("Owner")),
        ],
        default_sort="-starts_on",
    )
    context = {
        "listing": listing,
        "heading": _("Campaigns"),
        "rows_part": "campaigns/_campaign_rows.html",
        "empty_text": _("Rounds of the plan appear here. Begin with the plan as it was written."),
        "create_url": reverse("campaigns:campaign_from_plan") if _writes(request) else "",
        "create_label": _("Start from the plan"),
        "can_export": False,
        "may_write": _writes(request),
    }
    return page_or_part(
        request, page="campaigns/campaign_list.html", part="components/_list.html", context=context
    )


@signed_in
def current(request: HttpRequest) -> HttpResponse:
    """The running campaign, or the list when none runs."""
    running = Campaign.objects.current()
    return redirect(running.get_absolute_url() if running else reverse("campaigns:campaigns"))


@signed_in
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: its picture, its phases, its targets, what waits for 确认."""
    shown, today = _campaign(request, pk), clock.today()
    context = {
        "campaign": shown,
        "today": today,
        "picture": queries.timeline(shown, on=today),
        "phases": queries.phase_cards(shown, on=today),
        "overdue": shown.work_items.overdue(on=today).count(),  # type: ignore[attr-defined]
        "targets": shown.targets.order_by("pk"),
        "guesses": queries.guesses(shown),
        "festival": queries.next_festival(today),
        "may_write": _writes(request),
        "events": history(shown, limit=20),
        "tab": "picture",
    }
    return render(request, "campaigns/campaign.html", context)


def _campaign_initial(row: Any, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial={"owner": request.user.pk})
    if form.is_valid():

        def act() -> str:
            return actions.create_campaign(by=request.user, **form.facts()).get_absolute_url()

        if answer := _try(request, form, act):
            return answer
    return _form_page(
        request,
        form,
        heading=_("New campaign"),
        cancel_url=reverse("campaigns:campaigns"),
        draft_key="campaign-new",
    )


def _try(request: HttpRequest, form: Any, act: Any, message: str = "") -> HttpResponse | None:
    """Run the act once per submission; a refusal lands on the form."""
    try:
        url = once(form.cleaned_data["submission_key"], by=request.user, act=act)
    except RuleViolation as violation:
        put_on(form, violation)
        return None
    return done(request, url, message or _("Saved."))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_from_plan(request: HttpRequest) -> HttpResponse:
    """Draw up a campaign from the plan as it was written."""
    form = TemplateForm(
        request.POST or None, initial={"name": _("Key-account channel plan"), "starts_on": clock.today()}
    )
    if form.is_valid():

        def act() -> str:
            return actions.start_from_template(by=request.user, **form.facts()).get_absolute_url()

        message = _("Drawn up with 3 phases and 14 work items. Check the deduced values, then start it.")
        if answer := _try(request, form, act, message):
            return answer
    return _form_page(
        request,
        form,
        heading=_("Start from the plan"),
        submit_label=_("Draw up"),
        cancel_url=reverse("campaigns:campaigns"),
    )


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _campaign(request, pk)
    names = ["name", "goal", "venue", "starts_on", "ends_on", "owner", "version"]
    form = CampaignForm(request.POST or None, initial=_campaign_initial(shown, names))
    return _edit(request, form, shown, actions.edit_campaign, heading=_("Edit the campaign"))


def _edit(request: HttpRequest, form: Any, row: Any, act: Any, *, heading: str) -> HttpResponse:
    """The edit pattern: one action with the version the form was opened with."""
    stale: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            saved = act(row, version=form.cleaned_data["version"], by=request.user, **form.facts())
        except StaleEdit as violation:
            put_on(form, violation)
            current = violation.current
            stale = side_by_side(form, _stored(form, current), version=current.version)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, saved.get_absolute_url(), _("Saved."))
    return _form_page(
        request,
        form,
        heading=heading,
        cancel_url=row.get_absolute_url(),
        stale=stale,
        draft_key=f"{row._meta.model_name}-{row.pk}",
    )


@requires(*WRITERS)
@require_POST
def campaign_start(request: HttpRequest, pk: int) -> HttpResponse:
    return _move_campaign(
        request, pk, actions.activate, _("The campaign is running. Reminders start tomorrow morning.")
    )


@requires(*WRITERS)
@require_POST
def campaign_close(request: HttpRequest, pk: int) -> HttpResponse:
    return _move_campaign(request, pk, actions.close, _("The campaign is closed."))


def _move_campaign(request: HttpRequest, pk: int, act: Any, message: str) -> HttpResponse:
    shown = _campaign(request, pk)
    try:
        act(shown, by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, shown.get_absolute_url())
    return done(request, shown.get_absolute_url(), message)


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def next_round(request: HttpRequest, pk: int) -> HttpResponse:
    """A new round from this one with its dates moved (R42)."""
    shown = _campaign(request, pk)
    earliest = max(clock.today(), (shown.ends_on or shown.starts_on) + timedelta(days=1))
    weeks = rules.whole_weeks((earliest - shown.starts_on).days)
    suggested = shown.starts_on + timedelta(days=weeks if weeks > 0 else 7)
    form = NextRoundForm(
        request.POST or None,
        initial={"name": shown.name, "starts_on": suggested},
        suggestion=_("Moved by whole weeks every date keeps its weekday. Every date moves by the same days."),
    )
    if form.is_valid():

        def act() -> str:
            return actions.start_next_round(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := _try(request, form, act, _("The next round is drawn up. Check it, then start it.")):
            return answer
    return _form_page(
        request,
        form,
        heading=_("Start the next round"),
        submit_label=_("Draw up"),
        cancel_url=shown.get_absolute_url(),
    )


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm values deduced from the plan, one by one or all (requirements 1.0)."""
    shown = _campaign(request, pk)
    if request.method == "POST":
        row = None
        kind, field = request.POST.get("kind", ""), request.POST.get("field") or None
        if kind:
            rows: dict[str, Any] = {
                "campaign": Campaign.objects.filter(pk=shown.pk),
                "phase": shown.phases,
                "work": shown.work_items,
                "target": shown.targets,
            }
            row_pk = request.POST.get("row", "")
            if kind not in rows or not row_pk.isdecimal():
                raise Http404
            row = get_object_or_404(rows[kind], pk=int(row_pk))
        count = actions.confirm_inferred(shown, by=request.user, row=row, field=field)
        shown.refresh_from_db()
        left = queries.guesses(shown)
        url = reverse("campaigns:confirm", args=[pk]) if left else shown.get_absolute_url()
        message = _("%(count)s values confirmed.") % {"count": count} if count else _("Already confirmed.")
        return done(request, url, message)
    return render(request, "campaigns/confirm.html", {"campaign": shown, "guesses": queries.guesses(shown)})


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def targets(request: HttpRequest, pk: int) -> HttpResponse:
    """How many organisations of each type are wanted (R15)."""
    shown = _campaign(request, pk)
    form = TargetsForm(request.POST or None, campaign=shown)
    if form.is_valid():
        actions.set_targets(shown, counts=form.counts, by=request.user)
        return done(request, shown.get_absolute_url(), _("Saved."))
    return _form_page(request, form, heading=_("Targets"), cancel_url=shown.get_absolute_url())


# -- phases -----------------------------------------------------------------------------------
@signed_in
def phase(request: HttpRequest, pk: int) -> HttpResponse:
    """One phase: days left, goals, its work, targets with counts reached."""
    shown = get_object_or_404(Phase.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    today = clock.today()
    card = next(c for c in queries.phase_cards(shown.campaign, on=today) if c.phase.pk == shown.pk)
    context = {
        "phase": shown,
        "card": card,
        "today": today,
        "items": _work_rows(shown.campaign).filter(phase=shown).order_by("number"),
        "targets": shown.campaign.targets.order_by("pk"),
        "may_write": _writes(request),
        "events": history(shown, limit=20),
    }
    _mark_shown(context["items"], today)
    return render(request, "campaigns/phase.html", context)


PHASE_FIELDS = ["number", "name", "starts_on", "ends_on", "shown_until", "goal", "version"]


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def phase_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Phase.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    form = PhaseForm(request.POST or None, initial=_campaign_initial(shown, PHASE_FIELDS))
    return _edit(request, form, shown, actions.edit_phase, heading=_("Edit the phase"))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def phase_new(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _campaign(request, pk)
    last = shown.phases.order_by("-number").values_list("number", flat=True).first() or 0
    form = PhaseForm(request.POST or None, initial={"number": last + 1})
    if form.is_valid():

        def act() -> str:
            return actions.create_phase(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := _try(request, form, act):
            return answer
    return _form_page(
        request,
        form,
        heading=_("New phase"),
        cancel_url=shown.get_absolute_url(),
        draft_key=f"phase-new-{pk}",
    )


# -- work items ---------------------------------------------------------------------------------
def _work_rows(shown: Campaign) -> Any:
    return shown.work_items.select_related("owner", "phase", "campaign").prefetch_related(
        Prefetch("departments", queryset=Department.objects.order_by("pk"))
    )


def _mark_shown(items: Any, today: Any) -> None:
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
    shown, today = _campaign(request, pk), clock.today()
    listing = Listing(
        request,
        key="work-items",
        queryset=_work_rows(shown),
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
    _mark_shown(listing.page, today)
    context = {
        "campaign": shown,
        "listing": listing,
        "heading": shown.name,
        "rows_part": "campaigns/_work_rows.html",
        "empty_text": _("The work of the plan appears here, with its dates and who is responsible."),
        "create_url": reverse("campaigns:work_item_new", args=[pk]) if _writes(request) else "",
        "create_label": _("Add work"),
        "may_write": _writes(request),
        "tab": "work",
    }
    return page_or_part(request, page="campaigns/work.html", part="components/_list.html", context=context)


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
    shown, today = _campaign(request, pk), clock.today()
    items = list(_work_rows(shown).exclude(state=WorkState.CANCELLED).order_by("due_on", "number"))
    _mark_shown(items, today)
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
    context = {"campaign": shown, "columns": columns, "tab": "board", "may_write": _writes(request)}
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
    _mark_shown([shown], today)
    may_move = WorkItem.objects.tickable_by(request.user).filter(pk=pk).exists()
    context = {
        "item": shown,
        "today": today,
        "hints": queries.hints(shown),
        "moves": _moves(shown, quick=False) if may_move else [],
        "reasons": {state for before, state in NEEDS_REASON if before == shown.state},
        "may_move": may_move,
        "may_write": _writes(request),
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
        if to == WorkState.CANCELLED and not _writes(request):
            raise PermissionDenied
        try:
            actions.move_work_item(
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
            return actions.attach_document(
                shown, file=form.cleaned_data["file"], by=request.user
            ).get_absolute_url()

        if answer := _try(request, form, act, _("The document is attached.")):
            return answer
    return _work_item_page(request, pk, document=form)


@signed_in
def work_item_document(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The document, as a download, to whoever sees the item."""
    shown = get_object_or_404(WorkItem.objects.visible_to(request.user).exclude(document=""), pk=pk)
    if not shown.document.storage.exists(shown.document.name):  # type: ignore[arg-type]
        raise Http404
    return FileResponse(shown.document.open("rb"), as_attachment=True, filename=shown.document_name)


WORK_FIELDS = ["content", "phase", "due_from", "due_on", "due_text", "owner", "note", "version"]


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def work_item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(WorkItem.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    initial = _campaign_initial(shown, WORK_FIELDS) | {"departments": list(shown.departments.all())}
    form = WorkItemForm(request.POST or None, campaign=shown.campaign, initial=initial)
    return _edit(request, form, shown, actions.edit_work_item, heading=_("Edit the work item"))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def work_item_new(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _campaign(request, pk)
    form = WorkItemForm(request.POST or None, campaign=shown, initial={"phase": request.GET.get("phase", "")})
    if form.is_valid():

        def act() -> str:
            return actions.create_work_item(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := _try(request, form, act):
            return answer
    return _form_page(
        request,
        form,
        heading=_("Add work"),
        cancel_url=reverse("campaigns:work", args=[pk]),
        draft_key=f"work-new-{pk}",
    )
