"""Drawing up the budget of a campaign, confirming what was deduced, and putting it in force (R80–R91)."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from budget.choices import BudgetState, LimitAction
from budget.models import Budget, BudgetLimit, BudgetLine, Entry, ExpenseClaim, Supplement, Transfer
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.errors import Remedy, RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User

from . import ledger, posting

TEMPLATE = Path(__file__).resolve().parents[1] / "plan_template.json"
CARRIED = (
    "number",
    "position",
    "category",
    "name",
    "is_group",
    "stated_amount",
    "is_closed",
    "note",
    "inferred",
)


@transaction.atomic
def start_from_plan(campaign: Campaign, *, by: Any) -> Budget:
    """Draw up a draft from the source plan: its five lines and their parts, 52,000 yuan in all (R80–R90).

    Amounts that the plan does not state are marked in ``inferred`` until somebody confirms them (C12).
    Raises RuleViolation when the campaign has a budget already.
    """
    plan = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    budget = _start(campaign, Decimal(plan["stated_amount"]), by=by)
    position = 0

    def add(rows: list[dict[str, Any]], parent: BudgetLine | None) -> None:
        nonlocal position
        for row in rows:
            position += 10
            children = row.pop("children", [])
            line = BudgetLine.objects.create(
                budget=budget, parent=parent, position=position, is_group=bool(children), **row
            )
            add(children, line)

    add(plan["lines"], None)
    _set_limits(budget, plan["limits"])
    record(budget, "budget.budget.created", by=by, to_state=budget.state, amount=budget.stated_amount)
    return budget


@transaction.atomic
def start_from_budget(campaign: Campaign, *, model: Budget, by: Any) -> Budget:
    """Draw up a draft for the next round with the lines, amounts and limits of an earlier budget (R42).

    Supplements and transfers stay behind: the original amounts are what is carried.
    Raises RuleViolation when the campaign has a budget already.
    """
    budget = _start(campaign, model.stated_amount, by=by)
    copies: dict[int, BudgetLine] = {}
    for line in model.lines.order_by("number"):
        values = {name: getattr(line, name) for name in CARRIED}
        copies[line.pk] = BudgetLine.objects.create(
            budget=budget,
            parent=copies.get(line.parent_id) if line.parent_id else None,
            original_amount=line.original_amount,
            **values,
        )
    BudgetLimit.objects.bulk_create(
        BudgetLimit(
            budget=budget,
            line=copies.get(limit.line_id) if limit.line_id else None,
            percent=limit.percent,
            action=limit.action,
        )
        for limit in model.limits.all()
    )
    record(
        budget,
        "budget.budget.created",
        by=by,
        to_state=budget.state,
        amount=budget.stated_amount,
        carried_from=str(model),
    )
    return budget


@transaction.atomic
def edit_budget(budget: Budget, *, stated_amount: Decimal, version: int | None, by: Any) -> None:
    """Change the total of a draft. Raises StaleEdit; RuleViolation when it is in force."""
    _refuse_in_force(budget)
    budget.claim(version)
    before, budget.stated_amount = budget.stated_amount, stated_amount
    _save(budget)
    record(budget, "budget.budget.edited", by=by, changes={"stated_amount": [before, stated_amount]})


@transaction.atomic
def add_line(budget: Budget, *, by: Any, **values: Any) -> BudgetLine:
    """Add a line to a draft; a line it is part of becomes a heading.

    Raises RuleViolation: in force; the number is taken; the parent holds money of its own.
    """
    _refuse_in_force(budget)
    line = BudgetLine(budget=budget, **values)
    _put_under(line)
    line.position = _position(budget, line)
    _save(line)
    record(line, "budget.budgetline.created", by=by, under=budget, amount=line.original_amount)
    return line


@transaction.atomic
def edit_line(line: BudgetLine, *, version: int | None, by: Any, **values: Any) -> BudgetLine:
    """Change a line: all of it in a draft, note and closing once the budget is in force.

    A value that somebody edits is thereby confirmed. Raises StaleEdit; RuleViolation for what is frozen.
    """
    posting.lock(line.budget_id)
    line.refresh_from_db()
    if line.budget.state != BudgetState.DRAFT and set(values) - {"note", "is_closed"}:
        raise RuleViolation(_("The budget is in force: its amounts change only by supplement or transfer."))
    line.claim(version)
    changes = {}
    for name, value in values.items():
        before = getattr(line, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(line, name, value)
    _put_under(line)
    line.inferred = [name for name in line.inferred if name not in changes]
    _save(line)
    record(line, "budget.budgetline.edited", by=by, under=line.budget, changes=changes)
    return line


@transaction.atomic
def remove_line(line: BudgetLine, *, by: Any) -> None:
    """Take a line out of a draft. Raises RuleViolation: in force, or lines hang below it."""
    _refuse_in_force(line.budget)
    if line.children.exists():
        raise RuleViolation(_("Lines hang below “%(line)s”: take those out first.") % {"line": line})
    record(line, "budget.budgetline.removed", by=by, under=line.budget, amount=line.original_amount)
    line.delete()


@transaction.atomic
def confirm_inferred(budget: Budget, *, by: Any, line: BudgetLine | None = None) -> int:
    """Confirm the values deduced from the plan, of one line or of all; how many (requirements 1.0, C12)."""
    posting.lock(budget.pk)
    rows = budget.lines.exclude(inferred=[])
    confirmed: dict[str, list[str]] = {}
    for each in rows.filter(pk=line.pk) if line else rows:
        confirmed[str(each)] = [
            str(BudgetLine._meta.get_field(name).verbose_name)
            for name in each.inferred  # type: ignore[union-attr]
        ]
        BudgetLine.objects.filter(pk=each.pk).update(inferred=[])
    if confirmed:
        record(budget, "budget.budget.confirmed", by=by, confirmed=confirmed)
    return sum(map(len, confirmed.values()))


@transaction.atomic
def approve(budget: Budget, *, by: Any, on: date, at: datetime) -> None:
    """Put the budget in force: the original amounts become entries and are frozen (integrity rule 3).

    Whoever drew it up does not approve it, unless there is no other director.
    Raises RuleViolation: in force already; own draft; no line with money; lines that exceed the total.
    """
    posting.lock(budget.pk)
    if budget.prepared_by_id == by.pk and (User.objects.with_role(Role.DIRECTOR).exclude(pk=by.pk).exists()):
        raise RuleViolation(_("You drew this budget up: another director approves it."))
    amounts = [line.original_amount for line in budget.lines.filter(is_group=False)]
    assigned = sum((amount for amount in amounts if amount), Decimal(0))
    if not assigned:
        raise RuleViolation(_("No line has an amount yet."))
    if assigned > budget.stated_amount:
        raise RuleViolation(
            _("The lines add up to %(sum)s yuan, more than the total of %(total)s. Put one of them right.")
            % {"sum": f"{assigned:,.2f}", "total": f"{budget.stated_amount:,.2f}"}
        )
    won = Budget.objects.filter(pk=budget.pk, state=BudgetState.DRAFT).update(
        state=BudgetState.APPROVED, approved_by=by, approved_at=at
    )
    if not won:
        raise RuleViolation(_("The budget is in force already."))
    budget.refresh_from_db()
    ledger.open_ledger(budget, on=on, at=at, by=by)
    record(
        budget,
        "budget.budget.approved",
        by=by,
        from_state=BudgetState.DRAFT,
        to_state=BudgetState.APPROVED,
        amount=assigned,
    )


@transaction.atomic
def close(budget: Budget, *, reason: str, by: Any) -> None:
    """结项: nothing is booked any more; the budget stays to be read and is carried into the next round.

    Raises RuleViolation: not the director; no reason; not in force; money is still promised or asked for (the
    way out leads there).
    """
    if not by.has_role(Role.DIRECTOR):
        raise RuleViolation(_("The director closes a budget."))
    if not reason.strip():
        raise RuleViolation(_("Say why the budget is closed."), field="reason")
    posting.lock(budget.pk)
    budget.refresh_from_db()
    for obstacle in _unfinished(budget):
        raise obstacle
    won = Budget.objects.filter(pk=budget.pk, state=BudgetState.APPROVED).update(state=BudgetState.CLOSED)
    if not won:
        raise RuleViolation(_("Only a budget in force is closed."))
    budget.refresh_from_db()
    record(
        budget,
        "budget.budget.closed",
        by=by,
        from_state=BudgetState.APPROVED,
        to_state=BudgetState.CLOSED,
        reason=reason.strip(),
    )


@transaction.atomic
def reopen(budget: Budget, *, reason: str, by: Any) -> None:
    """撤销结项: a late bill or a refund is booked after all; the balances are those it was closed with.

    Raises RuleViolation: not the director; no reason; not closed.
    """
    if not by.has_role(Role.DIRECTOR):
        raise RuleViolation(_("The director reopens a budget."))
    if not reason.strip():
        raise RuleViolation(_("Say why the budget is reopened."), field="reason")
    posting.lock(budget.pk)
    won = Budget.objects.filter(pk=budget.pk, state=BudgetState.CLOSED).update(state=BudgetState.APPROVED)
    budget.refresh_from_db()
    if not won:
        raise RuleViolation(
            _("Only a closed budget is reopened; this one is “%(state)s”.")
            % {"state": budget.get_state_display()}  # type: ignore[attr-defined]
        )
    record(
        budget,
        "budget.budget.reopened",
        by=by,
        from_state=BudgetState.CLOSED,
        to_state=BudgetState.APPROVED,
        reason=reason.strip(),
    )


# -- parts of the above -------------------------------------------------------------------------------
def _start(campaign: Campaign, stated_amount: Decimal, *, by: Any) -> Budget:
    if Budget.objects.filter(campaign=campaign).exists():
        raise RuleViolation(_("“%(campaign)s” has a budget already.") % {"campaign": campaign})
    return Budget.objects.create(campaign=campaign, stated_amount=stated_amount, prepared_by=by)


def _set_limits(budget: Budget, limits: dict[str, int]) -> None:
    for action in LimitAction:
        BudgetLimit.objects.create(budget=budget, percent=limits[action], action=action)


def _unfinished(budget: Budget) -> list[RuleViolation]:
    """What would be left hanging if the budget closed now, each with the list it stands in."""
    waiting = (
        (
            Entry.objects.filter(budget=budget).open_commitments(),
            _("%(n)s commitments are neither paid nor released."),
            Remedy(_("Committed and not paid"), reverse("budget:commitments", args=[budget.pk])),
        ),
        (
            ExpenseClaim.objects.filter(budget=budget).pending(),
            _("%(n)s expense claims wait for a decision."),
            Remedy(_("Expense claims"), f"{reverse('budget:claims')}?state=pending"),
        ),
        (
            Supplement.objects.filter(budget=budget).pending(),
            _("%(n)s supplement reports wait for a decision."),
            Remedy(_("Supplement reports"), f"{reverse('budget:supplements')}?state=pending"),
        ),
        (
            Transfer.objects.filter(budget=budget).pending(),
            _("%(n)s transfers wait for a decision."),
            Remedy(_("Transfers between lines"), f"{reverse('budget:transfers')}?state=pending"),
        ),
    )
    counted = [(rows.count(), words, remedy) for rows, words, remedy in waiting]
    return [RuleViolation(words % {"n": n}, remedy=remedy) for n, words, remedy in counted if n]


def _refuse_in_force(budget: Budget) -> None:
    posting.lock(budget.pk)
    budget.refresh_from_db()
    if budget.state != BudgetState.DRAFT:
        raise RuleViolation(_("The budget is in force: its amounts change only by supplement or transfer."))


def _put_under(line: BudgetLine) -> None:
    """A line with parts is a heading; it has no money of its own."""
    parent = line.parent
    if parent is None:
        return
    if parent.pk == line.pk or parent.budget_id != line.budget_id:
        raise RuleViolation(_("A line is part of another line of the same budget."), field="parent")
    if parent.original_amount:
        raise RuleViolation(
            _("“%(line)s” holds money of its own and cannot be a heading.") % {"line": parent},
            field="parent",
        )
    if not parent.is_group:
        BudgetLine.objects.filter(pk=parent.pk).update(is_group=True, original_amount=None)


def _position(budget: Budget, line: BudgetLine) -> int:
    """Behind the line whose number comes before."""
    before = [row for row in budget.lines.all() if _order(row.number) < _order(line.number)]
    return max((row.position for row in before), default=0) + 1


def _order(number: str) -> tuple[tuple[int, str], ...]:
    """2.10 comes after 2.9."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in number.split("."))


def _save(row: Any) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleViolation(messages[0], field=None if field == "__all__" else field) from error
    row.save()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, BudgetLine) else value
