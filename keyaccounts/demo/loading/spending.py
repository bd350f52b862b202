"""Vehicles, journeys and guests: the requests of these kinds, and the claims behind the ledger's payments."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from budget.choices import ClaimKind
from budget.models import Budget, BudgetLine, Entry, Estimate, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import next_code
from visits.models import Driver, Hospitality, TravelClaim, Vehicle, VehicleRequest, Visit
from visits.rules import trip_around
from visits.settings import vehicle_rule

from .file import DemoFile, DemoFileError, day_of, noon, plain

# The file names no vehicles: the trips it has are driven with this one.
VEHICLE = {"plate": "京A·A0001", "name": "商务车", "seats": 6}
DRIVER = {"name": "高师傅"}
DECIDED = (RequestState.APPROVED, RequestState.REJECTED, RequestState.FULFILLED, RequestState.RETURNED)


def _claim(
    file: DemoFile, row: dict[str, Any], *, kind: str, entry: Entry | None, **values: Any
) -> ExpenseClaim:
    """A claim as the file tells of it; paid, when ``entry`` is its payment."""
    state = RequestState.FULFILLED if entry else RequestState(row["status"])
    decided = state in DECIDED
    amount = Decimal(str(plain(row["amount"])))
    claim = file.new(
        ExpenseClaim,
        code=next_code(ExpenseClaim, f"BX{day_of(row['on']).year}-"),
        state=state, kind=kind, claimed_amount=amount, requested_by=file.of(row["by"]), requested_at=noon(row["on"]),
        approved_amount=amount if decided else None,
        decided_by=file.of(row.get("approver") or row.get("approved_by")) if decided else None,
        decided_at=noon(row.get("decided_on") or row["on"]) if decided else None,
        payment=entry, commitment=entry.about if entry else None,
        actual_amount=entry.amount if entry and kind == ClaimKind.HOSPITALITY else None,
        document=row["id"] if entry else "", **values,
    )  # fmt: skip
    record(claim, f"budget.expenseclaim.{state}", by=claim.decided_by or claim.requested_by, to_state=state)
    return claim


def _visits(file: DemoFile, row: dict[str, Any]) -> list[Visit]:
    found = [file.of(reference) for reference in row["ref"].split(",")]
    if not all(isinstance(visit, Visit) for visit in found):
        raise DemoFileError(f"{file.reading}: {row['ref']} are not visits.")
    return found


def paid_journeys(file: DemoFile, row: dict[str, Any], entry: Entry) -> None:
    """The claim that a payment of travel costs paid."""
    visits = _visits(file, row)
    claim = _claim(
        file, row, kind=ClaimKind.TRANSPORT, entry=entry, budget=entry.budget, line=entry.line,
        spent_on=max(day_of(visit.planned_at) for visit in visits if visit.planned_at), purpose=row["text"],
        source=f"visits.visit:{visits[0].pk}",
    )  # fmt: skip
    _travel(file, claim, visits)


def _travel(file: DemoFile, claim: ExpenseClaim, visits: list[Visit]) -> None:
    file.new(TravelClaim, claim=claim, mode=visits[0].travel or "public").visits.set(visits)


def _line(file: DemoFile, category: str) -> tuple[Budget, BudgetLine]:
    line = (
        BudgetLine.objects.filter(budget__campaign=file.campaign, category=category)
        .select_related("budget")
        .first()
    )
    if line is None:
        raise DemoFileError(f"{file.reading}: the budget has no line {category}.")
    return line.budget, line


def transport_claim(file: DemoFile, row: dict[str, Any]) -> ExpenseClaim:
    """交通费报销 that is not paid yet."""
    visits = _visits(file, row)
    budget, line = _line(file, "transport")
    names = "、".join(visit.organisation.called for visit in visits)
    claim = _claim(
        file, row, kind=ClaimKind.TRANSPORT, entry=None, budget=budget, line=line,
        spent_on=max(day_of(visit.planned_at) for visit in visits if visit.planned_at), purpose=f"往返交通:{names}",
        source=f"visits.visit:{visits[0].pk}",
    )  # fmt: skip
    _travel(file, claim, visits)
    if claim.is_pending:
        file.new(
            Estimate, line=line, source=claim.source_name, label=f"{claim.code} {claim.purpose}",
            url=claim.get_absolute_url(), amount=claim.claimed_amount, at=claim.requested_at,
        )  # fmt: skip
    return claim


def hospitality(file: DemoFile, row: dict[str, Any]) -> ExpenseClaim:
    """客户接待, with the payment that names it."""
    organisation = file.of(row["ref"])
    paid = next((entry for entry in file.data.get("ledger", []) if entry["ref"] == row["id"]), None)
    entry: Entry | None = file.of(paid["id"]) if paid else None
    budget, line = _line(file, "hospitality")
    day = day_of(paid["on"] if paid else row["on"])
    content = paid["text"] if paid else row.get("note", "客户接待")
    claim = _claim(
        file, row, kind=ClaimKind.HOSPITALITY, entry=entry, budget=budget, line=line, spent_on=day, purpose=content,
        source=f"accounts.organisation:{organisation.pk}",
    )  # fmt: skip
    contact = organisation.contacts.first()
    file.new(
        Hospitality, claim=claim, organisation=organisation,
        guests=f"{contact.name} {contact.title}等" if contact else organisation.name,
        guest_count=max(row["people"] - 1, 1), host_count=1, starts_at=noon(day),
        place=organisation.address or organisation.name, content=content,
        result=content if entry else "", reported_at=noon(day) + timedelta(hours=6) if entry else None,
        reported_by=claim.requested_by if entry else None,
    )  # fmt: skip
    return claim


def vehicle(file: DemoFile, row: dict[str, Any]) -> VehicleRequest:
    """用车申请: assigned, or no vehicle to be had."""
    visit: Visit = file.of(row["ref"])
    state = RequestState(row["status"])
    planned = timezone.localtime(visit.planned_at)
    leaves, back = trip_around(planned, visit.planned_minutes, vehicle_rule().minutes_each_way)
    if at := re.search(r"(\d{1,2}):(\d\d)出发", row.get("note") or ""):
        leaves = leaves.replace(hour=int(at[1]), minute=int(at[2]))
    assigned = state == RequestState.APPROVED
    organisation = visit.organisation
    request = file.new(
        VehicleRequest,
        code=next_code(VehicleRequest, f"YC{leaves.year}-"),
        state=state, visit=visit, people=visit.visitors.count(), leaves_at=leaves, back_at=back,
        to_place=visit.place or organisation.address or organisation.name,
        purpose=f"拜访{organisation.called}",
        requested_by=file.of(row["by"]), requested_at=noon(row["on"]),
        decided_by=file.of(row["approver"]) if state in DECIDED else None,
        decided_at=noon(row["decided_on"]) if state in DECIDED else None,
        decision_note=row.get("note") or "", refusal="all_out" if state == RequestState.REJECTED else "",
        vehicle=Vehicle.objects.get_or_create(plate=VEHICLE["plate"], defaults=VEHICLE)[0] if assigned else None,
        driver=Driver.objects.get_or_create(name=DRIVER["name"], defaults=DRIVER)[0] if assigned else None,
    )  # fmt: skip
    record(
        request,
        f"visits.vehiclerequest.{state}",
        by=request.decided_by or request.requested_by,
        under=visit,
        to_state=state,
    )
    return request


PARTS: dict[str, Any] = {}
REQUESTS = {"transport_claim": transport_claim, "hospitality": hospitality, "vehicle": vehicle}
