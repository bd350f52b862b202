"""Pages of 综合评估, the ranking and the priority list (R27–R28)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook

from accounts.actions.evaluations import (
    decide_priority_list,
    evaluate,
    review_evaluation,
    submit_priority_list,
)
from accounts.choices import EvaluationState, PriorityListState, Stage
from accounts.documents import minutes_pdf, minutes_title
from accounts.evaluating import factor_rows, suggestions
from accounts.filters import RankingFilter
from accounts.forms.evaluations import EvaluationForm
from accounts.models import Evaluation, Organisation, PriorityEntry, PriorityList
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common import clock
from keyaccounts.common.access import requires, signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column, Listing, list_page
from keyaccounts.common.pages import done
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.exports.answers import listing_answer, workbook_answer
from keyaccounts.exports.opening import Progress

SALES = (Role.REP, Role.LEAD, Role.DIRECTOR)
READERS = (*SALES, Role.MARKETING)


@requires(*SALES)
@require_http_methods(["GET", "POST"])
def evaluation_new(request: HttpRequest, organisation_pk: int) -> HttpResponse:
    """Score an organisation, beginning with what its facts suggest."""
    shown = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_pk)
    if not Organisation.objects.workable_by(request.user).filter(pk=shown.pk).exists():
        raise PermissionDenied
    context: dict[str, Any] = {
        "heading": _("Evaluate %(name)s") % {"name": shown.name},
        "submit_label": _("Save the evaluation"),
        "cancel_url": shown.get_absolute_url(),
        "draft_key": f"evaluation-{shown.pk}",
        "organisation": shown,
    }
    try:
        suggested = suggestions(shown)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, shown.get_absolute_url())
    form = EvaluationForm(request.POST if request.method == "POST" else None, suggestions=suggested)

    def act() -> str:
        now = clock.now()
        evaluation = evaluate(
            shown,
            scores=form.scores,
            note=form.cleaned_data["note"],
            on=now.date(),
            at=now,
            by=request.user,
        )
        return evaluation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Evaluated."),
        page="accounts/evaluation_form.html",
        context=context,
    )


@requires(*READERS)
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation: range, completeness, what each point rests on, and the ones before it."""
    shown = get_object_or_404(
        Evaluation.objects.visible_to(request.user).select_related(
            "organisation", "policy", "evaluated_by", "reviewed_by"
        ),
        pk=pk,
    )
    user = request.user
    context = {
        "evaluation": shown,
        "rows": factor_rows(shown),
        "earlier": shown.organisation.evaluations.exclude(pk=pk).select_related("evaluated_by", "policy")[
            :50
        ],
        "may_review": user.has_role(Role.DIRECTOR)  # type: ignore[union-attr]
        and shown.state == EvaluationState.DRAFT
        and shown.evaluated_by_id != user.pk,
        "may_evaluate": Organisation.objects.workable_by(user).filter(pk=shown.organisation_id).exists(),
        "events": history(shown, limit=20),
    }
    return render(request, "accounts/evaluation.html", context)


@requires(Role.DIRECTOR)
@require_POST
def evaluation_review(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Evaluation.objects.visible_to(request.user), pk=pk)
    try:
        review_evaluation(shown, at=clock.now(), by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, shown.get_absolute_url())
    return done(request, shown.get_absolute_url(), _("Reviewed."))


