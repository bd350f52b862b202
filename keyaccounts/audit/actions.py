"""Writing the audit trail, and letting one submission have one effect."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from keyaccounts.common.appending import append

from .models import AuditChain, AuditEvent, Submission, subject_key

START = "0" * 64  # what the first row follows
KEPT = timedelta(days=90)  # a form waiting in a browser for a connection is sent long before

HASHED = ("sequence", "at", "actor_id", "action", "subject", "subject_label", "under",
          "from_state", "to_state", "reason", "data")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One act to be written by ``record_all``; the fields mean what they mean on AuditEvent."""

    subject: models.Model
    action: str
    under: models.Model | None = None
    from_state: str = ""
    to_state: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class _Encoder(DjangoJSONEncoder):
    """Whatever an action reports becomes JSON: records and lazy texts by their name, sets as lists."""

    def default(self, o: Any) -> Any:
        if isinstance(o, models.Model):
            return str(o)
        if isinstance(o, set | frozenset):
            return sorted(o, key=str)
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _plain(value: Any) -> Any:
    """Through JSON and back, so that the hash is over what the database will give back.

    NUL has no place in a PostgreSQL text; it is taken out rather than refused.
    """
    return json.loads(json.dumps(value, cls=_Encoder).replace("\\u0000", ""))


def digest_of(event: AuditEvent) -> str:
    """The hash of a row and of the row before it."""
    values = {name: getattr(event, name) for name in HASHED}
    values["at"] = event.at.astimezone(UTC).isoformat()
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, cls=DjangoJSONEncoder)
    return hashlib.sha256((event.previous_digest + text).encode()).hexdigest()


def record_all(acts: Iterable[Act], *, by: Any) -> None:
    """Append acts to the trail, inside the transaction of the act itself.

    The chain's end is locked last: take every other lock before the first record of a transaction.
    A savepoint that is rolled back takes its rows and its step of the chain with it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The audit row belongs in the transaction of the act it records.")
    acts = list(acts)
    if not acts:
        return
    last_sequence, last_digest = _take_end()
    now, rows = timezone.now(), []
    for act in acts:
        event = AuditEvent(
            sequence=last_sequence + 1,
            at=now,
            actor_id=getattr(by, "pk", None),
            action=act.action,
            subject=subject_key(act.subject),
            subject_label=_plain(str(act.subject))[:200],
            under=subject_key(act.under) if act.under else "",
            from_state=str(act.from_state),
            to_state=str(act.to_state),
            reason=_plain(str(act.reason)),
            data=_plain(act.data),
            previous_digest=last_digest,
        )
        event.digest = digest_of(event)
        last_sequence, last_digest = event.sequence, event.digest
        rows.append(event)
    # The database moves the chain's end on, and takes no row that does not follow it.
    if len(rows) == 1:
        append(rows[0])
    else:
        AuditEvent.objects.bulk_create(rows, batch_size=500)


def _take_end() -> tuple[int, str]:
    """Lock the chain's end; the number and the digest of the last row."""
    held = " FOR NO KEY UPDATE" if connection.features.has_select_for_no_key_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_sequence, last_digest FROM audit_auditchain WHERE id = 1{held}")  # noqa: S608
        end = cursor.fetchone()
    if end is None:  # the first act of all
        AuditChain.objects.get_or_create(pk=1)
        return _take_end()
    return end


def record(
    subject: models.Model,
    action: str,
    *,
    by: Any,
    under: models.Model | None = None,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    **data: Any,
) -> None:
    """Append one act: ``record(order, "accounts.order.signed", by=user, under=organisation, sets=40)``."""
    record_all([Act(subject, action, under, from_state, to_state, reason, data)], by=by)


def once(key: uuid.UUID | None, *, by: Any, act: Callable[[], str]) -> str:
    """Run ``act`` once per submission key and give its answer (an address) to every repeat.

    Args:
        key: the form's ``submission_key``; None runs the act unguarded.
        by: who submits; a key of somebody else is a different submission.
        act: does the work in this transaction and returns the address to go to.

    Of two submissions at the same moment the second waits for the first: on PostgreSQL at the unique
    key, on SQLite at the write lock. Raises whatever ``act`` raises, and the key is free again.
    """
    if key is None:
        return act()
    with transaction.atomic():
        submission, fresh = Submission.objects.get_or_create(key=key, user=by)
        if fresh:
            submission.answer = act() or ""
            submission.save(update_fields=["answer"])
        return submission.answer


def forget_submissions(*, at: datetime) -> int:
    """Remove the keys of forms sent so long ago that nobody sends them again; how many there were."""
    return Submission.objects.filter(at__lt=at - KEPT).delete()[0]
