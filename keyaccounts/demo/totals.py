"""The totals a correct program must show, computed from the database (``expected_at_as_of`` of a demo file).

Records are named by their id in the demo file where they came from one, else by their code.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count

from accounts.choices import KeyState
from accounts.models import Contact, Intel, KeyContact, Organisation
from accounts.queries import silent
from keyaccounts.campaigns.models import Campaign
from keyaccounts.campaigns.queries import next_festival
from visits.choices import ReportState, VisitState
from visits.models import Visit

from .models import DemoRecord


def totals(*, on: date) -> dict[str, Any]:
    """Every total this program can compute, as it stands ``on`` that day."""
    return {
        "stage_counts": _counted("stage"),
        "grade_counts": _counted("grade"),
        "priority_orgs": Organisation.objects.present().filter(is_priority=True).count(),
        "visits_total": Visit.objects.count(),
        "visits_with_report": Visit.objects.filter(
            report__state__in=[ReportState.SUBMITTED, ReportState.REVIEWED]
        ).count(),
        "reports_missing": _names(Visit.objects.report_missing().order_by("code")),
        "visits_today": _names(
            Visit.objects.of_day(on)
            .exclude(state__in=[VisitState.CANCELLED, VisitState.RESCHEDULED])
            .order_by("planned_at", "code")
        ),
        "phase_days_left": _phase_days_left(on),
        "silent_orgs": _silent(on),
        "unread_intel": _names(Intel.objects.unread().order_by("on", "pk")),
        "void_key_contacts": _void_key_contacts(),
        f"next_festival_{on.year}": _next_festival(on),
    }


def _counted(field: str) -> dict[str, int]:
    rows = Organisation.objects.present().exclude(**{field: ""})
    return dict(rows.order_by(field).values_list(field).annotate(n=Count("pk")))


def _references(model: type[models.Model]) -> dict[int, str]:
    kind = model._meta.label_lower
    return dict(DemoRecord.objects.filter(kind=kind).values_list("object_id", "reference"))


def _names(rows: models.QuerySet[Any]) -> list[str]:
    names = _references(rows.model)
    return [names.get(row.pk) or getattr(row, "code", None) or str(row.pk) for row in rows]


def _phase_days_left(on: date) -> dict[str, int]:
    campaign = Campaign.objects.current()
    if campaign is None:
        return {}
    running = campaign.phases.filter(starts_on__lte=on, ends_on__gte=on)
    names = _references(running.model)
    return {
        names.get(phase.pk, str(phase.number)): (phase.ends_on - on).days
        for phase in running
        if phase.ends_on
    }


def _silent(on: date) -> list[dict[str, Any]]:
    names = _references(Organisation)
    return [
        {
            "org": names.get(row.organisation.pk, row.organisation.code),
            "grade": row.organisation.grade,
            "days": row.days,
        }
        for row in silent(on=on)
    ]


def _void_key_contacts() -> list[str]:
    ended = KeyContact.objects.filter(state=KeyState.VOID_CHANGED).select_related("contact").order_by("pk")
    names = _references(Contact)
    return [names.get(key.contact_id, str(key.contact)) for key in ended]


def _next_festival(on: date) -> dict[str, Any] | None:
    festival = next_festival(on)
    if festival is None:
        return None
    return {
        "name": festival.code,
        "date": festival.falls_on.isoformat(),
        "days": festival.days,
        "window": "+".join(window.code for window in festival.windows),
    }
