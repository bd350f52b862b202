"""Visits and their reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from visits.choices import ReportState, VisitState
from visits.models import Visit

from .naming import names

NOT_TAKING_PLACE = (VisitState.CANCELLED, VisitState.RESCHEDULED)
HANDED_IN = (ReportState.SUBMITTED, ReportState.REVIEWED)


def totals(on: date) -> dict[str, Any]:
    today = Visit.objects.of_day(on).exclude(state__in=NOT_TAKING_PLACE)
    return {
        "visits_total": Visit.objects.count(),
        "visits_with_report": Visit.objects.filter(report__state__in=HANDED_IN).count(),
        "reports_missing": names(Visit.objects.report_missing().order_by("code")),
        "visits_today": names(today.order_by("planned_at", "code")),
    }
