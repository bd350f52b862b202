"""Claims decided: approved whole or in part, returned, rejected; the difference decided anew (R72, R87)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budget.errors import OverBudget
from budget.matters import check_matter, what_follows
from budget.models import Entry, ExpenseClaim
from budget.rules import fen
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import tell
from keyaccounts.notices.models import NoticeKind

from . import ledger, posting
from .guards import drop_estimate, lock_claim, refuse_decider


@transaction.atomic
def approve_claim(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, amount: Decimal | None = None, note: str = ""
) -> ExpenseClaim:
    """Approve a claim, whole or in part, and commit its money in the same transaction.

    Raises RuleViolation: more than claimed; less without a reason; one's own; decided already; not one's to
    decide; what it is for does not bear it any more (``matters``). OverBudget when the line cannot bear it; then
    nothing is decided.
    """
    refuse_decider(claim, by)
    amount = fen(claim.claimed_amount if amount is None else amount)
    if amount > claim.claimed_amount:
        raise RuleViolation(
            _("At most what was claimed can be approved: %(amount)s yuan.")
            % {"amount": f"{claim.claimed_amount:,.2f}"},
            field="amount",
        )
    if amount < claim.claimed_amount and not note.strip():
        raise RuleViolation(_("Say why less than claimed is approved."), field="note")
    check_matter(claim, amount, at)
    posting.lock(claim.budget_id)
    # The request is claimed first: of two who approve, one goes on to the ledger.
    _decide(
        claim, RequestState.APPROVED, note=note, follows=what_follows(claim), by=by, at=at, approved_amount=amount
    )  # fmt: skip
    entry = _commit(claim, amount, step="commit", by=by, on=on, at=at)
    ExpenseClaim.objects.filter(pk=claim.pk).update(commitment=entry)
    claim.commitment = entry
    return claim


@transaction.atomic
def return_claim(claim: ExpenseClaim, *, note: str, by: Any, at: datetime) -> ExpenseClaim:
    """退回: the claimant puts it right and hands it in again.

    Raises RuleViolation: no reason; decided already; not one's to decide.
    """
    refuse_decider(claim, by)
    return _decide(claim, RequestState.RETURNED, note=note, by=by, at=at)


@transaction.atomic
def reject_claim(claim: ExpenseClaim, *, note: str, by: Any, at: datetime) -> ExpenseClaim:
    """驳回, for good. Raises as ``return_claim`` does."""
    refuse_decider(claim, by)
    return _decide(claim, RequestState.REJECTED, note=note, by=by, at=at)


@transaction.atomic
def approve_difference(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, note: str = ""
) -> ExpenseClaim:
    """Approve what a claim came to beyond its approval: the old commitment is released and the whole one made.

    Raises RuleViolation: nothing beyond; one's own; not one's to decide. OverBudget when the line lacks it.
    """
    lock_claim(claim)
    refuse_decider(claim, by)
    if by.pk == claim.requested_by_id:
        raise RuleViolation(_("The approver of a thing is never its requester."))
    if not claim.has_grown or claim.commitment is None or claim.actual_amount is None:
        raise RuleViolation(_("There is no difference to approve. Refresh to see it."))
    actual = claim.actual_amount
    old, before = claim.commitment, claim.approved_amount
    ledger.release(
        old, purpose=_("%(code)s: replaced by what it came to") % {"code": claim.code},
        source=f"{claim.source_name}:release:{old.pk}", on=on, at=at, by=by, document=claim.code,
    )  # fmt: skip
    entry = _commit(claim, actual, step=f"commit:{old.pk}", by=by, on=on, at=at)
    claim.claimed_amount, claim.approved_amount, claim.commitment = (
        max(claim.claimed_amount, actual),
        actual,
        entry,
    )
    claim.decision_note = note[:200] or claim.decision_note
    claim.version += 1
    claim.full_clean()
    claim.save()
    record(
        claim,
        "budget.expenseclaim.raised",
        by=by,
        changes={"approved_amount": [str(before), str(actual)]},
        reason=note,
    )
    tell(
                claim.requested_by, kind=NoticeKind.DECISION, subject=claim, at=at, url=claim.get_absolute_url(), body=note,
        step=f"raised-{claim.version}", title=_("%(code)s: the difference is approved") % {"code": claim.code},
    )  # fmt: skip
    return claim


def _decide(
    claim: ExpenseClaim, decision: str, *, note: str, by: Any, at: datetime, **fields: Any
) -> ExpenseClaim:
    approvals.decide(
        claim, decision, note=note, title=_("Claim %(code)s") % {"code": claim.code},
        url=claim.get_absolute_url(), by=by, at=at, **fields,
    )  # fmt: skip
    drop_estimate(claim)
    return claim


def _commit(claim: ExpenseClaim, amount: Decimal, *, step: str, by: Any, on: date, at: datetime) -> Entry:
    try:
        return ledger.commit(
            claim.line, amount, purpose=claim.purpose, source=f"{claim.source_name}:{step}", on=on, at=at, by=by,
            approved_by=by, document=claim.code, counterparty=claim.counterparty or str(claim.requested_by),
        )  # fmt: skip
    except OverBudget as refusal:
        # The supplement report names the claim, not the entry that was refused.
        raise refusal.of(claim.source_name, purpose=claim.purpose) from refusal
