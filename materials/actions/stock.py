"""Moving stock: the only way what is on hand or reserved changes (R69, integrity rules 7–10).

Every function takes ``source``, the name of the business event, which moves stock at most once; ``on``, the day
of the movement; ``by``, who enters it. Quantities are in the material's own unit, above zero.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from materials.choices import OUTGOING, MoveKind
from materials.models import Loan, Material, StockMove
from materials.rules import Change


@transaction.atomic
def receive(
    material: Material, quantity: int, *, source: str, on: date, at: datetime, by: Any, **more: Any
) -> StockMove:
    """入库. ``more``: ``unit_cost`` (yuan), ``document``, ``counterparty``, ``entry`` (its ledger entry)."""
    return _move(
        material,
        MoveKind.RECEIPT,
        quantity,
        Change(on_hand=quantity),
        source=source,
        on=on,
        at=at,
        by=by,
        **more,
    )


@transaction.atomic
def take(
    material: Material,
    quantity: int,
    *,
    kind: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    reservation: StockMove | None = None,
    due_back_on: date | None = None,
    **more: Any,
) -> StockMove:
    """Out of stock: issued, used at a briefing, given away or scrapped; from a reservation when there is one.

    A reservation is consumed whole: what it bound beyond ``quantity`` is free again. Something lent
    (laptop, uniform) is out with ``person`` from now on.

    Raises RuleViolation with what there is: more than is available; a closed reservation; a loan to nobody.
    """
    if kind not in OUTGOING:
        raise ValueError(kind)
    bound = _open(reservation, material).quantity if reservation else 0
    if material.is_returnable and kind == MoveKind.ISSUE and more.get("person") is None:
        raise RuleViolation(_("“%(name)s” is lent: say to whom.") % {"name": material}, field="person")
    move = _move(
        material, kind, quantity, Change(on_hand=-quantity, reserved=-bound),
        source=source, on=on, at=at, by=by, about=reservation, **more,
    )  # fmt: skip
    if material.is_returnable and kind == MoveKind.ISSUE:
        Loan.objects.bulk_create(
            Loan(material=material, holder=move.person, out_move=move, out_on=on, due_back_on=due_back_on)
            for _unit in range(quantity)
        )
    return move


@transaction.atomic
def take_back(
    material: Material, quantity: int, *, source: str, on: date, at: datetime, by: Any, **more: Any
) -> StockMove:
    """归还: what was left over comes back. ``about`` may name the issue it came from."""
    return _move(
        material,
        MoveKind.RETURN,
        quantity,
        Change(on_hand=quantity),
        source=source,
        on=on,
        at=at,
        by=by,
        **more,
    )


@transaction.atomic
def return_loan(loan: Loan, *, on: date, at: datetime, by: Any) -> StockMove:
    """A lent thing is back; of two who say so one moves stock (integrity rule 10).

    Raises RuleViolation when it is back already or would be back before it went out.
    """
    if on < loan.out_on:
        raise RuleViolation(
            _("It went out on %(day)s; it cannot be back before.") % {"day": loan.out_on}, field="on"
        )
    loan = Loan.objects.select_for_update().get(pk=loan.pk)
    if loan.back_move_id is not None:
        raise RuleViolation(_("This is back already. Refresh to see it."))
    move = take_back(
        loan.material, 1, source=f"materials.loan:{loan.pk}:back", on=on, at=at, by=by,
        person=loan.holder, about=loan.out_move,
    )  # fmt: skip
    won = Loan.objects.filter(pk=loan.pk, back_move__isnull=True).update(back_move=move, back_on=on)
    if not won:
        raise RuleViolation(_("This is back already. Refresh to see it."))
    return move


@transaction.atomic
def adjust(
    material: Material, difference: int, *, reason: str, source: str, on: date, at: datetime, by: Any
) -> StockMove:
    """盘点调整: more or fewer than the movements say, with the reason.

    Raises RuleViolation: no reason; nothing to adjust; fewer than are reserved would be left.
    """
    if not reason.strip():
        raise RuleViolation(_("Say why: the difference is explained."), field="reason")
    return _move(
        material, MoveKind.ADJUST, abs(difference), Change(on_hand=difference),
        source=source, on=on, at=at, by=by, reason=reason,
    )  # fmt: skip


@transaction.atomic
def reserve(
    material: Material, quantity: int, *, source: str, on: date, at: datetime, by: Any, **more: Any
) -> StockMove:
    """Bind what is available; raises RuleViolation when there is less."""
    return _move(
        material, MoveKind.RESERVE, quantity, Change(reserved=quantity),
        source=source, on=on, at=at, by=by, **more,
    )  # fmt: skip


@transaction.atomic
def release(reservation: StockMove, *, on: date, at: datetime, by: Any, reason: str = "") -> StockMove:
    """Free what a reservation bound; raises RuleViolation when it was issued or released already."""
    _open(reservation, reservation.material)
    return _move(
        reservation.material, MoveKind.RELEASE, reservation.quantity, Change(reserved=-reservation.quantity),
        source=f"materials.stockmove:{reservation.pk}:release", on=on, at=at, by=by, about=reservation,
        reason=reason,
    )  # fmt: skip


# -- parts of the above -------------------------------------------------------------------------------
def _move(
    material: Material,
    kind: str,
    quantity: int,
    change: Change,
    *,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    **more: Any,
) -> StockMove:
    """Lock the material, check, insert one movement; the database adds it up (``common.triggers.running_total``)."""
    if quantity <= 0:
        raise RuleViolation(_("The quantity is more than zero."), field="quantity")
    with transaction.atomic():
        material = Material.objects.select_for_update().get(pk=material.pk)
        if StockMove.objects.filter(source=source).exists():
            raise RuleViolation(_("This has been entered already. Refresh to see it."))
        if material.is_decision:
            raise RuleViolation(
                _("“%(name)s” is a decision, not a thing: nothing of it lies in the store.")
                % {"name": material}
            )
        _refuse_short(material, change)
        move = StockMove(
            material=material, kind=kind, quantity=quantity, on_hand_change=change.on_hand,
            reserved_change=change.reserved, moved_on=on, source=source, by=by, at=at, **more,
        )  # fmt: skip
        move.clean_fields()
        move.save(force_insert=True)
        record(
            move, "materials.stockmove.made", by=by, under=material,
            kind=str(MoveKind(kind).label), quantity=quantity, reason=move.reason,
        )  # fmt: skip
    return move


def _refuse_short(material: Material, change: Change) -> None:
    on_hand, reserved = material.on_hand + change.on_hand, material.reserved + change.reserved
    if on_hand < 0 or reserved > on_hand:
        asked = max(-change.on_hand, change.reserved)
        raise RuleViolation(
            _(
                "Of “%(name)s” %(available)s %(unit)s are available (%(on_hand)s on hand, %(reserved)s reserved); %(asked)s are asked for."
            )
            % {
                "name": material,
                "available": material.available - min(0, change.reserved),
                "unit": material.unit,
                "on_hand": material.on_hand,
                "reserved": material.reserved,
                "asked": asked,
            },
            field="quantity",
        )


def _open(reservation: StockMove, material: Material) -> StockMove:
    if reservation.kind != MoveKind.RESERVE or reservation.material_id != material.pk:
        raise RuleViolation(_("This is no reservation of “%(name)s”.") % {"name": material})
    Material.objects.select_for_update().get(pk=material.pk)
    if not StockMove.objects.open_reservations().filter(pk=reservation.pk).exists():
        raise RuleViolation(_("This reservation has been issued or released already."))
    return reservation
