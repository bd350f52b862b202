"""Claims come to their end: what they came to is told, then they are paid (R72, R88)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budget.choices import WRITERS, ClaimKind
from budget.models import Entry, ExpenseClaim, claim_rule
from budget.rules import fen
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import Message, tell, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from . import ledger
from .guards import lock_claim


@transaction.atomic
def settle_claim(
    claim: ExpenseClaim, *, actual: Decimal, by: Any, at: datetime, document: str = "", counterparty: str = "",
    reason: str = "",
) -> ExpenseClaim:  # fmt: skip
    """What an approved claim came to, told by the app that knows (hospitality).

    More than was approved needs a reason and waits for the difference to be approved before it is paid.

    Raises RuleViolation: not approved, or paid already; no amount; more without a reason.
    """
    lock_claim(claim)
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
def pay_claim(
    claim: ExpenseClaim, *, by: Any, on: date, at: datetime, document: str = "", note: str = ""
) -> Entry:
    """付款: book the spending, paid from what was committed, and close the claim.

    Raises RuleViolation: not approved or paid already; one's own; not settled; the difference not approved.
    """
    lock_claim(claim)
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