@requires(*READERS)
def ranking(request: HttpRequest) -> HttpResponseBase:
    """Evaluated organisations by points; tick and submit for approval (R28)."""
    at_work = Q(organisation__stage__in=[Stage.PARKED, Stage.DROPPED])
    listing = Listing(
        request,
        key="ranking",
        queryset=Evaluation.objects.visible_to(request.user)
        .current()
        .exclude(at_work)
        .select_related("organisation__owner", "evaluated_by"),
        filterset_class=RankingFilter,
        columns=[
            Column("tick", _("Tick")),
            Column("name", _("Organisation"), sort="organisation__name", width=34),
            Column("points", _("Points"), sort="total_low", numeric=True, width=12),
            Column("grade", _("Grade"), sort="grade", width=8),
            Column("completeness", _("Completeness"), sort="completeness", numeric=True, width=10),
            Column("state", _("Review"), sort="state", width=10),
            Column("stage", _("Stage"), width=12),
            Column("owner", _("Owner"), width=10),
            Column("evaluated_on", _("Evaluated on"), sort="evaluated_on", width=13),
        ],
        default_sort="-points",
        # Ticks count for the rows of one page: it holds what a meeting looks through.
        page_size=200,
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Evaluation ranking"), values=_ranked)
    campaign = Campaign.objects.current()
    user = request.user
    context = {
        "heading": _("Evaluation ranking"),
        "rows_part": "accounts/_ranking_rows.html",
        "empty_text": _("Evaluated organisations appear here, ranked by points. Evaluate one from its page."),
        "may_submit": user.has_role(*SALES) and campaign is not None,  # type: ignore[union-attr]
        "unevaluated": Organisation.objects.workable_by(user).at_work().filter(grade="").count(),
        "again": Organisation.objects.workable_by(user).at_work().filter(needs_evaluation=True).count(),
        "waiting": PriorityList.objects.visible_to(user).filter(state=PriorityListState.SUBMITTED),
    }
    return list_page(listing, page="accounts/ranking.html", **context)


def _ranked(row: Evaluation) -> list[Any]:
    points = f"{row.total_low}" + (f"–{row.total_high}" if row.total_high != row.total_low else "")
    return [
        _("priority") if row.organisation.is_priority else "",
        row.organisation.name,
        points if row.total_high != row.total_low else row.total_low,
        row.grade,
        row.completeness,
        row.get_state_display(),
        row.organisation.get_stage_display(),
        str(row.organisation.owner or ""),
        row.evaluated_on,
    ]


@requires(*SALES)
@require_POST
def priority_submit(request: HttpRequest) -> HttpResponse:
    """Submit what is ticked on the ranking."""
    ticked = [int(value) for value in request.POST.getlist("organisation") if value.isdecimal()]
    chosen = Organisation.objects.workable_by(request.user).filter(pk__in=ticked)
    campaign = Campaign.objects.current()
    try:
        if campaign is None:
            raise RuleViolation(_("No campaign is running: start one first."))
        minutes = submit_priority_list(campaign, chosen=chosen, at=clock.now(), by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, reverse("accounts:ranking"))
    return done(request, minutes.get_absolute_url(), _("Submitted to the director."))


@requires(*READERS)
def priority_lists(request: HttpRequest) -> HttpResponse:
    """Every priority list this person may see, newest first."""
    rows = (
        PriorityList.objects.visible_to(request.user)
        .select_related("campaign", "submitted_by", "decided_by")
        .annotate(chosen=Count("entries", filter=Q(entries__is_chosen=True)))[:200]
    )
    return render(request, "accounts/priority_lists.html", {"rows": rows})


@requires(*READERS)
def priority_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: its entries as they were, the minutes, the director's decision."""
    return _priority_page(request, pk)


def _priority_page(request: HttpRequest, pk: int, *, error: str = "") -> HttpResponse:
    shown = get_object_or_404(
        PriorityList.objects.visible_to(request.user).select_related(
            "campaign", "submitted_by", "decided_by"
        ),
        pk=pk,
    )
    user = request.user
    entries = _entries(shown, user)
    context = {
        "minutes": shown,
        "entries": entries,
        "chosen": sum(entry.is_chosen for entry in entries),
        "may_decide": user.has_role(Role.DIRECTOR)  # type: ignore[union-attr]
        and shown.state == PriorityListState.SUBMITTED
        and shown.submitted_by_id != user.pk,
        "sees_text": user.has_role(Role.DIRECTOR, Role.MARKETING) or shown.submitted_by_id == user.pk,  # type: ignore[union-attr]
        "error": error,
        "events": history(shown, limit=20),
    }
    return render(request, "accounts/priority_list.html", context, status=422 if error else 200)


def _entries(shown: PriorityList, user: Any) -> QuerySet[PriorityEntry]:
    """All of it for who submits and decides; of others' lists only one's own organisations."""
    entries = shown.entries.select_related("organisation__owner").order_by("rank")
    if not user.has_role(Role.DIRECTOR, Role.MARKETING) and shown.submitted_by_id != user.pk:
        entries = entries.filter(organisation__in=Organisation.objects.visible_to(user))
    return entries


@requires(*READERS)
@require_safe
def priority_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The list on paper, with lines to sign on."""
    shown = get_object_or_404(
        PriorityList.objects.visible_to(request.user).select_related(
            "campaign", "submitted_by", "decided_by"
        ),
        pk=pk,
    )
    content = minutes_pdf(
        shown, list(_entries(shown, request.user)), printed_by=request.user, printed_at=clock.now()
    )
    return pdf_response(content, filename=f"{minutes_title(shown)}.pdf")


@requires(*READERS)
@require_safe
def priority_excel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The list as a workbook."""
    shown = get_object_or_404(PriorityList.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    entries = _entries(shown, request.user)

    def write(book: Workbook, progress: Progress) -> None:
        write_sheet(
            book,
            title=minutes_title(shown),
            columns=[
                Column("rank", _("Rank"), numeric=True, width=8),
                Column("name", _("Organisation"), width=34),
                Column("low", _("Points"), numeric=True, width=10),
                Column("high", _("Points at most"), numeric=True, width=12),
                Column("grade", _("Grade"), width=8),
                Column("owner", _("Owner"), width=12),
                Column("chosen", _("Chosen"), width=8),
            ],
            rows=(
                [
                    entry.rank,
                    entry.organisation.name,
                    entry.total_low,
                    entry.total_high,
                    entry.grade,
                    str(entry.organisation.owner or ""),
                    _("Yes") if entry.is_chosen else "",
                ]
                for entry in entries.iterator(chunk_size=2000)
            ),
            note=f"{shown.campaign} · {shown.get_state_display()}",
            progress=progress,
        )

    return workbook_answer(
        request, title=minutes_title(shown), total=entries.count(), filters=str(shown), write=write
    )


@requires(Role.DIRECTOR)
@require_POST
def priority_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the list, or return it with a reason."""
    shown = get_object_or_404(PriorityList.objects.visible_to(request.user), pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _priority_page(request, pk, error=_("Approve or return it."))
    approve = form.cleaned_data["decision"] == "approve"
    try:
        decide_priority_list(
            shown,
            approve=approve,
            note=form.cleaned_data["note"],
            at=clock.now(),
            by=request.user,
        )
    except RuleViolation as violation:
        return _priority_page(request, pk, error=str(violation))
    return done(
        request,
        shown.get_absolute_url(),
        _("Approved: the list is frozen as minutes.") if approve else _("Returned."),
    )


@signed_in
def targets_of_campaign(request: HttpRequest, campaign_pk: int) -> HttpResponse:
    """Part: the campaign's targets by organisation type, with how many have been reached."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), pk=campaign_pk)
    rows = Organisation.objects.filter(
        campaign=campaign, merged_into__isnull=True, withdrawn_at__isnull=True
    ).at_work()
    found = {
        row["type"]: row
        for row in rows.order_by()
        .values("type")
        .annotate(
            entered=Count("pk"),
            evaluated=Count("pk", filter=~Q(grade="")),
            priority=Count("pk", filter=Q(is_priority=True)),
        )
    }
    targets = [
        {"target": target, **found.get(target.org_type, {"entered": 0, "evaluated": 0, "priority": 0})}
        for target in campaign.targets.order_by("pk")
    ]
    return render(request, "accounts/_targets.html", {"targets": targets})
