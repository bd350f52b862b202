"""补充费用 and 调剂 from the first word to the entry in the ledger (R91, R92).

A report is drafted, handed in, decided by the director, and what it asks for is booked in the transaction of
the decision. What was refused for want of money (``source``) is named in the answer, so that it can go on.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from budget.choices import BudgetState
from budget.errors import OverBudget
from budget.models import BudgetLine, Supplement, Transfer
from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.references import follow
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import tell
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from . import ledger, posting

SUPPLEMENT_PREFIX, TRANSFER_PREFIX = "BCF", "TJ"


def approvers() -> list[User]:
    """Who decides about more money: the directors."""
    return list(User.objects.with_role(Role.DIRECTOR))


@transaction.atomic
def draft_supplement(
    line: BudgetLine,
    *,
    amount: Decimal,
    reason: str,
    needed_on: date,
    source: str = "",
    by: Any,
    at: datetime,
    requester: Any = None,
) -> Supplement:
    """Begin a supplement report (R92).

    Args:
        amount: yuan that the line is to get.
        source: the business event that was refused and waits for the money.
        requester: whose report it is to be, when somebody prepares it for a colleague: a director who is the
            only one could not decide about a report of their own.

    Raises RuleViolation: a heading, a closed line, a budget not in force; no amount; no reason.
    """
    _refuse_useless(line, amount, reason)
    supplement = Supplement(
        budget=line.budget,
        line=line,
        amount=amount,
        reason=reason.strip(),
        needed_on=needed_on,
        left_amount=line.balance.left,
        source=source,
        requested_by=requester or by,
        requested_at=at,
    )
    _create(supplement, f"{SUPPLEMENT_PREFIX}{at.year}-", by=by, at=at)
    return supplement


@transaction.atomic
def draft_transfer(
    from_line: BudgetLine,
    to_line: BudgetLine,
    *,
    amount: Decimal,
    reason: str,
    source: str = "",
    by: Any,
    at: datetime,
    requester: Any = None,
) -> Transfer:
    """Begin a request to move money between two lines of a budget (R91).

    Raises RuleViolation as ``draft_supplement`` does, and when the giving line has less left than asked for.
    """
    transfer = Transfer(
        budget=to_line.budget,
        from_line=from_line,
        to_line=to_line,
        amount=amount,
        reason=reason.strip(),
        from_left_amount=from_line.balance.left,
        to_left_amount=to_line.balance.left,
        source=source,
        requested_by=requester or by,
        requested_at=at,
    )
    _check_transfer(transfer)
    _create(transfer, f"{TRANSFER_PREFIX}{at.year}-", by=by, at=at)
    return transfer


@transaction.atomic
def edit_request(request: Supplement | Transfer, *, version: int | None, by: Any, **values: Any) -> None:
    """Change one's own draft or returned report; the balance in it is the one of now.

    Raises StaleEdit; RuleViolation: handed in or decided already, somebody else's, what a draft may not say.
    """
    if not type(request)._default_manager.editable_by(by).filter(pk=request.pk).exists():
        raise RuleViolation(_("%(code)s can no longer be changed.") % {"code": request.code})
    request.claim(version)
    changes = {}
    for name, value in values.items():
        before = getattr(request, name)
        if before != value:
            changes[name] = [before, value]
            setattr(request, name, value)
    if isinstance(request, Transfer):
        _check_transfer(request)
    else:
        _refuse_useless(request.line, request.amount, request.reason)
    _note_balances(request)
    _clean(request)
    request.save()
    record(request, f"{request._meta.label_lower}.edited", by=by, under=_under(request), changes=changes)


@transaction.atomic
def hand_in(request: Supplement | Transfer, *, by: Any, at: datetime) -> None:
    """Give the report to the director, with the balances as they are now.

    Raises RuleViolation: not one's own; nobody else could decide; no longer a draft; a line closed meanwhile.
    """
    request.refresh_from_db()
    if isinstance(request, Transfer):
        _check_transfer(request)
    else:
        _refuse_useless(request.line, request.amount, request.reason)
    _note_balances(request)
    request.save()
    approvals.submit(
        request,
        approvers=approvers(),
        title=_("%(what)s: %(amount)s yuan for %(line)s")
        % {"what": title_of(request), "amount": f"{request.amount:,.2f}", "line": _under(request)},
        url=request.get_absolute_url(),
        body=request.reason,
        by=by,
        at=at,
        under=_under(request),
    )


@transaction.atomic
def decide(
    request: Supplement | Transfer, decision: str, *, note: str, by: Any, on: date, at: datetime
) -> None:
    """The director's decision; approved, the money is on the line in the same transaction.

    Raises RuleViolation: own request; returned without a reason; decided already; for a transfer also when the
    giving line no longer has the money.
    """
    posting.lock(request.budget_id)
    waiting = follow(request.source, user=request.requested_by) if request.source else None
    is_approved = decision == RequestState.APPROVED
    words = title_of(request)
    if is_approved and waiting:
        words = _("%(what)s (you can go on with %(waiting)s)") % {"what": words, "waiting": waiting.label}
    approvals.decide(
        request,
        decision,
        note=note,
        title=words,
        url=waiting.url if is_approved and waiting else request.get_absolute_url(),
        by=by,
        at=at,
        under=_under(request),
    )
    if not is_approved:
        return
    booked: dict[str, Any] = {
        "purpose": _("%(code)s: %(reason)s") % {"code": request.code, "reason": request.reason},
        "source": f"{request._meta.label_lower}:{request.pk}",
        "document": request.code,
        "on": on,
        "at": at,
        "by": by,
        "approved_by": by,
    }
    booked["purpose"] = booked["purpose"][:200]
    if isinstance(request, Transfer):
        request.out_entry, request.in_entry = ledger.transfer(
            request.from_line, request.to_line, request.amount, **booked
        )
        request.save(update_fields=["out_entry", "in_entry"])
    else:
        request.entry = ledger.supplement(request.line, request.amount, **booked)
        request.save(update_fields=["entry"])


def withdraw(request: Supplement | Transfer, *, by: Any) -> None:
    """Take back one's own report while nobody has decided. Raises RuleViolation: somebody else's; decided."""
    approvals.withdraw(request, by=by, under=_under(request))


def title_of(request: Supplement | Transfer) -> str:
    """补充费用报告 BCF2012-001, 调剂申请 TJ2012-001."""
    kind = _("Transfer between lines") if isinstance(request, Transfer) else _("Supplement report")
    return f"{kind} {request.code}"


# -- parts of the above -------------------------------------------------------------------------------
def _under(request: Supplement | Transfer) -> BudgetLine:
    return request.to_line if isinstance(request, Transfer) else request.line


def _create(request: Supplement | Transfer, prefix: str, *, by: Any, at: datetime) -> None:
    try:
        save_with_code(request, prefix)
    except ValidationError as error:
        raise _in_words(error) from error
    record(
        request,
        f"{request._meta.label_lower}.drafted",
        by=by,
        under=_under(request),
        to_state=request.state,
        amount=request.amount,
    )
    if request.requested_by_id != by.pk:
        tell(
            request.requested_by,
            kind=NoticeKind.BUDGET,
            subject=request,
            title=_("%(who)s prepared %(what)s for you: look it over and hand it in")
            % {"who": by, "what": title_of(request)},
            url=reverse("budget:supplement", args=[request.pk])
            if isinstance(request, Supplement)
            else request.get_absolute_url(),
            body=request.reason,
            at=at,
        )


def _note_balances(request: Supplement | Transfer) -> None:
    if isinstance(request, Transfer):
        request.from_left_amount = request.from_line.balance.left
        request.to_left_amount = request.to_line.balance.left
    else:
        request.left_amount = request.line.balance.left


def _refuse_useless(line: BudgetLine, amount: Decimal, reason: str) -> None:
    """What no report may ask for."""
    if line.is_group:
        raise RuleViolation(_("“%(line)s” is a heading: choose one of the lines below it.") % {"line": line})
    if line.is_closed:
        raise RuleViolation(
            _("“%(line)s” is closed (%(why)s). Choose another line.")
            % {"line": line, "why": line.note or "—"}
        )
    if line.budget.state == BudgetState.CLOSED:
        raise RuleViolation(_("The budget is closed: nothing is booked on it any more."))
    if line.budget.state != BudgetState.APPROVED:
        raise RuleViolation(_("The budget is not in force. The director approves it first."))
    if amount is None or amount <= 0:
        raise RuleViolation(_("The amount is more than zero."), field="amount")
    if not reason.strip():
        raise RuleViolation(_("Say what the money is needed for."), field="reason")


def _check_transfer(transfer: Transfer) -> None:
    if transfer.from_line_id == transfer.to_line_id:
        raise RuleViolation(_("A transfer goes from one line to another."), field="to_line")
    if transfer.from_line.budget_id != transfer.to_line.budget_id:
        raise RuleViolation(_("A transfer stays within one budget."), field="to_line")
    _refuse_useless(transfer.to_line, transfer.amount, transfer.reason)
    left = transfer.from_line.balance.left
    if transfer.amount > left:
        raise OverBudget(
            transfer.from_line,
            missing=transfer.amount - left,
            message=_("“%(line)s” has %(left)s yuan left, less than the %(asked)s to be moved.")
            % {"line": transfer.from_line, "left": f"{left:,.2f}", "asked": f"{transfer.amount:,.2f}"},
            field="amount",
            source=transfer.source,
            needy=(transfer.to_line, transfer.amount),
        )


def _clean(row: Any) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise _in_words(error) from error


def _in_words(error: ValidationError) -> RuleViolation:
    field, messages = next(iter(error.message_dict.items()))
    return RuleViolation(messages[0], field=None if field == "__all__" else field)
