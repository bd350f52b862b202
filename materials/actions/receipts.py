"""What comes in, with what it cost, and what goes out for good: receipts book their expense themselves (R69, R93)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budget.actions.ledger import commit, reverse, spend
from budget.choices import WRITERS
from budget.errors import OverBudget
from budget.models import BudgetLine, Entry
from budget.rules import fen
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation
from materials.choices import MoveKind
from materials.models import Material, MaterialExtra, StockMove

from .allocation import share_out
from .extras import fulfil_when_in, received
from .items import arrived, refuse_dear
from .stock import adjust, receive, take


@transaction.atomic
def receive_goods(
    material: Material,
    quantity: int,
    *,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    cost: Decimal | None = None,
    line: BudgetLine | None = None,
    extra: MaterialExtra | None = None,
    reason: str = "",
    document: str = "",
    counterparty: str = "",
) -> StockMove:
    """入库 with what it cost in all: the expense is booked on the line in the same transaction, or nothing happens.

    Args:
        cost: yuan for the whole receipt; None or zero books nothing.
        line: the budget line that pays; the material's own when left out. What a department pays (C15) is not booked.
        extra: the approved supplement of materials the goods belong to; its commitment pays, and what other items
            of it still need stays committed.

    Raises RuleViolation: dearer than planned without a reason (C14); no line; somebody who keeps no ledger;
    OverBudget with the amount that is missing.
    """
    # The lock order: the report, the material, then the budget.
    if extra is not None:
        extra = MaterialExtra.objects.select_for_update(of=("self",), no_key=True).get(pk=extra.pk)
    material = (
        Material.objects.select_for_update(of=("self",), no_key=True)
        .select_related("line")
        .get(pk=material.pk)
    )
    entry, unit_cost = None, None
    if quantity <= 0:
        raise RuleViolation(_("The quantity is more than zero."), field="quantity")
    if cost:
        unit_cost = fen(cost / quantity)
        refuse_dear(material, unit_cost=unit_cost, reason=reason)
        if material.is_charged:
            entry = _book(
                material, quantity, cost=cost, line=line, extra=extra, source=source, on=on, at=at, by=by,
                document=document, counterparty=counterparty,
            )  # fmt: skip
    move = receive(
        material, quantity, source=source, on=on, at=at, by=by, unit_cost=unit_cost, entry=entry, reason=reason.strip(),
        document=document or (extra.code if extra else ""), counterparty=counterparty,
    )  # fmt: skip
    arrived(material, on=on, by=by, at=at)
    if extra is not None:
        fulfil_when_in(extra, by=by)
    share_out(material, on=on, at=at, by=by)
    return move


def _book(
    material: Material,
    quantity: int,
    *,
    cost: Decimal,
    line: BudgetLine | None,
    extra: MaterialExtra | None,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    document: str,
    counterparty: str,
) -> Entry:
    if not by.has_role(*WRITERS):
        raise RuleViolation(
            _(
                "The marketing centre or finance books what is charged to the budget: leave the cost empty, or ask them."
            ),
            field="cost",
        )
    commitment = _commitment(extra, material)
    line = commitment.line if commitment else line or material.line
    if line is None:
        raise RuleViolation(
            _("Say which budget line pays, or set on the material that a department pays."), field="line"
        )
    purpose = _("%(name)s, %(quantity)s %(unit)s received") % {
        "name": material,
        "quantity": quantity,
        "unit": material.unit,
    }
    try:
        entry = spend(
            line, cost, purpose=purpose, source=f"{source}:cost", on=on, at=at, by=by, commitment=commitment,
            document=document or (extra.code if extra else ""), counterparty=counterparty,
            approved_by=extra.decided_by if extra else None,
        )  # fmt: skip
    except OverBudget as refusal:
        # The supplement report leads back to the material, where the receipt is written again.
        raise refusal.of(f"materials.material:{material.pk}", purpose=purpose) from refusal
    if commitment is not None and extra is not None:
        _keep_rest(extra, commitment, material, quantity, cost=cost, source=source, on=on, at=at, by=by)
    return entry


def _commitment(extra: MaterialExtra | None, material: Material) -> Entry | None:
    """What an approved supplement has committed for this material, when it has not been paid."""
    if extra is None:
        return None
    if extra.state not in (RequestState.APPROVED, RequestState.FULFILLED):
        raise RuleViolation(_("%(code)s is not approved.") % {"code": extra.code}, field="extra")
    if not extra.lines.filter(material=material).exists():
        raise RuleViolation(
            _("%(code)s does not ask for “%(name)s”.") % {"code": extra.code, "name": material}, field="extra"
        )
    return Entry.objects.open_commitments().filter(pk=extra.commitment_id).first()


def _keep_rest(
    extra: MaterialExtra,
    commitment: Entry,
    material: Material,
    quantity: int,
    *,
    cost: Decimal,
    source: str,
    on: date,
    at: datetime,
    by: Any,
) -> None:
    """A payment closes the whole commitment: what the items still to come need is committed anew."""
    to_come, so_far = Decimal(0), received(extra)
    for row in extra.lines.select_related("material"):
        there = 0
        if row.material is not None:
            there = so_far.get(row.material_id, 0) + (quantity if row.material_id == material.pk else 0)
        to_come += max(0, row.quantity - there) * (row.unit_price or Decimal(0))
    rest = min(to_come, commitment.amount - cost)
    if rest > 0:
        extra.commitment = commit(
            commitment.line, rest, purpose=commitment.purpose, source=f"{source}:rest", on=on, at=at, by=by,
            document=extra.code, approved_by=commitment.approved_by,
        )  # fmt: skip
        extra.save(update_fields=["commitment"])


def receivable_extras(material: Material) -> Any:
    """The approved supplements that ask for a material."""
    return (
        MaterialExtra.objects.filter(
            lines__material=material, state__in=[RequestState.APPROVED, RequestState.FULFILLED]
        )
        .distinct()
        .order_by("-pk")
    )


@transaction.atomic
def reverse_receipt(move: StockMove, *, reason: str, on: date, at: datetime, by: Any) -> StockMove:
    """A wrong receipt: its quantity is taken off again and its expense reversed; both stay to be read.

    Raises RuleViolation: no receipt; reversed already; no reason; part of it has gone out since.
    """
    if move.kind != MoveKind.RECEIPT:
        raise RuleViolation(_("Only a receipt is reversed: what went out is returned."))
    if not reason.strip():
        raise RuleViolation(_("Say why it is reversed."), field="reason")
    material = Material.objects.select_for_update(no_key=True).get(pk=move.material_id)
    if StockMove.objects.filter(about=move, kind=MoveKind.ADJUST).exists():
        raise RuleViolation(_("This receipt has been reversed already."))
    if move.entry is not None:
        if not by.has_role(*WRITERS):
            raise RuleViolation(
                _("Its cost stands in the ledger: the marketing centre or finance reverses it.")
            )
        reverse(move.entry, reason=reason, on=on, at=at, by=by)
    back = adjust(
        material, -move.quantity, reason=reason, source=f"materials.stockmove:{move.pk}:reversal",
        on=on, at=at, by=by, about=move,
    )  # fmt: skip
    arrived(material, on=on, by=by, at=at)
    return back


def give(
    material: Material,
    quantity: int,
    *,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    counterparty: str,
    reason: str,
    **more: Any,
) -> StockMove:
    """A gift to a person outside, with who and why. Raises RuleViolation when either is not said."""
    if not counterparty.strip():
        raise RuleViolation(_("Say who receives the gift: organisation and person."), field="counterparty")
    if not reason.strip():
        raise RuleViolation(_("Say what the gift is for."), field="reason")
    return take(
        material, quantity, kind=MoveKind.GIFT, source=source, on=on, at=at, by=by,
        counterparty=counterparty.strip(), reason=reason.strip(), **more,
    )  # fmt: skip
