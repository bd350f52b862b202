"""Handing in, deciding and withdrawing a request of any kind.

Each app calls these inside its own action and adds what the decision sets in motion (a ledger entry,
a reservation) in the same transaction::

    posting.lock(claim.budget_id)  # money before the audit chain, always
    decide(claim, RequestState.APPROVED, note=note, by=by, at=at)
    commit(claim.line, amount, source=f"budget.claim:{claim.pk}:commit", …)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import Message, tell, tell_all
from keyaccounts.notices.models import NoticeKind

from .choices import OPEN_STATES, RequestState
from .models import Request
from .rules import sources_of

DECISIONS = (RequestState.APPROVED, RequestState.RETURNED, RequestState.REJECTED)


@transaction.atomic
def move(
    request: Request,
    to: str,
    *,
    by: Any,
    note: str = "",
    under: models.Model | None = None,
    only_from: Iterable[str] | None = None,
    **fields: Any,
) -> None:
    """Move a request along a declared edge: claimed by UPDATE, so that of two only one moves it.

    ``fields`` are set with it; ``under`` is the record on whose page the act is also shown; ``only_from``
    narrows the states that the edge may start from.

    Raises RuleViolation when the request is no longer where the act starts from.
    """
    kind = type(request)
    rows = kind._default_manager.select_for_update(no_key=True)
    before = rows.values_list("state", flat=True).get(pk=request.pk)
    sources = [state for state in sources_of(to) if only_from is None or state in only_from]
    won = kind._default_manager.filter(pk=request.pk, state__in=sources).update(
        state=to, version=F("version") + 1, **fields
    )
    if not won:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": request.code, "state": RequestState(before).label}
        )
    request.refresh_from_db()
    record(
        request,
        f"{request._meta.label_lower}.{to}",
        by=by,
        under=under,
        from_state=before,
        to_state=to,
        reason=note,
    )


@transaction.atomic
def submit(
    request: Request,
    *,
    approvers: Iterable[Any],
    title: str,
    url: str,
    by: Any,
    at: datetime,
    body: str = "",
    under: models.Model | None = None,
) -> None:
    """Hand a request in and tell those who may decide; never its requester.

    Raises RuleViolation: not one's own; nobody else could decide; no longer a draft.
    """
    if request.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asks for it hands it in."))
    deciders = [person for person in approvers if person.pk != by.pk]
    if not deciders:
        raise RuleViolation(
            _("Nobody but you could decide this. Ask the system administrator for an approver.")
        )
    move(request, RequestState.PENDING, by=by, under=under, requested_at=at)
    tell_all(
        [
            Message(
                person, NoticeKind.APPROVAL, request, title, url=url, body=body, step=str(request.version)
            )
            for person in deciders
        ],
        at=at,
    )


@transaction.atomic
def decide(
    request: Request,
    decision: str,
    *,
    note: str,
    title: str,
    url: str,
    by: Any,
    at: datetime,
    under: models.Model | None = None,
    follows: str = "",
    **fields: Any,
) -> None:
    """Approve, return or reject, and tell the requester.

    Args:
        decision: one of DECISIONS.
        note: the reason; asked for unless it is approved.
        title: what the requester reads, before the decision: 报销 BX2012-001.
        follows: what the requester has to do next, said with the note.

    Raises RuleViolation: one's own request; no reason; decided already.
    """
    if request.requested_by_id == by.pk:
        raise RuleViolation(_("The approver of a thing is never its requester."))
    if decision != RequestState.APPROVED and not note.strip():
        raise RuleViolation(_("Say why it is returned, so that it can be put right."), field="note")
    if decision not in DECISIONS:
        raise ValueError(decision)
    move(
        request, decision, by=by, note=note, under=under,
        decided_by=by, decided_at=at, decision_note=note, **fields,
    )  # fmt: skip
    tell(
        request.requested_by,
        kind=NoticeKind.DECISION,
        subject=request,
        title=f"{title}:{RequestState(decision).label}",
        url=url,
        body=" · ".join(filter(None, (note, follows))),
        at=at,
    )


@transaction.atomic
def withdraw(request: Request, *, by: Any, under: models.Model | None = None) -> None:
    """Take back one's own request while nobody has decided.

    Raises RuleViolation: somebody else's; decided already.
    """
    if request.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it can withdraw it."))
    move(request, RequestState.WITHDRAWN, by=by, under=under, only_from=OPEN_STATES)
