"""What must always hold of visits and their reports (integrity rules 13, 14, 18, 20)."""

from django.db import connection
from django.db.models import Count, F, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.triggers import not_whole

from .choices import MADE_STATES, PlanSpan, ReportState, VisitState
from .models import PlanLine, PlanRevision, Visit, VisitPlan, VisitReport
from .rules import may_move, month_of, week_of

REPORT_EDGES = {
    ReportState.DRAFT: (ReportState.SUBMITTED,),
    ReportState.SUBMITTED: (ReportState.REVIEWED, ReportState.RETURNED),
    ReportState.REVIEWED: (ReportState.RETURNED,),
    ReportState.RETURNED: (ReportState.SUBMITTED,),
}
# A visit follows its report: the report's audit row tells of both.
VISIT_OF_REPORT = {
    ReportState.SUBMITTED: VisitState.REPORTED,
    ReportState.REVIEWED: VisitState.REVIEWED,
    ReportState.RETURNED: VisitState.RETURNED,
}


@invariant(13, _("Visit numbers are unique and consecutive per organisation"))
def numbers_without_gaps() -> Found:
    numbered = Visit.objects.filter(number__isnull=False)
    spans = (
        numbered.order_by()
        .values_list("organisation__code")
        .annotate(
            n=Count("pk"), first=Min("number"), last=Max("number"), several=Count("number", distinct=True)
        )
        .exclude(first=1, last=F("n"), several=F("n"))
    )
    # It takes place, it has a number; it does not, it has none.
    wrong = Visit.objects.filter(
        Q(state__in=MADE_STATES, number__isnull=True) | Q(number__isnull=False) & ~Q(state__in=_NUMBERED)
    )
    return Found(
        Visit.objects.count(),
        [f"{code}: {first}–{last}, {count}" for code, count, first, last, _several in spans]
        + [f"{visit.code}: {visit.state}, {visit.number}" for visit in wrong],
    )


# Somebody was there and met nobody: it keeps the number it had.
_NUMBERED = (*MADE_STATES, VisitState.NO_SHOW)


@invariant(14, _("A submitted report is locked; when it first came in never moves"))
def reports_are_locked() -> Found:
    found = Found()
    first_told = dict(
        AuditEvent.objects.filter(action="visits.visitreport.submitted")
        .order_by()
        .values_list("subject")
        .annotate(at=Min("at"))
    )
    reports = VisitReport.objects.select_related("visit").only(
        "state", "first_submitted_at", "submitted_at", "submitted_by", "visit__code", "visit__state"
    )
    for report in found.look(reports.iterator(chunk_size=2000)):
        came = report.first_submitted_at
        if report.state == ReportState.DRAFT:
            if came is not None:
                found.violations.append(f"{report.visit.code}: draft, {came}")
            continue
        if came is None or report.submitted_at is None or came > report.submitted_at:
            found.violations.append(f"{report.visit.code}: {came}, {report.submitted_at}")
        told = first_told.get(f"visits.visit:{report.visit_id}")
        # The act reads its clock before the trail does; a later moment would be a moved one.
        if told is not None and came is not None and came > told:
            found.violations.append(f"{report.visit.code}: {came}, {told}")
    opened = AuditEvent.objects.filter(
        action__in=["visits.visitreport.reopened", "visits.visitreport.returned"]
    )
    for event in found.look(opened.select_related("actor")):
        if not event.reason.strip():
            found.violations.append(f"{event.subject}: {event.sequence}")
    return found


@invariant(20, _("Nobody's words are lost: each revision of a visit plan stays as it was handed in"))
def plans_stay_as_handed_in() -> Found:
    tables = (model._meta.db_table for model in (VisitPlan, PlanRevision, PlanLine))
    found = Found(violations=not_whole(connection, *tables))
    plans = VisitPlan.objects.annotate(n=Count("revisions"), last=Max("revisions__number"))
    for plan in found.look(plans.iterator(chunk_size=2000)):
        if not plan.n == plan.last == plan.last_number:
            found.violations.append(f"{plan.code}: {plan.n}, {plan.last}, {plan.last_number}")
        whole = month_of(plan.first_on) if plan.span == PlanSpan.MONTH else week_of(plan.first_on)
        if whole != (plan.first_on, plan.last_on):
            found.violations.append(f"{plan.code}: {plan.first_on}–{plan.last_on}")
    beyond = Q(from_on__lt=F("revision__plan__first_on")) | Q(until_on__gt=F("revision__plan__last_on"))
    lines = PlanLine.objects.filter(beyond).values_list("revision__plan__code", "from_on", "until_on")
    found.violations += [f"{code}: {first}–{last}" for code, first, last in lines]
    return found


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_visits_and_reports() -> Found:
    found = Found()
    followed = Visit.objects.exclude(state__in=VISIT_OF_REPORT.values())
    for moves in (
        Moves(
            "visits.visit.",
            frozenset(VisitState.values),
            may_move,
            lambda: followed.values_list("pk", "state").iterator(),
        ),
        Moves(
            "visits.visitreport.",
            frozenset(ReportState.values),
            lambda before, after: after in REPORT_EDGES[ReportState(before)],
            lambda: (
                VisitReport.objects.exclude(state=ReportState.DRAFT)
                .values_list("visit_id", "state")
                .iterator()
            ),
        ),
    ):
        found.violations += broken_moves(moves)
    rows = Visit.objects.select_related("report").only("code", "state", "report__state")
    for visit in found.look(rows.iterator(chunk_size=2000)):
        report = getattr(visit, "report", None)
        asked = VISIT_OF_REPORT.get(report.state) if report else None
        if asked != (visit.state if visit.state in VISIT_OF_REPORT.values() else None):
            found.violations.append(f"{visit.code}: {visit.state}, {report.state if report else '–'}")
    return found
