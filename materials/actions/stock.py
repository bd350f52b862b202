"""Moving stock: the only way what is on hand or reserved changes (R69, integrity rules 7–10).

Every function takes ``source``, the name of the business event, which moves stock at most once; ``on``, the day
of the movement; ``by``, who enters it. Quantities are in the material's own unit, above zero.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.appending import append
from keyaccounts.common.errors import RuleViolation
from materials.choices import OUTGOING, MoveKind
from materials.models import Loan, Material, StockMove
from materials.rules import Change

# Foreign keys hold rows already; asking for each again would be a query each.
RELATIONS = {"material", "person", "about", "entry", "by"}


def receive(
    material: Material, quantity: int, *, source: str, on: date, at: datetime, by: Any, **more: Any
) -> StockMove:
    """入库. ``more``: ``unit_cost`` (yuan), ``document``, ``counterparty``, ``entry`` (its ledger entry), ``reason``."""
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
    is_loan = material.is_returnable and kind == MoveKind.ISSUE
    if is_loan and more.get("person") is None:
        raise RuleViolation(_("“%(name)s” is lent: say to whom.") % {"name": material}, field="person")
    if is_loan and due_back_on and due_back_on < on:
        raise RuleViolation(_("It comes back after it went out."), field="due_back_on")

    def lend(move: StockMove) -> None:
        Loan.objects.bulk_create(
            Loan(material=material, holder=move.person, out_move=move, out_on=on, due_back_on=due_back_on)
            for _unit in range(quantity)
        )

    return _move(
        material, kind, quantity, Change(on_hand=-quantity, reserved=-bound),
        source=source, on=on, at=at, by=by, about=reservation, then=lend if is_loan else None, **more,
    )  # fmt: skip


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
    loan = (
        Loan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("material", "out_move")
        .get(pk=loan.pk)
    )
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


def adjust(
    material: Material,
    difference: int,
    *,
    reason: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    about: StockMove | None = None,
) -> StockMove:
    """盘点调整: more or fewer than the movements say, with the reason. ``about`` is the movement it corrects.

    Raises RuleViolation: no reason; nothing to adjust; fewer than are reserved would be left.
    """
    if not reason.strip():
        raise RuleViolation(_("Say why: the difference is explained."), field="reason")
    return _move(
        material, MoveKind.ADJUST, abs(difference), Change(on_hand=difference),
        source=source, on=on, at=at, by=by, reason=reason.strip(), about=about,
    )  # fmt: skip


def reserve(
    material: Material, quantity: int, *, source: str, on: date, at: datetime, by: Any, **more: Any
) -> StockMove:
    """Bind what is available; raises RuleViolation when there is less."""
    return _move(
        material, MoveKind.RESERVE, quantity, Change(reserved=quantity),
        source=source, on=on, at=at, by=by, **more,
    )  # fmt: skip


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
    then: Callable[[StockMove], None] | None = None,
    **more: Any,
) -> StockMove:
    """Insert one movement; the database adds it up on the material and refuses the last box twice.

    No lock is taken before the insert: the trigger's update is the conditional update, and it holds the
    material's row only from there to the commit. What is read before gives the refusal its words; where
    somebody was quicker the database refuses, and the same words are found afterwards.
    """
    if quantity <= 0:
        raise RuleViolation(_("The quantity is more than zero."), field="quantity")
    move = StockMove(
        material=material, kind=kind, quantity=quantity, on_hand_change=change.on_hand,
        reserved_change=change.reserved, moved_on=on, source=source, by=by, at=at, **more,
    )  # fmt: skip
    move.clean_fields(exclude=RELATIONS)
    try:
        with transaction.atomic():
            _refuse(material, change, source=source)
            append(move)
            if then is not None:
                then(move)
            record(
                move, "materials.stockmove.made", by=by, under=material,
                kind=str(MoveKind(kind).label), quantity=quantity, reason=move.reason,
            )  # fmt: skip
    except IntegrityError:
        _refuse(material, change, source=source)
        if move.about is not None:
            _open(move.about, material)
        raise
    return move


def _refuse(material: Material, change: Change, *, source: str) -> None:
    """Say in words what stands against a movement, as things are now."""
    same = StockMove.objects.filter(source=source)
    now = Material.objects.annotate(is_entered=Exists(same)).get(pk=material.pk)
    if now.is_entered:  # type: ignore[attr-defined]
        raise RuleViolation(_("This has been entered already. Refresh to see it."))
    if now.is_decision:
        raise RuleViolation(
            _("“%(name)s” is a decision, not a thing: nothing of it lies in the store.") % {"name": now}
        )
    on_hand, reserved = now.on_hand + change.on_hand, now.reserved + change.reserved
    if on_hand < 0 or reserved > on_hand:
        asked = max(-change.on_hand, change.reserved)
        raise RuleViolation(
            _(
                "Of “%(name)s” %(available)s %(unit)s are available (%(on_hand)s on hand, %(reserved)s reserved); %(asked)s are asked for."
            )
            % {
                "name": now,
                "available": now.available - min(0, change.reserved),
                "unit": now.unit,
                "on_hand": now.on_hand,
                "reserved": now.reserved,
                "asked": asked,
            },
            field="quantity",
        )


def _open(reservation: StockMove, material: Material) -> StockMove:
    """The reservation, when it can still be closed."""
    if reservation.kind != MoveKind.RESERVE or reservation.material_id != material.pk:
        raise RuleViolation(_("This is no reservation of “%(name)s”.") % {"name": material})
    if not StockMove.objects.open_reservations().filter(pk=reservation.pk).exists():
        raise RuleViolation(_("This reservation has been issued or released already."))
    return reservation
