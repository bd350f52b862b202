"""Telling people, once each: written here, put into the inbox and sent by the delivery job."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import models
from django.utils import timezone

from .models import MailState, Notice, NoticeMail
from .queries import quiet_hours
from .rules import outside_quiet_hours

BATCH = 500
MAIL_ATTEMPTS = 5
# A worker that died while sending: after this time another one tries.
MAIL_CLAIM = timedelta(minutes=10)
# A notice older than this is in the inbox only.
MAIL_WITHIN = timedelta(days=1)


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
        return _subject_key(self.subject)

    @property
    def dedupe_key(self) -> str:
        return f"{self.kind}:{self.step}:{self.subject_key}:{self.due_on or ''}:{self.recipient.pk}"


def tell_all(messages: Iterable[Message], *, at: datetime, deliver_from: datetime | None = None) -> int:
    """Write notices, each at most once however often it is asked for, and return how many are new.

    ``messages`` may be long: it is read in batches. ``deliver_from`` holds scheduled notices back
    (quiet hours), urgent ones too; left out, the notice is in the inbox at once, because it answers
    something that somebody just did. With two workers writing the same notices at the same moment
    each row exists once; both may count it as theirs.
    """
    fresh, reader = 0, iter(messages)
    while batch := list(itertools.islice(reader, BATCH)):
        rows = {message.dedupe_key: _row(message, at, deliver_from) for message in batch}
        known = set(Notice.objects.filter(dedupe_key__in=rows).values_list("dedupe_key", flat=True))
        Notice.objects.bulk_create(
            [row for key, row in rows.items() if key not in known], ignore_conflicts=True
        )
        fresh += len(rows) - len(known)
    return fresh


def remind_all(messages: Iterable[Message], *, at: datetime) -> int:
    """Write reminders, each at most once, to be delivered outside the quiet hours; how many are new."""
    moment = outside_quiet_hours(timezone.localtime(at), *quiet_hours())
    return tell_all(messages, at=at, deliver_from=moment)


def settle(subject: models.Model, *, kind: str, at: datetime) -> int:
    """Take back the unread reminders of something that has been done meanwhile; how many there were.

    What waits for the morning never arrives unread, and no e-mail of it is sent.
    """
    reminders = Notice.objects.filter(subject=_subject_key(subject), kind=kind)
    return mark_read(reminders, at=at)


def _subject_key(subject: models.Model) -> str:
    return f"{subject._meta.label_lower}:{subject.pk}"


def _row(message: Message, at: datetime, deliver_from: datetime | None) -> Notice:
    return Notice(
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


def tell(recipient: Any, *, kind: str, subject: models.Model, title: str, at: datetime, **more: Any) -> None:
    """Tell one person at once: ``tell(director, kind=NoticeKind.INTEL, subject=intel, title=…, at=now)``.

    It answers an act, so the same kind about the same record counts again at another moment: a
    report returned twice is told twice.
    """
    more.setdefault("step", f"{at:%Y%m%dT%H%M%S%f}")
    tell_all([Message(recipient, kind, subject, title, **more)], at=at)


def mark_read(notices: models.QuerySet[Notice], *, at: datetime | None = None) -> int:
    """Mark the unread ones of ``notices`` as read."""
    return notices.filter(read_at__isnull=True).update(read_at=at or timezone.now())


def deliver_due(*, at: datetime) -> int:
    """Put everything that is due by ``at`` into the inboxes and return how many notices that were.

    Asked twice, late, or by two workers: each notice is delivered once, because the row is claimed
    by the UPDATE that delivers it.
    """
    delivered = 0
    while due := list(Notice.objects.waiting(at=at).values_list("pk", flat=True)[:BATCH]):
        delivered += Notice.objects.filter(pk__in=due, delivered_at__isnull=True).update(delivered_at=at)
    return delivered


def queue_mail(*, at: datetime) -> int:
    """One e-mail row for each fresh, unread notice of people who want e-mail; how many are new."""
    wanted = Notice.objects.filter(
        recipient__wants_email=True,
        recipient__is_active=True,
        delivered_at__gt=at - MAIL_WITHIN,
        delivered_at__lte=at,
        read_at__isnull=True,
        mail__isnull=True,
    ).exclude(recipient__email="")
    queued = 0
    while due := list(wanted.values_list("pk", flat=True)[:BATCH]):
        NoticeMail.objects.bulk_create(
            [NoticeMail(notice_id=pk, try_from=at) for pk in due], ignore_conflicts=True
        )
        queued += len(due)
    return queued


def send_mail(*, at: datetime) -> int:
    """Send the e-mails that wait and return how many went out.

    An e-mail is claimed before it is sent. A refusal by the mail server is tried again later, up to
    MAIL_ATTEMPTS times; a claim whose worker died is taken over after MAIL_CLAIM.
    """
    sent = 0
    due = NoticeMail.objects.filter(state__in=[MailState.WAITING, MailState.SENDING], try_from__lte=at)
    while mail := due.select_related("notice__recipient").order_by("pk").first():
        won = due.filter(pk=mail.pk, attempts=mail.attempts).update(
            state=MailState.SENDING, attempts=mail.attempts + 1, try_from=at + MAIL_CLAIM
        )
        if won:
            sent += _send(mail, at)
    return sent


def _send(mail: NoticeMail, at: datetime) -> int:
    notice = mail.notice
    try:
        EmailMessage(notice.title, notice.body or notice.title, to=[notice.recipient.email]).send()
    except OSError as error:  # refused connections, timeouts and SMTP answers alike
        tried = mail.attempts + 1
        state = MailState.FAILED if tried >= MAIL_ATTEMPTS else MailState.WAITING
        NoticeMail.objects.filter(pk=mail.pk).update(
            state=state, error=str(error)[:200], try_from=at + timedelta(minutes=2**tried)
        )
        return 0
    return NoticeMail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=at, error="")
