"""What the director does with a report: read, returned, reopened (R94–R118)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import settle, tell
from keyaccounts.notices.models import NoticeKind

from ..choices import ReportState, VisitState
from ..models import Visit, VisitReport
from .reports import address_of, lock_with_report, move_on


@transaction.atomic
def review_report(report: VisitReport, *, note: str = "", by: Any, at: datetime) -> VisitReport:
    """已阅: the director has read it; ``note`` is what the rep should know.

    Raises RuleViolation when it is not waiting, or the reader wrote it.
    """
    organisation, visit, report = _lock_report(report)
    _refuse_own(report, by)
    if report.state != ReportState.SUBMITTED:
        raise RuleViolation(_("This report is not waiting to be read. Refresh to see what became of it."))
    report.state, report.reviewed_at, report.reviewed_by = ReportState.REVIEWED, at, by
    report.review_note = note
    _save(report)
    move_on(visit, to=VisitState.REVIEWED)
    settle(report, kind=NoticeKind.APPROVAL, at=at)
    _answer(report, visit, _("%(person)s has read your report on %(organisation)s"), note, by=by, at=at)
    record(
        visit, "visits.visitreport.reviewed", by=by, under=organisation, from_state=ReportState.SUBMITTED,
        to_state=report.state, reason=note,
    )  # fmt: skip
    return report


@transaction.atomic
def return_report(report: VisitReport, *, reason: str, by: Any, at: datetime) -> VisitReport:
    """退回补充: the rep corrects it and hands it in again; when it first came in is kept.

    Raises RuleViolation without a reason, when it is not waiting, or the reader wrote it.
    """
    organisation, visit, report = _lock_report(report)
    _refuse_own(report, by)
    if not reason.strip():
        raise RuleViolation(_("Say what is to be corrected."), field="reason")
    if report.state != ReportState.SUBMITTED:
        raise RuleViolation(_("This report is not waiting to be read. Refresh to see what became of it."))
    report.state, report.return_reason, report.reopen_reason = ReportState.RETURNED, reason, ""
    report.reviewed_at, report.reviewed_by = at, by
    _save(report)
    move_on(visit, to=VisitState.RETURNED)
    settle(report, kind=NoticeKind.APPROVAL, at=at)
    _answer(report, visit, _("%(person)s returned your report on %(organisation)s"), reason, by=by, at=at)
    record(
        visit, "visits.visitreport.returned", by=by, under=organisation, from_state=ReportState.SUBMITTED,
        to_state=report.state, reason=reason,
    )  # fmt: skip
    return report


@transaction.atomic
def reopen_report(report: VisitReport, *, reason: str, by: Any, at: datetime) -> VisitReport:
    """Open a report that was already read, for the rep to correct; the director's act, with a reason.

    Raises RuleViolation without a reason, when it has not been read, or the director wrote it.
    """
    organisation, visit, report = _lock_report(report)
    _refuse_own(report, by)
    if not reason.strip():
        raise RuleViolation(_("Say why it is opened again."), field="reason")
    if report.state != ReportState.REVIEWED:
        raise RuleViolation(_("Only a report that has been read can be reopened."))
    report.state, report.reopen_reason, report.return_reason = ReportState.RETURNED, reason, ""
    _save(report)
    move_on(visit, to=VisitState.RETURNED)
    _answer(report, visit, _("%(person)s reopened your report on %(organisation)s"), reason, by=by, at=at)
    record(
        visit, "visits.visitreport.reopened", by=by, under=organisation, from_state=ReportState.REVIEWED,
        to_state=report.state, reason=reason,
    )  # fmt: skip
    return report


# -- parts of the above -------------------------------------------------------------------------------
def _lock_report(report: VisitReport) -> tuple[Organisation, Visit, VisitReport]:
    organisation, visit, fresh = lock_with_report(report.visit)
    assert fresh is not None  # noqa: S101 - a report is never deleted
    return organisation, visit, fresh


def _refuse_own(report: VisitReport, by: Any) -> None:
    if report.submitted_by_id == by.pk:
        raise RuleViolation(_("Who hands a report in does not review it."))


def _save(report: VisitReport) -> None:
    report.version += 1
    report.save()


def _answer(report: VisitReport, visit: Visit, title: str, body: str, *, by: Any, at: datetime) -> None:
    if report.submitted_by is None:
        return
    tell(
        report.submitted_by,
        kind=NoticeKind.REPORT_READ,
        subject=report,
        title=title % {"person": by, "organisation": visit.organisation},
        at=at,
        url=address_of(visit),
        body=body,
        step=str(report.version),
    )
