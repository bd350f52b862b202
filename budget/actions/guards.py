"""Who may touch a claim, one at a time, and what ends with it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from budget.models import Estimate, ExpenseClaim, claim_rule
from keyaccounts.common.errors import RuleViolation

from . import posting


def lock_claim(claim: ExpenseClaim) -> None:
    """One at a time per claim: whoever comes second sees what the first did. The budget is locked first."""
    posting.lock(claim.budget_id)
    ExpenseClaim.objects.select_for_update(no_key=True).get(pk=claim.pk)
    claim.refresh_from_db()


def refuse_foreign(claim: ExpenseClaim, by: Any) -> None:
    """A claim is changed by its claimant, while it is a draft or returned. Raises RuleViolation."""
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever claims it can change it."))
    if not claim.is_editable:
        raise RuleViolation(
            _("%(code)s is “%(state)s”; only a draft or a returned claim can be changed.")
            % {"code": claim.code, "state": claim.get_state_display()}
        )


def refuse_decider(claim: ExpenseClaim, by: Any) -> None:
    """Claims of a kind are decided by the role their rule names. Raises RuleViolation."""
    rule = claim_rule(claim.kind)
    if not by.has_role(rule.approver_role):
        raise RuleViolation(
            _("Claims of the kind “%(kind)s” are decided by: %(role)s.")
            % {"kind": claim.get_kind_display(), "role": rule.get_approver_role_display()}  # type: ignore[attr-defined]
        )


def drop_estimate(claim: ExpenseClaim) -> None:
    """The line expects its money no longer."""
    Estimate.objects.filter(source=claim.source_name).delete()
