"""Telling people, once each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from .models import Notice


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell one person. ``due_on`` and ``step`` make it distinct from an earlier reminder of the same thing."""

    recipient: Any
    kind: str
    subject: models.Model
    title: str
    url: str = ""
    body: str = ""
    due_on: date | None = None
    step: str = ""
    is_urgent: bool = False

    @property
    def subject_key(self) -> str:
        return f"{self.subject._meta.label_lower}:{self.subject.pk}"

    @property
    def dedupe_key(self) -> str:
        return f"{self.kind}:{self.step}:{self.subject_key}:{self.due_on or ''}:{self.recipient.pk}"


def tell_all(messages: Iterable[Message], *, at: datetime, deliver_from: datetime | None = None) -> int:
    """Write notices, each at most once however often it is asked for, and return how many are new.

    ``deliver_from`` holds scheduled notices back (quiet hours); left out, the notice is in the inbox
    at once, because it answers something that somebody just did.
    """
    rows = [
        Notice(
            recipient=message.recipient,
            kind=message.kind,
            subject=message.subject_key,
            title=message.title[:200],
            body=message.body,
            url=message.url,
            due_on=message.due_on,
            is_urgent=message.is_urgent,
            dedupe_key=message.dedupe_key,
            created_at=at,
            deliver_from=deliver_from or at,
            delivered_at=None if deliver_from else at,
        )
        for message in messages
    ]
    before = Notice.objects.filter(dedupe_key__in=[row.dedupe_key for row in rows]).count() if rows else 0
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len({row.dedupe_key for row in rows}) - before


def tell(recipient: Any, *, kind: str, subject: models.Model, title: str, at: datetime, **more: Any) -> None:
    """Tell one person at once: ``tell(director, kind=NoticeKind.INTEL, subject=intel, title=…, at=now)``."""
    tell_all([Message(recipient, kind, subject, title, **more)], at=at)


def mark_read(notices: models.QuerySet[Notice], *, at: datetime | None = None) -> int:
    """Mark the unread ones of ``notices`` as read."""
    return notices.filter(read_at__isnull=True).update(read_at=at or timezone.now())
