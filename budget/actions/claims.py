"""报销: writing a claim, handing it in, taking it back (R72, R87, R88).

The app of what a claim belongs to (a journey, guests) keeps the key to it and goes through these functions;
a kind that is only here is ``other``. Money moves through ``ledger`` in the same transaction as the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budget.choices import ClaimKind
from budget.models import BudgetLine, Estimate, ExpenseClaim, claim_rule
from budget.receipts import ReceiptFile
from budget.rules import fen
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.people.models import User

from . import ledger, posting
from .guards import drop_estimate, lock_claim, refuse_foreign
from .receipts import keep_receipts

GONE = (RequestState.WITHDRAWN, RequestState.REJECTED)


EDITED = ("line", "claimed_amount", "spent_on", "purpose", "counterparty", "document", "duplicate_reason")


@transaction.atomic
def write_claim(
    *,
    kind: str,
    line: BudgetLine,
    amount: Decimal,
    spent_on: date,
    purpose: str,
    by: Any,
    at: datetime,
    receipts: Iterable[ReceiptFile] = (),
    **more: Any,
) -> ExpenseClaim:
    """Write a claim; it is a draft until it is handed in.

    ``more``: ``counterparty``, ``document``, ``duplicate_reason``, ``source``.

    Raises RuleViolation: no amount; a day to come, unless it asks beforehand (hospitality); a line that takes
    no entries.
    """
    claim = ExpenseClaim(
        budget=line.budget, line=line, kind=kind, claimed_amount=fen(amount), spent_on=spent_on,
        purpose=purpose, requested_by=by, requested_at=at, **more,
    )  # fmt: skip
    _check(claim, at=at)
    save_with_code(claim, f"BX{at.year}-")
    record(claim, "budget.expenseclaim.written", by=by, amount=claim.claimed_amount, line=str(line))
    keep_receipts(claim, receipts, by=by, at=at)
    return claim


@transaction.atomic
def edit_claim(
    claim: ExpenseClaim,
    *,
    by: Any,
    at: datetime,
    version: int | None = None,
    receipts: Iterable[ReceiptFile] = (),
    **values: Any,
) -> ExpenseClaim:
    """Change one's own claim while it is a draft or has been returned. ``values`` are fields of EDITED.

    Raises RuleViolation as ``write_claim`` does; StaleEdit.
    """
    claim.claim(version)
    claim.refresh_from_db()
    refuse_foreign(claim, by)
    before = {name: getattr(claim, name) for name in EDITED}
    for name in EDITED:
        if name in values:
            setattr(claim, name, fen(values[name]) if name == "claimed_amount" else values[name])
    claim.budget = claim.line.budget
    _check(claim, at=at)
    claim.full_clean()
    claim.save()
    changes = {
        name: [str(value), str(getattr(claim, name))]
        for name, value in before.items()
        if value != getattr(claim, name)
    }
    record(claim, "budget.expenseclaim.edited", by=by, changes=changes)
    keep_receipts(claim, receipts, by=by, at=at)
    return claim


def duplicates_of(claim: ExpenseClaim) -> list[ExpenseClaim]:
    """Other claims of the same person, day, amount and line that are still alive."""
    rows = ExpenseClaim.objects.filter(
        requested_by=claim.requested_by, spent_on=claim.spent_on,
        claimed_amount=claim.claimed_amount, line=claim.line,
    )  # fmt: skip
    return list(rows.exclude(state__in=GONE).exclude(pk=claim.pk).order_by("pk"))


def obstacles(claim: ExpenseClaim) -> list[RuleViolation]:
    """What stands in the way of handing it in, each with what would help; empty when nothing does."""
    found: list[RuleViolation] = []
    if claim_rule(claim.kind).is_receipt_needed and not claim.receipts.exists():
        found.append(
            RuleViolation(_("A receipt is missing: take a photo of it or add the PDF."), field="receipts")
        )
    same = duplicates_of(claim)
    if same and not claim.duplicate_reason:
        found.append(
            RuleViolation(
                _("%(code)s claims the same amount for the same day and line. Say why this one is another.")
                % {"code": "、".join(other.code for other in same)},
                field="duplicate_reason",
            )
        )
    try:
        ledger.ask(claim.line, claim.claimed_amount, source=claim.source_name, purpose=claim.purpose)
    except RuleViolation as refusal:
        found.append(refusal)
    return found


@transaction.atomic
def submit_claim(claim: ExpenseClaim, *, by: Any, at: datetime, duplicate_reason: str = "") -> ExpenseClaim:
    """Hand a claim in: who decides is told, and the line expects the money (``Estimate``).

    Raises RuleViolation: the first of ``obstacles`` – a receipt is missing, a look-alike without a reason,
    OverBudget; not one's own; nobody else could decide.
    """
    lock_claim(claim)
    refuse_foreign(claim, by)
    if duplicate_reason.strip():
        claim.duplicate_reason = duplicate_reason.strip()[:200]
        claim.save(update_fields=["duplicate_reason"])
    for obstacle in obstacles(claim):
        raise obstacle
    approvals.submit(
        claim,
        approvers=User.objects.with_role(claim_rule(claim.kind).approver_role),
        title=_("%(person)s claims %(amount)s yuan: %(purpose)s")
        % {"person": by, "amount": f"{claim.claimed_amount:,.2f}", "purpose": claim.purpose},
        url=claim.get_absolute_url(),
        body=str(claim.line),
        by=by,
        at=at,
    )
    Estimate.objects.update_or_create(
        source=claim.source_name,
        defaults={
            "line": claim.line, "label": f"{claim.code} {claim.purpose}"[:200], "amount": claim.claimed_amount,
            "url": claim.get_absolute_url(), "at": at,
        },
    )  # fmt: skip
    return claim


@transaction.atomic
def withdraw_claim(claim: ExpenseClaim, *, by: Any, on: date, at: datetime, reason: str = "") -> ExpenseClaim:
    """撤回 one's own claim while nobody has paid; what an approval committed goes back to the line.

    Raises RuleViolation: somebody else's; paid, rejected or withdrawn already.
    """
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it can withdraw it."))
    posting.lock(claim.budget_id)
    before = ExpenseClaim.objects.values_list("state", flat=True).get(pk=claim.pk)
    approvals.move(claim, RequestState.WITHDRAWN, by=by, note=reason, only_from=[before])
    drop_estimate(claim)
    if before == RequestState.APPROVED and claim.commitment is not None:
        ledger.release(
            claim.commitment, purpose=_("%(code)s withdrawn") % {"code": claim.code},
            source=f"{claim.source_name}:release:{claim.commitment_id}", on=on, at=at, by=by, document=claim.code,
        )  # fmt: skip
    return claim


def _check(claim: ExpenseClaim, *, at: datetime) -> None:
    if claim.claimed_amount <= 0:
        raise RuleViolation(_("The amount is more than zero."), field="claimed_amount")
    if claim.kind != ClaimKind.HOSPITALITY and claim.spent_on > at.date():
        raise RuleViolation(_("The day of the expense has not come yet."), field="spent_on")
    if claim.line.is_group:
        raise RuleViolation(
            _("“%(line)s” is a heading: choose one of the lines below it.") % {"line": claim.line},
            field="line",
        )
