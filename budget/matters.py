"""What the app of a claim's matter has to say when the claim is decided.

A journey knows its visit and the vehicle that drove there; the budget does not. The app above says so once, when
it starts: ``on_approval(ClaimKind.TRANSPORT, check)``, ``after_approval(ClaimKind.HOSPITALITY, say)``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from budget.models import ExpenseClaim

Check = Callable[[ExpenseClaim, Decimal, datetime], None]

Say = Callable[[ExpenseClaim], str]

_checks: dict[str, Check] = {}
_says: dict[str, Say] = {}


def on_approval(kind: str, check: Check) -> None:
    """Ask ``check`` before a claim of this kind is approved: it raises RuleViolation when the matter does not bear it."""
    _checks[kind] = check


def check_matter(claim: ExpenseClaim, amount: Decimal, at: datetime) -> None:
    """Raises RuleViolation when what the claim is for does not bear approving ``amount`` of it now."""
    if claim.kind in _checks:
        _checks[claim.kind](claim, amount, at)


def after_approval(kind: str, say: Say) -> None:
    """Let the notice of approval of such a claim tell its claimant in ``say``'s words what is to be done next."""
    _says[kind] = say


def what_follows(claim: ExpenseClaim) -> str:
    """What the claimant has to do once the claim is approved, in words; "" when the money is all there is."""
    return _says[claim.kind](claim) if claim.kind in _says else ""
