"""The director reads reports: 待审阅, 已阅, 退回补充, reopened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from keyaccounts.audit.actions import once
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done
from keyaccounts.common.roles import Role

from ..actions.reviews import reopen_report, return_report, review_report
from ..forms.reports import ReopenForm, ReturnForm, ReviewForm
from ..models import Visit, VisitReport, label_of
from .common import visit_of


def _waiting(request: Any) -> Any:
    return (
        Visit.objects.to_review_by(request.user)
        .select_related("organisation", "report", "owner", "report__submitted_by")
        .order_by("report__submitted_at", "pk")
    )


def neighbour(request: Any, own: VisitReport | None, *, newer: bool) -> Visit | None:
    """The report to read before or after this one, oldest first."""
    if own is None or own.submitted_at is None:
        return None
    rows = _waiting(request).exclude(pk=own.visit_id)
    if newer:
        return rows.filter(report__submitted_at__gte=own.submitted_at).first()
    return rows.filter(report__submitted_at__lt=own.submitted_at).last()


@requires(Role.DIRECTOR)
@require_GET
def to_review(request: Any) -> HttpResponse:
    """待审阅: reports handed in and not read yet, the oldest first."""
    rows = list(_waiting(request)[:101])
    context = {"visits": rows[:100], "more": len(rows) > 100}
    for visit in rows:
        visit.shown_changes = "、".join(label_of(VisitReport, name) for name in visit.report.changed_fields)
    return render(request, "visits/reports_to_review.html", context)


def _decide(request: Any, pk: int, form: Any, act: Any, message: str) -> HttpResponse:
    visit = visit_of(request, pk)
    own = get_object_or_404(VisitReport.objects.select_related("visit"), visit=visit)
    if form.is_valid():
        try:
            once(
                form.cleaned_data["submission_key"],
                by=request.user,
                act=lambda: act(own) and reverse("visits:report", args=[pk]),
            )
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return done(request, reverse("visits:report", args=[pk]))
        following = neighbour(request, own, newer=True) or neighbour(request, own, newer=False)
        target = following.pk if following and "next" in request.POST else pk
        return done(request, reverse("visits:report", args=[target]), message)
    for errors in form.errors.values():
        messages.error(request, errors[0])
    return done(request, reverse("visits:report", args=[pk]))


@requires(Role.DIRECTOR)
@require_POST
def report_review(request: Any, pk: int) -> HttpResponse:
    """已阅, with an optional note."""
    form = ReviewForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: review_report(own, note=form.cleaned_data["note"], by=request.user, at=clock.now()),
        _("Marked as read."),
    )


@requires(Role.DIRECTOR)
@require_POST
def report_return(request: Any, pk: int) -> HttpResponse:
    """退回补充, with the reason."""
    form = ReturnForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: return_report(own, reason=form.reason, by=request.user, at=clock.now()),
        _("Returned; the rep has been told why."),
    )


@requires(Role.DIRECTOR)
@require_POST
def report_reopen(request: Any, pk: int) -> HttpResponse:
    """Open a report that was read, with the reason."""
    form = ReopenForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: reopen_report(own, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()),
        _("Reopened; the rep has been told why."),
    )
