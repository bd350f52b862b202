"""Pages of campaigns: every round, one round, begun and closed, what waits for 确认, targets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import requires, signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column, Listing, list_page
from keyaccounts.common.pages import done

from .. import queries, rules
from ..actions.campaigns import activate, close, confirm_inferred, create_campaign, edit_campaign, set_targets
from ..actions.rounds import start_from_template, start_next_round
from ..choices import WRITERS, WorkState
from ..filters import CampaignFilter
from ..forms import CampaignForm, NextRoundForm, TargetsForm, TemplateForm
from ..models import Campaign
from .common import campaign_of, edit_page, form_page, initial_of, try_once, writes


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
        "heading": _("Campaigns"),
        "rows_part": "campaigns/_campaign_rows.html",
        "empty_text": _("Rounds of the plan appear here. Begin with the plan as it was written."),
        "create_url": reverse("campaigns:campaign_from_plan") if writes(request) else "",
        "create_label": _("Start from the plan"),
        "can_export": False,
        "may_write": writes(request),
    }
    return list_page(listing, page="campaigns/campaign_list.html", **context)


@signed_in
def current(request: HttpRequest) -> HttpResponse:
    """The running campaign, or the list when none runs."""
    running = Campaign.objects.current()
    return redirect(running.get_absolute_url() if running else reverse("campaigns:campaigns"))


@signed_in
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: its picture, its phases, its targets, what waits for 确认."""
    shown, today = campaign_of(request, pk), clock.today()
    context = {
        "campaign": shown,
        "today": today,
        "picture": queries.timeline(shown, on=today),
        "phases": queries.phase_cards(shown, on=today),
        "overdue": shown.work_items.overdue(on=today).count(),  # type: ignore[attr-defined]
        "targets": shown.targets.order_by("pk"),
        "guesses": queries.guesses(shown),
        "festival": queries.next_festival(today),
        "may_write": writes(request),
        "events": history(shown, limit=20),
        "tab": "picture",
    }
    return render(request, "campaigns/campaign.html", context)


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial={"owner": request.user.pk})
    if form.is_valid():

        def act() -> str:
            return create_campaign(by=request.user, **form.facts()).get_absolute_url()

        if answer := try_once(request, form, act):
            return answer
    return form_page(
        request,
        form,
        heading=_("New campaign"),
        cancel_url=reverse("campaigns:campaigns"),
        draft_key="campaign-new",
    )


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_from_plan(request: HttpRequest) -> HttpResponse:
    """Draw up a campaign from the plan as it was written."""
    form = TemplateForm(
        request.POST or None, initial={"name": _("Key-account channel plan"), "starts_on": clock.today()}
    )
    if form.is_valid():

        def act() -> str:
            return start_from_template(by=request.user, **form.facts()).get_absolute_url()

        message = _("Drawn up with 3 phases and 14 work items. Check the deduced values, then start it.")
        if answer := try_once(request, form, act, message):
            return answer
    return form_page(
        request,
        form,
        heading=_("Start from the plan"),
        submit_label=_("Draw up"),
        cancel_url=reverse("campaigns:campaigns"),
    )


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = campaign_of(request, pk)
    names = ["name", "goal", "venue", "starts_on", "ends_on", "owner", "version"]
    form = CampaignForm(request.POST or None, initial=initial_of(shown, names))
    return edit_page(request, form, shown, edit_campaign, heading=_("Edit the campaign"))


@requires(*WRITERS)
@require_POST
def campaign_start(request: HttpRequest, pk: int) -> HttpResponse:
    return _move_campaign(
        request, pk, activate, _("The campaign is running. Reminders start tomorrow morning.")
    )


@requires(*WRITERS)
@require_POST
def campaign_close(request: HttpRequest, pk: int) -> HttpResponse:
    return _move_campaign(request, pk, close, _("The campaign is closed."))


def _move_campaign(request: HttpRequest, pk: int, act: Any, message: str) -> HttpResponse:
    shown = campaign_of(request, pk)
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
    shown = campaign_of(request, pk)
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
            return start_next_round(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := try_once(request, form, act, _("The next round is drawn up. Check it, then start it.")):
            return answer
    return form_page(
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
    shown = campaign_of(request, pk)
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
        count = confirm_inferred(shown, by=request.user, row=row, field=field)
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
    shown = campaign_of(request, pk)
    form = TargetsForm(request.POST or None, campaign=shown)
    if form.is_valid():
        set_targets(shown, counts=form.counts, by=request.user)
        return done(request, shown.get_absolute_url(), _("Saved."))
    return form_page(request, form, heading=_("Targets"), cancel_url=shown.get_absolute_url())
