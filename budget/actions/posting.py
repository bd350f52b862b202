"""How one entry gets into the ledger: held, checked, numbered, written, told (integrity rules 1–6).

The acts that people know, 占用 and 支出 and the rest, are in ``ledger``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import Exists
from django.utils.translation import gettext as _

from budget.choices import BudgetState, EntryKind, LimitAction
from budget.errors import OverBudget
from budget.models import Budget, BudgetLimit, BudgetLine, Entry
from budget.rules import Change, Limit, fen_at_least, missing, percent_used, reached
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.common.appending import append
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.common.turns import take_turn
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User


def lock(budget_id: int) -> None:
    """One writer per budget: the ledger's end is ours until the transaction ends.

    Whoever writes audit rows before posting in the same transaction (a decision, say) calls this first: the
    ledger is locked before the audit chain, always.
    """
    take_turn(f"budget.ledger:{budget_id}")


# What somebody may have changed while one waited.
_MOVING = (
    "original_amount", "allowed_amount", "committed_amount", "spent_amount", "is_group", "is_closed", "note",
)  # fmt: skip


def _hold(line: BudgetLine) -> tuple[int, str]:
    """Lock the ledger's end and the line, whose balance is then as it stands; the last number, the budget's state.

    Nobody is waited for at the rows but who changes a line outside the ledger.
    """
    lock(line.budget_id)
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
class Posted:
    """An entry that stands in the ledger and not yet in the trail; ``crossed`` are the limits it sets off."""

    entry: Entry
    line: BudgetLine
    change: Change
    crossed: list[Limit]


def post(line: BudgetLine, kind: str, amount: Decimal, change: Change, **more: Any) -> Entry:
    """One entry, in the ledger and in the trail; the caller's own transaction takes the number back when refused."""
    posted = insert(line, kind, amount, change, **more)
    finish([posted], on=more["on"], at=more["at"], by=more["by"])
    return posted.entry


def insert(
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
) -> Posted:
    """Check, number and insert one entry; the database adds it up on the line (``common.triggers.running_total``)
    and takes no number but the next (``numbered``), so there are no gaps (integrity rule 6).

    Everybody who books waits for the ledger's end: what can be read before it is held is read before.
    """
    if amount <= 0:
        raise RuleViolation(_("The amount is more than zero."), field="amount")
    booked_already = RuleViolation(_("This has been booked already. Refresh to see the entry."))
    is_booked, limits = _beforehand(line, source)
    if is_booked:
        raise booked_already
    entry = Entry(
        budget_id=line.budget_id, line=line, kind=kind, amount=amount,
        allowed_change=change.allowed, committed_change=change.committed, spent_change=change.spent,
        booked_on=on, purpose=purpose, document=document, counterparty=counterparty, source=source,
        about=about, by=by, approved_by=approved_by, at=at,
    )  # fmt: skip
    entry.clean_fields(exclude=["budget", "number", "line", "about", "by", "approved_by"])
    number, state = _hold(line)
    refuse_unusable(line, state, kind)
    crossed = check(line, change, limits, source=source, purpose=purpose)
    entry.number = number + 1
    try:
        append(entry)
    except IntegrityError as error:
        if "source" in str(error):
            raise booked_already from error  # the same event at the same moment
        raise
    return Posted(entry, line, change, crossed)


def finish(posted: list[Posted], *, on: date, at: datetime, by: Any) -> None:
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


def refuse_unusable(line: BudgetLine, state: str, kind: str) -> None:
    """Raise RuleViolation for a heading, a budget not in force, or a closed line that is to be charged."""
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
    rows = BudgetLimit.objects.filter(budget=line.budget_id).order_by()
    return _in_force(line, rows.values_list("line_id", "action", "percent"))


def _beforehand(line: BudgetLine, source: str) -> tuple[bool, list[Limit]]:
    """Whether the event is booked already, and the limits of the line: what nobody has to be held for."""
    rows = list(
        Budget.objects.filter(pk=line.budget_id)
        .annotate(is_booked=Exists(Entry.objects.filter(source=source)))
        .values_list("is_booked", "limits__line_id", "limits__action", "limits__percent")
    )
    return rows[0][0], _in_force(line, (row[1:] for row in rows if row[2]))


def _in_force(line: BudgetLine, rows: Iterable[tuple[int | None, str, int]]) -> list[Limit]:
    rows, found = list(rows), []
    for action in LimitAction:
        own = [percent for pk, what, percent in rows if pk == line.pk and what == action]
        general = [percent for pk, what, percent in rows if pk is None and what == action]
        found += [Limit(percent, action == LimitAction.BLOCK) for percent in own or general]
    return found


def _takes(change: Change) -> bool:
    """Whether an entry leaves its line with less than before."""
    return change.committed + change.spent > 0 or change.allowed < 0


def check(
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
