"""拜访计划: one's own for the coming week, those of the team, plan against actual."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, refused
from keyaccounts.common.roles import Role
from keyaccounts.common.templatetags.show import moment
from keyaccounts.exports.answers import listing_answer
from visits.actions.plans import decide_plan, readers_of, submit_plan
from visits.exports import plan_columns, plan_values
from visits.filters import PlanFilter
from visits.forms.plans import PlanForm
from visits.models import PlanRevision, PlanRule, Visit, VisitPlan
from visits.models.plans import PLAN_READERS, PLANNERS
from visits.planning.periods import (
    Period,
    Slot,
    current_and_next,
    in_sight,
    owed_by,
    planners,
)
from visits.planning.progress import Progress, progress_of
from visits.planning.proposals import beginning, by_day
from visits.settings import plan_rule

SALES = (Role.REP, Role.LEAD, Role.DIRECTOR)
EARLIER = 8


@requires(*PLANNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def my_plan(request: HttpRequest) -> HttpResponse:
    """下周计划: what is arranged, what is proposed with a chip a day, a remark; handed in with one button."""
    now, today, rule = clock.now(), clock.today(), plan_rule()
    period = _asked_period(request, rule)
    plan = VisitPlan.objects.filter(
        requested_by=request.user.pk, span=period.span, first_on=period.first_on
    ).first()
    if plan is not None and plan.state == RequestState.APPROVED:
        return redirect(plan)
    shown = beginning(request.user, period, on=today)
    latest = plan.revisions.prefetch_related("lines").first() if plan else None
    form = PlanForm(
        request.POST or None,
        beginning=shown,
        period=period,
        on=today,
        so_far=_slots_of(latest) if latest else None,
        initial={"remark": latest.remark if latest else "", "version": plan.version if plan else None},
    )

    def act() -> str:
        handed_in = submit_plan(
            period,
            proposed=form.proposed(),
            dated=form.dated(),
            remark=form.cleaned_data["remark"],
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data["version"],
        )
        return handed_in.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Plan handed in."),
        page="visits/my_plan.html",
        part="visits/my_plan.html",
        context={
            "period": period,
            "periods": current_and_next(at=now, rule=rule),
            "plan": plan,
            "beginning": shown,
            "days": by_day(shown.arranged, period),
            "is_late": period.due_at <= now,
            "now": now,
            "today": today,
            "readers": readers_of(request.user),
            "others": _plans_of(request.user, but=plan),
        },
    )


def _asked_period(request: HttpRequest, rule: PlanRule) -> Period:
    """The period of the address, if one can still plan it; else the week to come, until its plan is asked for the one
    that is owed for this week."""
    now = clock.now()
    asked, periods = request.GET.get("period", ""), current_and_next(at=now, rule=rule)
    for period in periods:
        if period.code == asked:
            return period
    if in_sight(at=now, rule=rule) == periods[0] and any(
        owed.period == periods[0] for owed in owed_by(request.user, at=now, rule=rule)
    ):
        return periods[0]
    return periods[1]


def _slots_of(revision: PlanRevision) -> dict[int, Slot]:
    return {line.visit_id: Slot(line.from_on, line.until_on) for line in revision.lines.all()}


def _plans_of(person: Any, *, but: VisitPlan | None) -> list[VisitPlan]:
    rows = VisitPlan.objects.filter(requested_by=person).order_by("-first_on", "span")
    return list((rows.exclude(pk=but.pk) if but else rows)[:EARLIER])


@requires(*SALES)
@require_safe
def visit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan against what happened: each line as planned and as it is, and what came in addition."""
    plan = get_object_or_404(
        VisitPlan.objects.visible_to(request.user).select_related("requested_by", "decided_by"), pk=pk
    )
    person, now = plan.requested_by, clock.now()
    period = Period(plan.span, plan.first_on, plan.last_on, plan.due_at)
    progress = progress_of([plan], period, people=[person.pk], at=now)[person.pk]
    shown = [row.visit.pk for row in progress.lines] + [visit.pk for visit in progress.outside]
    revisions = list(plan.revisions.prefetch_related("lines"))
    may_decide = VisitPlan.objects.decidable_by(request.user).filter(pk=pk).exists()
    context = {
        "plan": plan,
        "period": period,
        "progress": progress,
        "latest": revisions[0] if revisions else None,
        "earlier": revisions[1:],
        "open_to_me": set(
            Visit.objects.visible_to(request.user).filter(pk__in=shown).values_list("pk", flat=True)
        ),
        "is_own": person == request.user,
        "may_change": person == request.user and plan.state != RequestState.APPROVED and period.ends_at > now,
        "may_decide": may_decide,
        "decide_url": plan.decide_url,
        "now": now,
        "others": _plans_of(person, but=plan),
        # The acts say it in the words of plans; the states are those of requests.
        "events": [replace(event, from_state="", to_state="") for event in history(plan, limit=20)],
    }
    return render(request, "visits/visit_plan.html", context)


