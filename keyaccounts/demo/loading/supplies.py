"""Supplements of materials among the requests, and requisitions for the visits to come.

Stock itself is another part; nothing here moves it: what has been asked for and issued long ago is in the file's
movements, and what waits is only held.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from budget.models import BudgetLine
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.codes import save_with_code
from materials.actions.allocation import hold, lock_materials
from materials.choices import KitUse
from materials.kitting import Catalogue, kit_for
from materials.models import Material, MaterialExtra, MaterialExtraLine, Requisition, RequisitionLine
from visits.choices import AGREED_STATES
from visits.models import Visit
from visits.supplies import source_of

from .file import DemoFile, day_of, noon, plain

ITEM = re.compile(r"(?P<name>\D+?)(?P<quantity>\d+)(?P<unit>\D+)")
CATEGORIES = (
    ("会员", "member"),
    ("服装", "uniform"),
    ("转接", "device"),
    ("电脑", "device"),
    ("投影", "device"),
)
DECIDED = (RequestState.APPROVED, RequestState.FULFILLED, RequestState.REJECTED)


def material_extra(file: DemoFile, row: dict[str, Any]) -> models.Model:
    """R02, R03, R04: 项目宝典100本、产品单页600套; without an amount the department pays."""
    state, approver = RequestState(row["status"]), file.of(row["approver"])
    amount, decided = plain(row["amount"]), row["decided_on"]
    line = BudgetLine.objects.spendable().filter(budget__campaign=file.campaign, category="ad").first()
    is_charged = amount is not None
    asked_on = day_of(row["on"])
    extra = MaterialExtra(
        campaign=file.campaign,
        requested_by=file.of(row["by"]),
        requested_at=noon(asked_on),
        state=state,
        reason=row["report"],
        needed_on=_needed_on(row["report"], asked_on),
        is_charged=is_charged,
        line=line if is_charged else None,
        department=None if is_charged else approver.department,
        amount=amount,
        decided_by=approver if state in DECIDED else None,
        decided_at=noon(decided) if decided else None,
    )
    save_with_code(extra, f"WL{asked_on.year}-")
    catalogue = Catalogue(file.campaign)
    for part in row["ref"].split("、"):
        found = ITEM.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"an item and its quantity, not {part!r}")
        material = catalogue.find(found["name"])
        if material is None and state in DECIDED:
            material = file.new(
                Material,
                campaign=file.campaign,
                name=found["name"],
                category=_category(found["name"]),
                unit=found["unit"],
                quantity=int(found["quantity"]),
                line=extra.line,
                department=extra.department,
                is_charged=is_charged,
                remark=extra.code,
            )
        file.new(
            MaterialExtraLine,
            extra=extra,
            material=material,
            name=material.name if material else found["name"],
            category=material.category if material else _category(found["name"]),
            quantity=int(found["quantity"]),
            unit=found["unit"],
            on_hand=material.on_hand if material else 0,
        )
    return extra


def _category(name: str) -> str:
    return next((category for word, category in CATEGORIES if word in name), "print")


def _needed_on(text: str, asked_on: Any) -> Any:
    """The day the report names (7月12日), else a week later."""
    found = re.search(r"(\d+)月(\d+)日", text)
    if found:
        return asked_on.replace(month=int(found[1]), day=int(found[2]))
    return asked_on + timedelta(days=7)


def requisitions(file: DemoFile) -> None:
    """What the visits to come take along: asked for the evening before, approved by rule, held as far as it is there."""
    catalogue, kit = Catalogue(file.campaign), kit_for(KitUse.VISIT)
    as_of = file.as_of
    coming = Visit.objects.filter(state__in=AGREED_STATES, planned_at__gte=as_of - timedelta(days=1))
    for visit in coming.select_related("organisation", "owner").order_by("planned_at"):
        if not visit.materials or visit.planned_at is None:
            continue
        wanted = catalogue.wanted(visit.materials, kit, people=visit.people_expected)
        if wanted.materials:
            _requisition(file, visit, wanted.materials, as_of)


def _requisition(file: DemoFile, visit: Visit, wanted: dict[Material, int], as_of: datetime) -> None:
    needed_at = visit.planned_at or as_of
    asked_at = min(as_of, needed_at) - timedelta(hours=14)
    requisition = Requisition(
        campaign=file.campaign,
        purpose=f"拜访{visit.organisation.called}",
        needed_at=needed_at,
        receiver=visit.owner,
        requested_by=visit.owner,
        requested_at=asked_at,
        source=source_of(visit),
        state=RequestState.APPROVED,
        decided_at=asked_at,
        decision_note="按规则免审批",
    )
    save_with_code(requisition, f"LY{timezone.localdate(needed_at).year}-")
    lines = [
        file.new(
            RequisitionLine, requisition=requisition, material=material, requested=quantity, approved=quantity
        )
        for material, quantity in wanted.items()
    ]
    lock_materials(lines)
    for line in lines:
        hold(line, on=timezone.localdate(asked_at), at=asked_at, by=visit.owner)


REQUESTS = {"material_extra": material_extra}
AFTER = (requisitions,)
PARTS: dict[str, Any] = {}
