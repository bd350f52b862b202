"""Posting to the ledger: the only way money moves (R91, R93, integrity rules 1–7).

Every function takes ``source``, the name of the business event, which posts at most once; ``on``, the day it
is booked under; ``by``, who books; ``approved_by``, who allowed it. Amounts are yuan, two places, above zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from budget.choices import BudgetState, EntryKind, LimitAction
from budget.errors import OverBudget
from budget.models import Budget, BudgetLimit, BudgetLine, Entry
from budget.rules import NOTHING, Change, Limit, fen, fen_at_least, missing, percent_used, reached
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.common.appending import append
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

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
    return _post(
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
    return _post(
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
    return _post(
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
    lock(payment.budget_id)
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
    return _post(
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
    lock(entry.budget_id)
    _refuse_reversed(entry)
    if entry.followers.filter(kind=EntryKind.REFUND).exclude(followers__kind=EntryKind.REVERSAL).exists():
        raise RuleViolation(_("Part of this payment has come back: reverse the refund first."))
    done = entry.change
    return _post(
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
    return _post(
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
        out = _insert(
            from_line, EntryKind.TRANSFER, amount, Change(allowed=-amount),
            purpose=purpose, source=f"{source}:out", on=on, at=at, by=by, **more,
        )  # fmt: skip
    except OverBudget as refusal:
        raise refusal.of(source, purpose=purpose, needy=(to_line, amount)) from refusal
    into = _insert(
        to_line, EntryKind.TRANSFER, amount, Change(allowed=amount),
        purpose=purpose, source=f"{source}:in", on=on, at=at, by=by, **more,
    )  # fmt: skip
    _finish([out, into], on=on, at=at, by=by)
    return out.entry, into.entry


@transaction.atomic
def open_ledger(budget: Budget, *, on: date, at: datetime, by: Any) -> None:
    """The original amounts become the ledger's first entries when the budget is approved; then they are frozen."""
    posted = [
        _insert(
            line, EntryKind.BUDGET, line.original_amount or NOTHING, Change(allowed=line.original_amount or NOTHING),
            purpose=_("Original amount"), source=f"budget.budgetline:{line.pk}:original",
            on=on, at=at, by=by, approved_by=by,
        )
        for line in budget.lines.filter(is_group=False, original_amount__gt=0).order_by("position", "number")
    ]  # fmt: skip
    _finish(posted, on=on, at=at, by=by)


def ask(line: BudgetLine, amount: Decimal, *, source: str = "", purpose: str = "") -> None:
    """Refuse what the line could not bear now, without posting anything.

    Raises as ``commit`` does.
    """
    line = BudgetLine.objects.select_related("budget__campaign").get(pk=line.pk)
    _refuse_unusable(line, line.budget.state, EntryKind.COMMIT)
    _check(line, Change(committed=fen(amount)), limits_of(line), source=source, purpose=purpose)


# -- parts of the above -------------------------------------------------------------------------------
def lock(budget_id: int) -> None:
    """One writer per budget: take the ledger's end without using up a number.

    Whoever writes audit rows before posting in the same transaction (a decision, say) calls this first: the
    ledger is locked before the audit chain, always.
    """
    Budget.objects.filter(pk=budget_id).update(last_number=F("last_number"))


# What somebody may have changed while one waited.
_MOVING = (
    "original_amount", "allowed_amount", "committed_amount", "spent_amount", "is_group", "is_closed", "note",
)  # fmt: skip


def _hold(line: BudgetLine) -> tuple[int, str]:
    """Lock the ledger's end and the line, whose balance is then as it stands; the last number, the budget's state.

    The budget is locked before the line, in the order of the join: a transfer holds two lines and waits for none.
    """
    number, state, *moving = (
        Budget.objects.select_for_update(no_key=True)
        .filter(pk=line.budget_id, lines=line.pk)
        .values_list("last_number", "state", *(f"lines__{name}" for name in _MOVING))
        .get()
    )
    for name, value in zip(_MOVING, moving, strict=True):
        setattr(line, name, value)
    return number, state


