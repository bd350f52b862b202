"""报销: writing a claim, handing it in, deciding, paying (R72, R87, R88).

The app of what a claim belongs to (a journey, guests) keeps the key to it and goes through these functions;
a kind that is only here is ``other``. Money moves through ``ledger`` in the same transaction as the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from budget.choices import WRITERS, ClaimKind
from budget.errors import OverBudget
from budget.models import BudgetLine, Entry, Estimate, ExpenseClaim, Receipt, claim_rule
from budget.receipts import ReceiptFile
from budget.rules import fen
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import OPEN_STATES, RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import Message, tell, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from . import ledger

MOST_RECEIPTS = 20
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
    _keep(claim, receipts, by=by, at=at)
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
    _refuse_foreign(claim, by)
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
    _keep(claim, receipts, by=by, at=at)
    return claim


@transaction.atomic
def add_receipts(claim: ExpenseClaim, *, receipts: Iterable[ReceiptFile], by: Any, at: datetime) -> int:
    """Keep the receipts that are not there yet and return how many were new.

    Of a claim that has been handed in they still come, from its claimant, until it is decided; of an approved
    one until it is paid, because some bills are known only afterwards.

    Raises RuleViolation: not one's own; paid, rejected or withdrawn; more than twenty.
    """
    _lock(claim)
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever claims it adds receipts."))
    if claim.state not in (*OPEN_STATES, RequestState.APPROVED):
        raise RuleViolation(_("This claim is closed; nothing is added to it any more."))
    return _keep(claim, receipts, by=by, at=at)


@transaction.atomic
def remove_receipt(receipt: Receipt, *, by: Any) -> None:
    """Take a receipt away, file and all, while the claim is still being written."""
    claim = receipt.claim
    _lock(claim)
    _refuse_foreign(claim, by)
    record(claim, "budget.receipt.removed", by=by, reason=receipt.name)
    name = str(receipt.file.name)
    receipt.delete()
    transaction.on_commit(partial(default_storage.delete, name))


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
    _lock(claim)
    _refuse_foreign(claim, by)
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
def approve_claim(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, amount: Decimal | None = None, note: str = ""
) -> ExpenseClaim:
    """Approve a claim, whole or in part, and commit its money in the same transaction.

    Raises RuleViolation: more than claimed; less without a reason; one's own; decided already; not one's to
    decide. OverBudget when the line cannot bear it; then nothing is decided.
    """
    _refuse_decider(claim, by)
    amount = fen(claim.claimed_amount if amount is None else amount)
    if amount > claim.claimed_amount:
        raise RuleViolation(
            _("At most what was claimed can be approved: %(amount)s yuan.")
            % {"amount": f"{claim.claimed_amount:,.2f}"},
            field="amount",
        )
    if amount < claim.claimed_amount and not note.strip():
        raise RuleViolation(_("Say why less than claimed is approved."), field="note")
    ledger.lock(claim.budget_id)
    # The request is claimed first: of two who approve, one goes on to the ledger.
    _decide(claim, RequestState.APPROVED, note=note, by=by, at=at, approved_amount=amount)
    entry = _commit(claim, amount, step="commit", by=by, on=on, at=at)
    ExpenseClaim.objects.filter(pk=claim.pk).update(commitment=entry)
    claim.commitment = entry
    return claim


@transaction.atomic
def return_claim(claim: ExpenseClaim, *, note: str, by: Any, at: datetime) -> ExpenseClaim:
    """退回: the claimant puts it right and hands it in again.

    Raises RuleViolation: no reason; decided already; not one's to decide.
    """
    _refuse_decider(claim, by)
    return _decide(claim, RequestState.RETURNED, note=note, by=by, at=at)


@transaction.atomic
def reject_claim(claim: ExpenseClaim, *, note: str, by: Any, at: datetime) -> ExpenseClaim:
    """驳回, for good. Raises as ``return_claim`` does."""
    _refuse_decider(claim, by)
    return _decide(claim, RequestState.REJECTED, note=note, by=by, at=at)


@transaction.atomic
def withdraw_claim(claim: ExpenseClaim, *, by: Any, on: date, at: datetime, reason: str = "") -> ExpenseClaim:
    """撤回 one's own claim while nobody has paid; what an approval committed goes back to the line.

    Raises RuleViolation: somebody else's; paid, rejected or withdrawn already.
    """
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it can withdraw it."))
    ledger.lock(claim.budget_id)
    before = ExpenseClaim.objects.values_list("state", flat=True).get(pk=claim.pk)
    approvals.move(claim, RequestState.WITHDRAWN, by=by, note=reason, only_from=[before])
    _drop_estimate(claim)
    if before == RequestState.APPROVED and claim.commitment is not None:
        ledger.release(
            claim.commitment, purpose=_("%(code)s withdrawn") % {"code": claim.code},
            source=f"{claim.source_name}:release:{claim.commitment_id}", on=on, at=at, by=by, document=claim.code,
        )  # fmt: skip
    return claim


@transaction.atomic
def settle_claim(
    claim: ExpenseClaim, *, actual: Decimal, by: Any, at: datetime, document: str = "", counterparty: str = "",
    reason: str = "",
) -> ExpenseClaim:  # fmt: skip
    """What an approved claim came to, told by the app that knows (hospitality).

    More than was approved needs a reason and waits for the difference to be approved before it is paid.

    Raises RuleViolation: not approved, or paid already; no amount; more without a reason.
    """
    _lock(claim)
    actual = fen(actual)
    if actual <= 0:
        raise RuleViolation(_("The amount is more than zero."), field="actual_amount")
    if claim.state != RequestState.APPROVED:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": claim.code, "state": claim.get_state_display()}
        )
    more = actual - (claim.approved_amount or Decimal(0))
    if more > 0 and not reason.strip():
        raise RuleViolation(
            _("It came to %(more)s yuan more than approved. Say why; the difference is decided anew.")
            % {"more": f"{more:,.2f}"},
            field="reason",
        )
    claim.actual_amount, claim.document = actual, document or claim.document
    claim.counterparty = counterparty or claim.counterparty
    claim.version += 1
    claim.full_clean()
    claim.save()
    record(claim, "budget.expenseclaim.settled", by=by, amount=actual, reason=reason)
    if more > 0:
        deciders = User.objects.with_role(claim_rule(claim.kind).approver_role).exclude(
            pk=claim.requested_by_id
        )
        _tell(
            claim, deciders, NoticeKind.APPROVAL, at=at,
            title=_("%(code)s came to %(more)s yuan more than approved") % {"code": claim.code, "more": f"{more:,.2f}"},
            body=reason,
        )  # fmt: skip
    return claim


@transaction.atomic
def approve_difference(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, note: str = ""
) -> ExpenseClaim:
    """Approve what a claim came to beyond its approval: the old commitment is released and the whole one made.

    Raises RuleViolation: nothing beyond; one's own; not one's to decide. OverBudget when the line lacks it.
    """
    _lock(claim)
    _refuse_decider(claim, by)
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


@transaction.atomic
def pay_claim(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, document: str = "", note: str = ""
) -> Entry:
    """付款: book the spending, paid from what was committed, and close the claim.

    Raises RuleViolation: not approved or paid already; one's own; not settled; the difference not approved.
    """
    _lock(claim)
    if not by.has_role(*WRITERS):
        raise RuleViolation(_("The marketing centre or finance pays."))
    if claim.requested_by_id == by.pk:
        raise RuleViolation(_("Nobody pays their own claim: ask a colleague."))
    if claim.kind == ClaimKind.HOSPITALITY and claim.actual_amount is None:
        raise RuleViolation(_("What it came to is not reported yet."))
    if claim.has_grown:
        raise RuleViolation(_("It came to more than approved; the difference is decided first."))
    if claim.state != RequestState.APPROVED or claim.commitment is None:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": claim.code, "state": claim.get_state_display()}
        )
    entry = ledger.spend(
        claim.line, claim.payable_amount, commitment=claim.commitment, purpose=claim.purpose,
        source=f"{claim.source_name}:pay", on=on, at=at, by=by, approved_by=claim.decided_by,
        document=document or claim.document or claim.code, counterparty=claim.counterparty or str(claim.requested_by),
    )  # fmt: skip
    approvals.move(claim, RequestState.FULFILLED, by=by, note=note, payment=entry)
    tell(
                claim.requested_by, kind=NoticeKind.DECISION, subject=claim, at=at, url=claim.get_absolute_url(), body=note,
        step="paid", title=_("%(code)s is paid: %(amount)s yuan") % {"code": claim.code, "amount": f"{entry.amount:,.2f}"},
    )  # fmt: skip
    return entry


# -- parts of the above -------------------------------------------------------------------------------
def _lock(claim: ExpenseClaim) -> None:
    """One at a time per claim: whoever comes second sees what the first did. The budget is locked first."""
    ledger.lock(claim.budget_id)
    ExpenseClaim.objects.select_for_update(no_key=True).get(pk=claim.pk)
    claim.refresh_from_db()


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


def _refuse_foreign(claim: ExpenseClaim, by: Any) -> None:
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever claims it can change it."))
    if not claim.is_editable:
        raise RuleViolation(
            _("%(code)s is “%(state)s”; only a draft or a returned claim can be changed.")
            % {"code": claim.code, "state": claim.get_state_display()}
        )


def _refuse_decider(claim: ExpenseClaim, by: Any) -> None:
    rule = claim_rule(claim.kind)
    if not by.has_role(rule.approver_role):
        raise RuleViolation(
            _("Claims of the kind “%(kind)s” are decided by: %(role)s.")
            % {"kind": claim.get_kind_display(), "role": rule.get_approver_role_display()}  # type: ignore[attr-defined]
        )


def _decide(
    claim: ExpenseClaim, decision: str, *, note: str, by: Any, at: datetime, **fields: Any
) -> ExpenseClaim:
    approvals.decide(
        claim, decision, note=note, title=_("Claim %(code)s") % {"code": claim.code},
        url=claim.get_absolute_url(), by=by, at=at, **fields,
    )  # fmt: skip
    _drop_estimate(claim)
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


def _drop_estimate(claim: ExpenseClaim) -> None:
    Estimate.objects.filter(source=claim.source_name).delete()


def _keep(claim: ExpenseClaim, receipts: Iterable[ReceiptFile], *, by: Any, at: datetime) -> int:
    there = set(claim.receipts.values_list("digest", flat=True))
    new = {receipt.digest: receipt for receipt in receipts if receipt.digest not in there}
    if len(there) + len(new) > MOST_RECEIPTS:
        raise RuleViolation(
            _("A claim holds at most %(most)s receipts.") % {"most": MOST_RECEIPTS}, field="receipts"
        )
    for digest, receipt in new.items():
        row = Receipt(claim=claim, digest=digest, name=receipt.name[-150:], by=by, at=at)
        row.file.save(f"{digest[:20]}{receipt.suffix}", ContentFile(receipt.content), save=False)
        row.save()
    if new:
        record(claim, "budget.receipt.added", by=by, receipts=len(new))
    return len(new)


def _tell(
    claim: ExpenseClaim, people: Iterable[Any], kind: str, *, title: str, body: str, at: datetime
) -> None:
    tell_all(
        [
            Message(
                person, kind, claim, title, url=claim.get_absolute_url(), body=body, step=str(claim.version)
            )
            for person in people
        ],
        at=at,
    )