@requires(*PLAN_READERS)
@require_POST
def visit_plan_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """已阅 or 批准, or back with the reason."""
    plan = get_object_or_404(VisitPlan.objects.visible_to(request.user), pk=pk)
    if plan.requested_by_id == request.user.pk:
        raise PermissionDenied
    back = {"approvals": reverse("dashboard:approvals"), "plans": _list_of(plan)}.get(
        request.POST.get("back", ""), plan.get_absolute_url()
    )
    form = DecisionForm(request.POST)
    if not form.is_valid() or form.state not in (RequestState.APPROVED, RequestState.RETURNED):
        return refused(request, back, RuleViolation(_("Say whether it is read or goes back.")))
    try:
        decide_plan(
            plan,
            form.state,
            note=form.cleaned_data["note"],
            revision=_number(request.GET.get("revision", "")),
            by=request.user,
            at=clock.now(),
        )
    except RuleViolation as violation:
        return refused(request, back, violation)
    if plan.state == RequestState.RETURNED:
        return done(request, back, _("Returned: %(who)s has been told why.") % {"who": plan.requested_by})
    return done(request, back, _("Plan approved.") if plan.needs_approval else _("Plan marked as read."))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _list_of(plan: VisitPlan) -> str:
    return f"{reverse('visits:plans')}?period={plan.span}-{plan.first_on.isoformat()}"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One person in the list of plans."""

    plan: VisitPlan | None
    progress: Progress
    is_late: bool


@requires(*PLAN_READERS)
@require_safe
def plans(request: HttpRequest) -> HttpResponseBase:
    """The team's plans for a week: handed in, missing, late, and how they stand."""
    now, rule = clock.now(), plan_rule()
    listing = Listing(
        request,
        key="plans",
        queryset=planners(request.user),
        filterset_class=PlanFilter,
        columns=plan_columns(),
        default_sort="person",
        filter_kwargs={"at": now, "rule": rule},
    )
    period = listing.filterset.period
    if request.GET.get("export") == "xlsx":
        board = _board(listing.rows, period, at=now)
        return listing_answer(
            request,
            listing,
            title=_("Visit plans %(period)s") % {"period": period.title},
            values=lambda person: plan_values(person, board[person.pk]),
        )
    board = _board(listing.page, period, at=now)
    for person in listing.page:
        person.board = board[person.pk]
    context = {
        "rows_part": "visits/_plan_rows.html",
        "heading": _("Visit plans"),
        "list_note": _("%(period)s · due by %(due)s")
        % {"period": period.title, "due": moment(period.due_at)},
        "period": period,
        "now": now,
        "to_decide": set(
            VisitPlan.objects.decidable_by(request.user)
            .filter(span=period.span, first_on=period.first_on)
            .values_list("pk", flat=True)
        ),
        "empty_text": _("Nobody whose plans you read. A lead reads those of the team."),
    }
    return list_page(listing, **context)


def _board(people: Iterable[Any], period: Period, *, at: Any) -> dict[int, BoardRow]:
    """The plans of these people for a period and how they stand."""
    people = list(people)
    plans = {
        plan.requested_by_id: plan
        for plan in VisitPlan.objects.filter(pk__in=[person.plan_pk for person in people if person.plan_pk])
    }
    progress = progress_of(plans.values(), period, people=[person.pk for person in people], at=at)
    return {
        person.pk: BoardRow(
            plans.get(person.pk),
            progress[person.pk],
            is_late=plans[person.pk].came_late
            if person.pk in plans
            else period.is_expected and period.due_at <= at and person.date_joined < period.due_at,
        )
        for person in people
    }