@dataclass(frozen=True, slots=True)
class _Posted:
    """An entry that stands in the ledger and not yet in the trail; ``crossed`` are the limits it sets off."""

    entry: Entry
    line: BudgetLine
    change: Change
    crossed: list[Limit]


def _post(line: BudgetLine, kind: str, amount: Decimal, change: Change, **more: Any) -> Entry:
    """One entry, in the ledger and in the trail; the caller's own transaction takes the number back when refused."""
    posted = _insert(line, kind, amount, change, **more)
    _finish([posted], on=more["on"], at=more["at"], by=more["by"])
    return posted.entry


def _insert(
    line: BudgetLine,
    kind: str,
    amount: Decimal,
    change: Change,
    *,
    purpose: str,
    source: str,
    on: date,
    at: datetime,
    by: Any,
    document: str = "",
    counterparty: str = "",
    approved_by: Any = None,
    about: Entry | None = None,
) -> _Posted:
    """Check, number and insert one entry; the database adds it up on the line (``common.triggers.running_total``)
    and takes no number but the next (``numbered``), so there are no gaps (integrity rule 6).

    Everybody who books waits for the ledger's end: what can be read before it is held is read before.
    """
    if amount <= 0:
        raise RuleViolation(_("The amount is more than zero."), field="amount")
    booked_already = RuleViolation(_("This has been booked already. Refresh to see the entry."))
    if Entry.objects.filter(source=source).exists():
        raise booked_already
    limits = limits_of(line) if _takes(change) else []
    number, state = _hold(line)
    _refuse_unusable(line, state, kind)
    entry = Entry(
        budget_id=line.budget_id, number=number + 1, line=line, kind=kind, amount=amount,
        allowed_change=change.allowed, committed_change=change.committed, spent_change=change.spent,
        booked_on=on, purpose=purpose, document=document, counterparty=counterparty, source=source,
        about=about, by=by, approved_by=approved_by, at=at,
    )  # fmt: skip
    crossed = _check(line, change, limits, source=source, purpose=purpose)
    entry.clean_fields(exclude=["budget", "line", "about", "by", "approved_by"])
    try:
        append(entry)
    except IntegrityError as error:
        if "source" in str(error):
            raise booked_already from error  # the same event at the same moment
        raise
    return _Posted(entry, line, change, crossed)


def _finish(posted: list[_Posted], *, on: date, at: datetime, by: Any) -> None:
    """Warn of limits, then write the trail, whose end is locked last."""
    for each in posted:
        _warn(each.line, each.crossed, each.change, on=on, at=at)
    record_all(
        [
            Act(
                each.entry,
                "budget.entry.posted",
                under=each.line,
                data={
                    "line": str(each.line),
                    "amount": each.entry.amount,
                    "kind": each.entry.kind,
                    "purpose": each.entry.purpose,
                },
            )
            for each in posted
        ],
        by=by,
    )


def _refuse_unusable(line: BudgetLine, state: str, kind: str) -> None:
    if line.is_group:
        raise RuleViolation(
            _("“%(line)s” is a heading: choose one of the lines below it.") % {"line": line}, field="line"
        )
    if kind == EntryKind.BUDGET:
        return
    if state == BudgetState.CLOSED:
        raise RuleViolation(_("The budget is closed: nothing is booked on it any more."))
    if state != BudgetState.APPROVED:
        raise RuleViolation(_("The budget is not in force. The director approves it first."))
    if line.is_closed and kind in (EntryKind.COMMIT, EntryKind.SPEND):
        raise RuleViolation(
            _("“%(line)s” is closed (%(why)s). Choose another line.")
            % {"line": line, "why": line.note or "—"},
            field="line",
        )


