"""Posting to the ledger: the only way money moves (R91, R93, integrity rules 1–7).

Every function takes ``source``, the name of the business event, which posts at most once; ``on``, the day it
is booked under; ``by``, who books; ``approved_by``, who allowed it. Amounts are yuan, two places, above zero.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from budget.choices import EntryKind
from budget.errors import OverBudget
from budget.models import Budget, BudgetLine, Entry
from budget.rules import NOTHING, Change, fen
from keyaccounts.common.errors import RuleViolation

from . import posting

REVERSIBLE = (EntryKind.SPEND, EntryKind.REFUND, EntryKind.SUPPLEMENT)


@transaction.atomic
def commit(
    line: BudgetLine,
    amount: Decimal,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    **more: Any,
) -> Entry:
    """占用: promise money of a line for something approved and not yet paid.

    ``more``: ``document``, ``counterparty``, ``approved_by``.

    Raises OverBudget with the missing amount; RuleViolation for a line that takes no entries, a limit that
    blocks, or an event already posted.
    """
    amount = fen(amount)
    return posting.post(
        line, EntryKind.COMMIT, amount, Change(committed=amount),
        purpose=purpose, source=source, on=on, at=at, by=by, **more,
    )  # fmt: skip


@transaction.atomic
def spend(
    line: BudgetLine,
    amount: Decimal,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    commitment: Entry | None = None,
    **more: Any,
) -> Entry:
    """支出: book money spent; with ``commitment`` it is paid from what was promised, which is thereby closed.

    Paying more than was promised needs the difference on the line; paying less gives the rest back to it.

    Raises as ``commit`` does, and RuleViolation when the commitment is closed already or of another line.
    """
    amount = fen(amount)
    consumed = _open(commitment, line).amount if commitment else Decimal(0)
    return posting.post(
        line, EntryKind.SPEND, amount, Change(committed=-consumed, spent=amount),
        purpose=purpose, source=source, on=on, at=at, by=by, about=commitment, **more,
    )  # fmt: skip


@transaction.atomic
def release(
    commitment: Entry, *, purpose: str, source: str, on: date, at: datetime, by: Any, **more: Any
) -> Entry:
    """释放占用: what was promised is not needed; all of it goes back to the line.

    Raises RuleViolation when it has been paid or released already.
    """
    _open(commitment, commitment.line)
    return posting.post(
        commitment.line, EntryKind.RELEASE, commitment.amount, Change(committed=-commitment.amount),
        purpose=purpose, source=source, on=on, at=at, by=by, about=commitment, **more,
    )  # fmt: skip


@transaction.atomic
def refund(
    payment: Entry,
    amount: Decimal,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    **more: Any,
) -> Entry:
    """退回: money of one payment comes back, in parts if need be, never more than was paid.

    Raises RuleViolation: no payment; a reversed one; more than is left of it.
    """
    amount = fen(amount)
    if payment.kind != EntryKind.SPEND:
        raise RuleViolation(_("Only a payment can be refunded."))
    posting.lock(payment.budget_id)
    _refuse_reversed(payment)
    back = payment.followers.filter(kind=EntryKind.REFUND).exclude(
        followers__kind=EntryKind.REVERSAL
    ).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if back + amount > payment.amount:
        raise RuleViolation(
            _("Of this payment %(left)s yuan can still come back, not %(amount)s.")
            % {"left": f"{payment.amount - back:,.2f}", "amount": f"{amount:,.2f}"},
            field="amount",
        )
    return posting.post(
        payment.line, EntryKind.REFUND, amount, Change(spent=-amount),
        purpose=purpose, source=source, on=on, at=at, by=by, about=payment, **more,
    )  # fmt: skip


@transaction.atomic
def reverse(entry: Entry, *, reason: str, on: date, at: datetime, by: Any, **more: Any) -> Entry:
    """冲销: a second entry takes back what the first did; both stay. A commitment a payment closed stays closed.

    Raises RuleViolation: no reason; reversed already; refunds hang on it; a kind that is undone otherwise
    (a commitment is released, a transfer moved back); money that has been used meanwhile.
    """
    if not reason.strip():
        raise RuleViolation(_("Say why it is reversed."), field="reason")
    if entry.kind not in REVERSIBLE:
        raise RuleViolation(
            _("An entry of the kind “%(kind)s” is not reversed: release the commitment, or transfer back.")
            % {"kind": entry.get_kind_display()}
        )
    posting.lock(entry.budget_id)
    _refuse_reversed(entry)
    if entry.followers.filter(kind=EntryKind.REFUND).exclude(followers__kind=EntryKind.REVERSAL).exists():
        raise RuleViolation(_("Part of this payment has come back: reverse the refund first."))
    done = entry.change
    return posting.post(
        entry.line, EntryKind.REVERSAL, entry.amount, -Change(done.allowed, Decimal(0), done.spent),
        purpose=reason, source=f"budget.entry:{entry.pk}:reversal", on=on, at=at, by=by, about=entry, **more,
    )  # fmt: skip


@transaction.atomic
def supplement(
    line: BudgetLine,
    amount: Decimal,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    **more: Any,
) -> Entry:
    """追加: approved extra money for a line; its original amount stays what it was (R92)."""
    amount = fen(amount)
    return posting.post(
        line, EntryKind.SUPPLEMENT, amount, Change(allowed=amount),
        purpose=purpose, source=source, on=on, at=at, by=by, **more,
    )  # fmt: skip


@transaction.atomic
def transfer(
    from_line: BudgetLine,
    to_line: BudgetLine,
    amount: Decimal,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    **more: Any,
) -> tuple[Entry, Entry]:
    """调剂: two entries, out of one line and into the other, or none.

    Raises OverBudget when the giving line has less left than ``amount``; its way out is more money for the line
    that needs it, not for the one that has none to give.
    """
    amount = fen(amount)
    if from_line.pk == to_line.pk or from_line.budget_id != to_line.budget_id:
        raise RuleViolation(_("A transfer goes from one line of a budget to another."), field="to_line")
    try:
        out = posting.insert(
            from_line, EntryKind.TRANSFER, amount, Change(allowed=-amount),
            purpose=purpose, source=f"{source}:out", on=on, at=at, by=by, **more,
        )  # fmt: skip
    except OverBudget as refusal:
        raise refusal.of(source, purpose=purpose, needy=(to_line, amount)) from refusal
    into = posting.insert(
        to_line, EntryKind.TRANSFER, amount, Change(allowed=amount),
        purpose=purpose, source=f"{source}:in", on=on, at=at, by=by, **more,
    )  # fmt: skip
    posting.finish([out, into], on=on, at=at, by=by)
    return out.entry, into.entry


@transaction.atomic
def open_ledger(budget: Budget, *, on: date, at: datetime, by: Any) -> None:
    """The original amounts become the ledger's first entries when the budget is approved; then they are frozen."""
    posted = [
        posting.insert(
            line, EntryKind.BUDGET, line.original_amount or NOTHING, Change(allowed=line.original_amount or NOTHING),
            purpose=_("Original amount"), source=f"budget.budgetline:{line.pk}:original",
            on=on, at=at, by=by, approved_by=by,
        )
        for line in budget.lines.filter(is_group=False, original_amount__gt=0).order_by("position", "number")
    ]  # fmt: skip
    posting.finish(posted, on=on, at=at, by=by)


def ask(line: BudgetLine, amount: Decimal, *, source: str = "", purpose: str = "") -> None:
    """Refuse what the line could not bear now, without posting anything.

    Raises as ``commit`` does.
    """
    line = BudgetLine.objects.select_related("budget__campaign").get(pk=line.pk)
    posting.refuse_unusable(line, line.budget.state, EntryKind.COMMIT)
    posting.check(
        line, Change(committed=fen(amount)), posting.limits_of(line), source=source, purpose=purpose
    )


# -- parts of the above -------------------------------------------------------------------------------
def _open(commitment: Entry, line: BudgetLine) -> Entry:
    """The commitment, when it can still be closed."""
    if commitment.kind != EntryKind.COMMIT or commitment.line_id != line.pk:
        raise RuleViolation(_("This is no commitment of “%(line)s”.") % {"line": line})
    posting.lock(commitment.budget_id)
    if not Entry.objects.open_commitments().filter(pk=commitment.pk).exists():
        raise RuleViolation(_("This commitment has been paid or released already."))
    return commitment


def _refuse_reversed(entry: Entry) -> None:
    if entry.followers.filter(kind=EntryKind.REVERSAL).exists():
        raise RuleViolation(_("This entry has been reversed already."))
