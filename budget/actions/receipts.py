"""Receipts of a claim: kept once each, added until it is decided, taken away while it is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from budget.models import ExpenseClaim, Receipt
from budget.receipts import ReceiptFile
from keyaccounts.approvals.choices import OPEN_STATES, RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation

from .guards import lock_claim, refuse_foreign

MOST_RECEIPTS = 20


@transaction.atomic
def add_receipts(claim: ExpenseClaim, *, receipts: Iterable[ReceiptFile], by: Any, at: datetime) -> int:
    """Keep the receipts that are not there yet and return how many were new.

    Of a claim that has been handed in they still come, from its claimant, until it is decided; of an approved
    one until it is paid, because some bills are known only afterwards.

    Raises RuleViolation: not one's own; paid, rejected or withdrawn; more than twenty.
    """
    lock_claim(claim)
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever claims it adds receipts."))
    if claim.state not in (*OPEN_STATES, RequestState.APPROVED):
        raise RuleViolation(_("This claim is closed; nothing is added to it any more."))
    return keep_receipts(claim, receipts, by=by, at=at)


@transaction.atomic
def remove_receipt(receipt: Receipt, *, by: Any) -> None:
    """Take a receipt away, file and all, while the claim is still being written."""
    claim = receipt.claim
    lock_claim(claim)
    refuse_foreign(claim, by)
    record(claim, "budget.receipt.removed", by=by, reason=receipt.name)
    name = str(receipt.file.name)
    receipt.delete()
    transaction.on_commit(partial(default_storage.delete, name))


def keep_receipts(claim: ExpenseClaim, receipts: Iterable[ReceiptFile], *, by: Any, at: datetime) -> int:
    """Keep those that are not there yet; how many were new. The caller holds the claim."""
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
