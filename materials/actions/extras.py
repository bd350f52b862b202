"""补充物料报告: asked for in writing, decided, joined to the list, carried out when all is in (R70).

Lock order: the report, materials by key, the budget, the audit chain last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from budget.actions.ledger import commit
from budget.models import BudgetLine, Entry, Estimate
from budget.rules import fen
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import EDITABLE_STATES, RequestState
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department, User
from materials.choices import MoveKind
from materials.kitting import Catalogue
from materials.models import Material, MaterialExtra, MaterialExtraLine, StockMove
from materials.models.requisitions import DECIDERS


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked for; ``material`` when the list has it already."""

    name: str
    quantity: int
    unit: str
    category: str
    unit_price: Decimal | None = None
    material: Material | None = None


@transaction.atomic
def ask_for_extra(
    campaign: Campaign,
    *,
    reason: str,
    needed_on: date,
    items: Iterable[Item],
    by: Any,
    at: datetime,
    line: BudgetLine | None = None,
    department: Department | None = None,
    amount: Decimal | None = None,
    source: str = "",
) -> MaterialExtra:
    """Hand a report in: to the director, or to the department that pays.

    Args:
        line: what it is charged to; ``department`` instead when the plan does not pay (C15).
        amount: what it costs together, yuan; left out, what the prices of the items add up to.

    Raises RuleViolation: nothing asked for; no reason; neither or both pay; charged without a cost; nobody decides.
    """
    extra = MaterialExtra(
        campaign=campaign, requested_by=by, requested_at=at, source=source,
        **_facts(reason=reason, needed_on=needed_on, line=line, department=department),
    )  # fmt: skip
    items = list(items)
    _refuse_unclear(extra, items)
    extra.amount = _cost(extra, items, amount)
    save_with_code(extra, f"WL{needed_on.year}-")
    _write(extra, items)
    _hand_in(extra, by=by, at=at)
    return extra


@transaction.atomic
def change_extra(
    extra: MaterialExtra,
    *,
    reason: str,
    needed_on: date,
    items: Iterable[Item],
    version: int | None,
    by: Any,
    at: datetime,
    line: BudgetLine | None = None,
    department: Department | None = None,
    amount: Decimal | None = None,
) -> MaterialExtra:
    """Change a returned report and hand it in again. Raises as asking does; StaleEdit."""
    extra.claim(version)
    extra.refresh_from_db()
    if extra.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asks for it changes it."))
    if extra.state not in EDITABLE_STATES:
        raise RuleViolation(_("Only a draft or a returned report can be changed."))
    items = list(items)
    for name, value in _facts(reason=reason, needed_on=needed_on, line=line, department=department).items():
        setattr(extra, name, value)
    _refuse_unclear(extra, items)
    extra.amount = _cost(extra, items, amount)
    extra.full_clean()
    extra.save(update_fields=["reason", "needed_on", "line", "department", "is_charged", "amount"])
    extra.lines.all().delete()
    _write(extra, items)
    _hand_in(extra, by=by, at=at)
    return extra


@transaction.atomic
def decide_extra(
    extra: MaterialExtra, decision: str, *, note: str, by: Any, on: date, at: datetime
) -> MaterialExtra:
    """Approve, return or reject. Approved, the rows join the list and the cost is committed on the line, or nothing is.

    Raises RuleViolation: not this person's to decide; no reason; decided already. OverBudget with the missing amount.
    """
    extra = MaterialExtra.objects.select_for_update(of=("self",), no_key=True).get(pk=extra.pk)
    if extra.is_pending and not MaterialExtra.objects.decidable_by(by).filter(pk=extra.pk).exists():
        if extra.requested_by_id == by.pk:
            raise RuleViolation(_("The approver of a thing is never its requester."))
        raise RuleViolation(_("This report waits for the decision of %(who)s.") % {"who": _decider(extra)})
    lines = list(extra.lines.order_by("pk"))
    if decision == RequestState.APPROVED:
        list(
            Material.objects.select_for_update(no_key=True)
            .filter(pk__in=[line.material_id for line in lines if line.material_id])
            .order_by("pk")
        )
    fields: dict[str, Any] = {}
    if decision == RequestState.APPROVED and extra.is_charged and not (extra.line and extra.amount):
        raise RuleViolation(
            _("%(code)s names no budget line or no cost yet: return it, so that it says both.")
            % {"code": extra.code}
        )
    if decision == RequestState.APPROVED and extra.is_charged and extra.is_pending and extra.line:
        fields["commitment"] = _commit(extra, extra.line, on=on, at=at, by=by)
    approvals.decide(
        extra, decision, note=note, title=str(extra), url=extra.get_absolute_url(), by=by, at=at, **fields
    )
    Estimate.objects.filter(source=source_of(extra)).delete()
    if decision == RequestState.APPROVED:
        for line in lines:
            _join_list(extra, line, by=by)
    return extra


@transaction.atomic
def withdraw_extra(extra: MaterialExtra, *, by: Any) -> None:
    """Take a report back while nobody has decided."""
    approvals.withdraw(extra, by=by)
    Estimate.objects.filter(source=source_of(extra)).delete()


@transaction.atomic
def fulfil_when_in(extra: MaterialExtra, *, by: Any) -> bool:
    """到齐: after a receipt for it, whether all that was approved is in; then the report is carried out."""
    extra = MaterialExtra.objects.select_for_update(of=("self",), no_key=True).get(pk=extra.pk)
    if extra.state != RequestState.APPROVED:
        return False
    there = received(extra)
    if any(there.get(line.material_id, 0) < line.quantity for line in extra.lines.all()):
        return False
    approvals.move(extra, RequestState.FULFILLED, by=by)
    return True