def limits_of(line: BudgetLine) -> list[Limit]:
    """The limits in force for a line: its own, else those of all lines."""
    rows = list(
        BudgetLimit.objects.filter(budget=line.budget_id)
        .order_by()
        .values_list("line_id", "action", "percent")
    )
    found = []
    for action in LimitAction:
        own = [percent for pk, what, percent in rows if pk == line.pk and what == action]
        general = [percent for pk, what, percent in rows if pk is None and what == action]
        found += [Limit(percent, action == LimitAction.BLOCK) for percent in own or general]
    return found


def _takes(change: Change) -> bool:
    """Whether an entry leaves its line with less than before."""
    return change.committed + change.spent > 0 or change.allowed < 0


def _check(
    line: BudgetLine, change: Change, limits: list[Limit], *, source: str, purpose: str = ""
) -> list[Limit]:
    """Refuse what the line cannot bear; the warnings that the entry sets off."""
    short = missing(line.balance, change)
    takes = _takes(change)
    left, asked = line.balance.left, change.committed + change.spent - change.allowed
    words = {"line": line, "left": f"{left:,.2f}", "asked": f"{asked:,.2f}", "missing": f"{short:,.2f}"}
    if short > 0 and takes:
        if line.original_amount is None and not line.allowed_amount:
            message = _(
                "“%(line)s” has no amount yet: money that no line holds cannot be spent. Missing %(missing)s yuan."
            )
        else:
            message = _(
                "“%(line)s” has %(left)s yuan left and this takes %(asked)s: %(missing)s yuan are missing."
            )
        raise OverBudget(
            line, missing=short, message=message % words, source=source, field="amount", purpose=purpose,
            is_taken=change.allowed < 0,
        )  # fmt: skip
    if not takes:
        return []
    crossed = reached(line.balance, line.balance.after(change), limits)
    for limit in crossed:
        if limit.is_block:
            over = line.balance.after(change).used - line.allowed_amount * limit.percent / 100
            raise OverBudget(
                line,
                missing=fen_at_least(over * 100 / limit.percent),
                message=_(
                    "“%(line)s” is blocked from %(percent)s %% on (limit of the director), and this would bring it to %(now)s %%."
                )
                % {"line": line, "percent": limit.percent, "now": percent_used(line.balance.after(change))},
                source=source,
                field="amount",
                purpose=purpose,
                is_taken=change.allowed < 0,
            )
    return [limit for limit in crossed if not limit.is_block]


def _warn(line: BudgetLine, crossed: list[Limit], change: Change, *, on: date, at: datetime) -> None:
    """Tell the director and those who keep the ledger that a line has reached a warning limit, once a day each."""
    if not crossed:
        return
    percent = max(limit.percent for limit in crossed)
    readers = User.objects.with_role(Role.DIRECTOR, Role.MARKETING, Role.FINANCE)
    now = line.balance.after(change)
    tell_all(
        [
            Message(
                person,
                NoticeKind.BUDGET,
                line,
                _("“%(line)s” has reached %(percent)s %% of its budget: %(left)s yuan left")
                % {"line": line, "percent": percent_used(now), "left": f"{now.left:,.2f}"},
                url=line.get_absolute_url(),
                due_on=on,
                step=str(percent),
            )
            for person in readers
        ],
        at=at,
    )


def _open(commitment: Entry, line: BudgetLine) -> Entry:
    """The commitment, when it can still be closed."""
    if commitment.kind != EntryKind.COMMIT or commitment.line_id != line.pk:
        raise RuleViolation(_("This is no commitment of “%(line)s”.") % {"line": line})
    lock(commitment.budget_id)
    if not Entry.objects.open_commitments().filter(pk=commitment.pk).exists():
        raise RuleViolation(_("This commitment has been paid or released already."))
    return commitment


def _refuse_reversed(entry: Entry) -> None:
    if entry.followers.filter(kind=EntryKind.REVERSAL).exists():
        raise RuleViolation(_("This entry has been reversed already."))
