"""Visits, the calls that arranged them, and their reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from accounts.actions.facts import learn
from accounts.choices import FactField
from accounts.models import KeyContact, Organisation
from keyaccounts.audit.actions import Act, record_all
from visits.choices import MADE_STATES, CallResult, ReportState, VisitState
from visits.models import AppointmentCall, Visit, VisitReport

from .file import DemoFile, day_of, noon, plain

# The file's names of report fields where they differ from ours.
REPORT_FIELDS = {"gift_intention": "intention", "purchasing_power": "power"}


def visits(file: DemoFile) -> None:
    acts = []
    file.data["visits"].sort(key=lambda row: datetime.fromisoformat(row["planned_at"]))
    for row in file.rows("visits"):
        visit = _visit(file, row)
        _count(visit, _day(row))
        file.keep("visits", row["id"], visit)
        acts.append(Act(visit, "visits.visit.loaded", under=visit.organisation, to_state=visit.state))
    record_all(acts, by=None)
    _name_what_fixed_the_key_contacts()


def _day(row: dict[str, Any]) -> date:
    return day_of(datetime.fromisoformat(row["planned_at"]))


def _visit(file: DemoFile, row: dict[str, Any]) -> Visit:
    visitors = [file.of(reference) for reference in row["visitors"]]
    contacts = [file.of(reference) for reference in row["contacts_met"]]
    planned_at, minutes = datetime.fromisoformat(row["planned_at"]), row["duration_min"]
    state, appointment = VisitState(row["status"]), row["appointment"]
    made = state in MADE_STATES
    visit = file.new(
        Visit,
        code=row["code"],
        organisation=file.of(row["org"]),
        number=row["visit_no"] if made else None,
        kind=row["kind"],
        state=state,
        planned_at=planned_at,
        minutes=minutes,
        owner=visitors[0],
        purpose=row.get("purpose", ""),
        travel=appointment["vehicle"] or "",
        materials=appointment["materials"],
        confirmed_on=appointment["confirmed_at"],
        checked_in_at=planned_at if made else None,
        finished_at=planned_at + timedelta(minutes=minutes or 0) if made else None,
        outcome=row["outcome"] or [],
        intention_after=row["intention_after"] or "",
        next_step=row["next_step"] or "",
        next_on=row["next_on"],
        created_by=visitors[0],
    )
    visit.visitors.set(visitors)
    visit.contacts.set(contacts)
    if made:
        visit.contacts_met.set(contacts)
    if appointment["called_at"]:
        file.new(
            AppointmentCall,
            visit=visit,
            contact=visit.contacts.first(),
            at=noon(appointment["called_at"]),
            result=CallResult.ARRANGED,
            by=visit.owner,
        )
    if row.get("report"):
        _report(file, visit, row)
    return visit


def _report(file: DemoFile, visit: Visit, row: dict[str, Any]) -> None:
    said = {REPORT_FIELDS.get(name, name): value for name, value in row["report"].items()}
    price = said.pop("acceptable_price", None) or {}
    said |= {"price_low": plain(price.get("low")), "price_high": plain(price.get("high"))}
    name = said.pop("org_name")
    submitted_at = datetime.fromisoformat(row["reported_at"])
    reports = VisitReport.objects.filter(visit__organisation=visit.organisation)
    before = reports.order_by("-visit__number").first()
    reviewer = file.of(row["reviewed_by"])
    file.new(
        VisitReport,
        visit=visit,
        state=ReportState.REVIEWED if reviewer else ReportState.SUBMITTED,
        organisation_name=name,
        changed_fields=[field for field, value in said.items() if before and getattr(before, field) != value],
        first_submitted_at=submitted_at,
        submitted_at=submitted_at,
        submitted_by=visit.owner,
        reviewed_by=reviewer,
        reviewed_at=submitted_at + timedelta(hours=14) if reviewer else None,
        **said,
    )
    learn(
        visit.organisation,
        facts={field: value for field, value in said.items() if field in FactField.values},
        on=_day(row),
        by=visit.owner,
        source=f"visits.visit:{visit.pk}",
        source_label=f"第{visit.number}次拜访",
        asked=visit.contacts_met.first(),
    )
    Organisation.objects.filter(pk=visit.organisation_id).update(needs_evaluation=False)


def _count(visit: Visit, day: date) -> None:
    """Keep the organisation's own figures as the visit actions would have."""
    if visit.state not in MADE_STATES:
        return
    organisation = visit.organisation
    organisation.refresh_from_db(fields=["last_contact_on"])
    organisation.visits_made += 1
    organisation.last_visit_on = day
    organisation.last_contact_on = max(filter(None, (day, organisation.last_contact_on)))
    if visit.next_on:
        organisation.next_step, organisation.next_on = visit.next_step, visit.next_on
    organisation.save(
        update_fields=["visits_made", "last_visit_on", "last_contact_on", "next_step", "next_on"]
    )


def _name_what_fixed_the_key_contacts() -> None:
    """Each key contact names the visit that fixed it: the first one that met the person (R7)."""
    for key in KeyContact.objects.all():
        visits = Visit.objects.filter(contacts_met=key.contact, number__isnull=False)
        if first := visits.order_by("number").first():
            key.source = f"visits.visit:{first.pk}"
            key.save(update_fields=["source"])


PARTS = {"visits": visits}