def received(extra: MaterialExtra) -> dict[int | None, int]:
    """How many have come in for a report, by the material's key; wrong receipts taken off again do not count.

    A receipt for a report names it at the beginning of its ``source``: ``materials.materialextra:7:…``.
    """
    moves = StockMove.objects.filter(kind=MoveKind.RECEIPT, source__startswith=f"{source_of(extra)}:")
    moves = moves.exclude(followers__kind=MoveKind.ADJUST)
    return dict(moves.order_by().values_list("material").annotate(sum=Sum("quantity")))


def source_of(extra: MaterialExtra) -> str:
    """What the source of everything that follows from a report begins with."""
    return f"materials.materialextra:{extra.pk}"


# -- parts of the above -------------------------------------------------------------------------------
def _facts(
    *, reason: str, needed_on: date, line: BudgetLine | None, department: Department | None
) -> dict[str, Any]:
    return {
        "reason": reason.strip(),
        "needed_on": needed_on,
        "line": line,
        "department": department,
        "is_charged": department is None,
    }


def _decider(extra: MaterialExtra) -> str:
    return str(extra.department if extra.department_id else Role.DIRECTOR.label)


def _refuse_unclear(extra: MaterialExtra, items: list[Item]) -> None:
    if not items:
        raise RuleViolation(_("Say what is asked for: at least one item."))
    if not extra.reason:
        raise RuleViolation(_("A supplement is asked for in writing: say why."), field="reason")
    if extra.is_charged and extra.line is None:
        raise RuleViolation(_("Choose the budget line, or the department that pays."), field="line")
    if extra.line is not None and extra.department is not None:
        raise RuleViolation(_("Either a budget line pays, or a department."), field="department")
    if any(item.quantity <= 0 for item in items):
        raise RuleViolation(_("The quantity is more than zero."))
    names = [item.name for item in items]
    if len(set(names)) < len(names):
        raise RuleViolation(_("Each item stands once on the report."))


def _cost(extra: MaterialExtra, items: list[Item], amount: Decimal | None) -> Decimal | None:
    priced = [item.unit_price * item.quantity for item in items if item.unit_price is not None]
    if amount is None and len(priced) == len(items):
        amount = sum(priced, Decimal(0))
    if extra.is_charged and not amount:
        raise RuleViolation(_("Say what it costs: a price for each item, or the sum."), field="amount")
    return None if amount is None else fen(amount)


def _write(extra: MaterialExtra, items: list[Item]) -> None:
    catalogue = Catalogue(extra.campaign)
    rows = []
    for item in items:
        material = item.material or catalogue.find(item.name)
        row = MaterialExtraLine(
            extra=extra, material=material, name=material.name if material else item.name.strip(),
            category=material.category if material else item.category, quantity=item.quantity,
            unit=(material.unit if material else "") or item.unit, unit_price=item.unit_price,
            on_hand=material.on_hand if material else 0,
        )  # fmt: skip
        row.clean_fields()
        rows.append(row)
    MaterialExtraLine.objects.bulk_create(rows)


def _hand_in(extra: MaterialExtra, *, by: Any, at: datetime) -> None:
    if extra.department_id:
        approvers = User.objects.with_role(*DECIDERS).filter(department=extra.department_id)
    else:
        approvers = User.objects.with_role(Role.DIRECTOR)
    approvals.submit(
        extra,
        approvers=approvers,
        title=_("Supplement of materials %(code)s: %(items)s")
        % {"code": extra.code, "items": "、".join(str(line) for line in extra.lines.all())},
        url=extra.get_absolute_url(),
        body=extra.reason,
        by=by,
        at=at,
    )
    if extra.line and extra.amount:
        Estimate.objects.update_or_create(
            source=source_of(extra),
            defaults={
                "line": extra.line,
                "label": f"{extra.code} {extra._meta.verbose_name}",
                "url": extra.get_absolute_url(),
                "amount": extra.amount,
                "at": at,
            },
        )


def _commit(extra: MaterialExtra, line: BudgetLine, *, on: date, at: datetime, by: Any) -> Entry:
    return commit(
        line, extra.amount or Decimal(0), purpose=f"{extra._meta.verbose_name} {extra.code}",
        source=f"{source_of(extra)}:commit", on=on, at=at, by=by, document=extra.code, approved_by=by,
    )  # fmt: skip


def _join_list(extra: MaterialExtra, line: MaterialExtraLine, *, by: Any) -> None:
    """The row becomes part of 物料清单: a new one without a number (清单未列), or a larger quantity of what is there."""
    if line.material_id is None:
        material = Material(
            campaign=extra.campaign, name=line.name, category=line.category, unit=line.unit,
            quantity=line.quantity, due_on=extra.needed_on, is_charged=extra.is_charged, line=extra.line,
            department=extra.department, planned_price=line.unit_price, remark=extra.code,
        )  # fmt: skip
        material.full_clean()
        material.save(force_insert=True)
        record(material, "materials.material.joined", by=by, under=extra, quantity=line.quantity)
        MaterialExtraLine.objects.filter(pk=line.pk).update(material=material)
        return
    material = Material.objects.get(pk=line.material_id)
    before = material.quantity or 0
    # The list counts each kind by itself (R68).
    after = before + ceil(line.quantity / material.kinds)
    Material.objects.filter(pk=material.pk).update(quantity=after, version=F("version") + 1)
    record(
        material, "materials.material.enlarged", by=by, under=extra,
        changes={"quantity": [before, after]}, reason=extra.code,
    )  # fmt: skip
