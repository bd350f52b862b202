"""Booking by hand: what neither a claim nor a list books by itself, and closing what is committed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budget.choices import EntryKind
from budget.models import BudgetLine, Entry
from keyaccounts.common.errors import Remedy, RuleViolation
from keyaccounts.common.references import follow

from . import ledger

BY_HAND = (EntryKind.SPEND, EntryKind.COMMIT)


@transaction.atomic
def book(
    line: BudgetLine,
    amount: Decimal,
    *,
    kind: str,
    purpose: str,
    approved_by: Any,
    key: uuid.UUID | None,
    on: date,
    at: datetime,
    by: Any,
    document: str = "",
    counterparty: str = "",
) -> Entry:
    """Book money spent, or promised, that somebody else has approved (R91).

    Args:
        kind: SPEND or COMMIT.
        key: the submission it comes from: one form books once.
        on: the day of the expense, never in the future.

    Raises OverBudget; RuleViolation: approved by the one who books, a day to come, and as ``ledger`` does.
    """
    if kind not in BY_HAND:
        raise ValueError(kind)
    _refuse_own(approved_by, by)
    _refuse_future(on, at)
    post = ledger.spend if kind == EntryKind.SPEND else ledger.commit
    return post(
        line, amount, purpose=purpose, source=f"budget.booking:{key or uuid.uuid4()}", on=on, at=at, by=by,
        approved_by=approved_by, document=document, counterparty=counterparty,
    )  # fmt: skip


@transaction.atomic
def pay(
    commitment: Entry,
    amount: Decimal,
    *,
    on: date,
    at: datetime,
    by: Any,
    document: str = "",
    purpose: str = "",
) -> Entry:
    """Pay what was committed; paying less gives the rest back to the line.

    Raises RuleViolation: it is settled where it was committed; closed already; OverBudget when it costs more.
    """
    refuse_foreign(commitment, by=by)
    _refuse_future(on, at)
    return ledger.spend(
        commitment.line, amount, commitment=commitment, purpose=purpose or commitment.purpose,
        source=f"budget.entry:{commitment.pk}:paid", on=on, at=at, by=by,
        document=document or commitment.document, counterparty=commitment.counterparty,
        approved_by=commitment.approved_by,
    )  # fmt: skip


@transaction.atomic
def release(commitment: Entry, *, reason: str, on: date, at: datetime, by: Any) -> Entry:
    """Give back to the line what is not needed after all.

    Raises RuleViolation: no reason; it is settled where it was committed; closed already.
    """
    if not reason.strip():
        raise RuleViolation(_("Say why it is released."), field="reason")
    refuse_foreign(commitment, by=by)
    return ledger.release(
        commitment, purpose=reason, source=f"budget.entry:{commitment.pk}:released", on=on, at=at, by=by
    )


@transaction.atomic
def refund(
    payment: Entry, amount: Decimal, *, reason: str, key: uuid.UUID | None, on: date, at: datetime, by: Any
) -> Entry:
    """Money of a payment comes back, in parts if need be. Raises RuleViolation as ``ledger.refund`` does."""
    if not reason.strip():
        raise RuleViolation(_("Say why the money comes back."), field="reason")
    _refuse_future(on, at)
    return ledger.refund(
        payment, amount, purpose=reason, source=f"budget.entry:{payment.pk}:refund:{key or uuid.uuid4()}",
        on=on, at=at, by=by, counterparty=payment.counterparty,
    )  # fmt: skip


def refuse_foreign(commitment: Entry, *, by: Any) -> None:
    """A commitment that a record made (a claim, a list) is paid or released there, so that both agree."""
    owner = follow(commitment.source, user=by)
    if owner:
        raise RuleViolation(
            _("“%(owner)s” committed this money: pay or call it off there.") % {"owner": owner.label},
            remedy=Remedy(_("Open %(owner)s") % {"owner": owner.label}, owner.url),
        )


def _refuse_own(approved_by: Any, by: Any) -> None:
    if approved_by is None:
        raise RuleViolation(_("Say who approved it."), field="approved_by")
    if approved_by.pk == by.pk:
        raise RuleViolation(_("Whoever books it has not approved it."), field="approved_by")


def _refuse_future(on: date, at: datetime) -> None:
    if on > at.date():
        raise RuleViolation(_("Nothing is booked under a day to come."), field="on")
