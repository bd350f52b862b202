"""Readings about claims: the line a kind goes to, and what one person may do with one claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from keyaccounts.approvals.choices import OPEN_STATES, RequestState
from keyaccounts.audit.queries import history
from keyaccounts.common.errors import RuleViolation

from .actions.claims import duplicates_of, obstacles
from .choices import WRITERS, ClaimKind
from .models import BudgetLine, ExpenseClaim, Receipt, claim_rule
from .rules import Balance, Change

RELATED = (
    "line__budget__campaign",
    "budget__campaign",
    "requested_by",
    "decided_by",
    "payment",
    "commitment",
)


def line_of(kind: str) -> BudgetLine:
    """The line in force that claims of this kind go to.

    Raises RuleViolation when no budget is in force or it has no such line.
    """
    category = claim_rule(kind).category
    line = BudgetLine.objects.spendable().filter(category=category).select_related("budget__campaign").last()
    if not category or line is None:
        raise RuleViolation(
            _("No budget in force has a line for “%(kind)s”. Ask the director to approve the budget.")
            % {"kind": ClaimKind(kind).label}
        )
    return line


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """A claim as one person sees it: what it is, what stands in its way, and what that person may do now."""

    claim: ExpenseClaim
    receipts: list[Receipt]
    same: list[ExpenseClaim]
    obstacles: list[RuleViolation]
    balance: Balance
    left_after: Any
    is_own: bool
    may_edit: bool
    may_add: bool
    may_withdraw: bool
    may_decide: bool
    may_pay: bool
    sees_line: bool
    events: list[Any] = field(default_factory=list)


def claim_page(claim: ExpenseClaim, *, user: Any, more: Iterable[RuleViolation] = ()) -> ClaimPage:
    """``more`` are obstacles that the app of the claim's matter knows of."""
    own, rule = claim.requested_by_id == user.pk, claim_rule(claim.kind)
    approved = claim.state == RequestState.APPROVED
    waits = claim.state == RequestState.PENDING or (approved and claim.has_grown)
    settled = claim.kind != ClaimKind.HOSPITALITY or claim.actual_amount is not None
    asked = (
        Change()
        if claim.state in (RequestState.APPROVED, RequestState.FULFILLED)
        else Change(committed=claim.claimed_amount)
    )
    balance = claim.line.balance
    return ClaimPage(
        claim=claim,
        receipts=list(claim.receipts.all()),
        same=duplicates_of(claim),
        obstacles=_each_once([*more, *obstacles(claim)]) if own and claim.is_editable else [],
        balance=balance,
        left_after=balance.after(asked).left,
        is_own=own,
        may_edit=own and claim.is_editable,
        may_add=own and (claim.state in OPEN_STATES or (approved and claim.kind != ClaimKind.HOSPITALITY)),
        may_withdraw=own and (claim.state in (*OPEN_STATES, RequestState.APPROVED)),
        may_decide=waits and not own and user.has_role(rule.approver_role),
        may_pay=approved and settled and not claim.has_grown and not own and user.has_role(*WRITERS),
        sees_line=own or user.has_role(*WRITERS, rule.approver_role),
        events=list(history(claim, limit=20)),
    )


def _each_once(found: Iterable[RuleViolation]) -> list[RuleViolation]:
    """One refusal a field: two apps may miss the same receipt."""
    kept: dict[str, RuleViolation] = {}
    for refusal in found:
        kept.setdefault(refusal.field or str(refusal), refusal)
    return list(kept.values())
