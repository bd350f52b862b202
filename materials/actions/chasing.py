"""Asking again: receipts nobody has confirmed, requisitions of tomorrow nobody has decided (integrity rule 21).

Everything asks for what is due on or before now; each day has its own key, so that a late run catches up once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from materials.models import Handover, Requisition

from .handovers import in_words

CHASE_AT = time(10)


def chase_receipts(*, at: datetime) -> int:
    """From 10:00 of the day after the handover, once a day, the receiver is asked to confirm; how many are new."""
    local = timezone.localtime(at)
    today = local.date()
    # Before ten in the morning it is still yesterday's round.
    day = today if local.time() >= CHASE_AT else today - timedelta(days=1)
    before = timezone.make_aware(datetime.combine(day, time.min))
    rows = (
        Handover.objects.unconfirmed()
        .filter(issued_at__lt=before)
        .select_related("requisition__receiver")
        .order_by("pk")
    )

    def messages() -> Iterator[Message]:
        for handover in rows.iterator(chunk_size=200):
            yield Message(
                handover.requisition.receiver,
                NoticeKind.MATERIAL,
                handover,
                _("Please confirm that you have received: %(what)s") % {"what": in_words(handover)},
                url=handover.requisition.get_absolute_url(),
                due_on=day,
                step="chase",
            )

    return tell_all(messages(), at=at)


def chase_decisions(*, at: datetime) -> int:
    """What is needed by tomorrow and nobody has decided: those who may decide are reminded, once a day."""
    local = timezone.localtime(at)
    end = timezone.make_aware(datetime.combine(local.date() + timedelta(days=2), time.min))
    rows = (
        Requisition.objects.pending()
        .filter(needed_at__lt=end, needed_at__gte=at - timedelta(days=7))
        .select_related("requested_by")
        .order_by("pk")
    )

    def messages() -> Iterator[Message]:
        deciders: dict[str, list[User]] = {}
        for requisition in rows.iterator(chunk_size=200):
            role = requisition.approver_role
            people = deciders.setdefault(role, list(User.objects.with_role(role)) if role else [])
            for person in people:
                if person.pk != requisition.requested_by_id:
                    yield Message(
                        person,
                        NoticeKind.APPROVAL,
                        requisition,
                        _("Needed soon and not decided: %(code)s %(purpose)s")
                        % {"code": requisition.code, "purpose": requisition.purpose},
                        url=requisition.get_absolute_url(),
                        due_on=local.date(),
                        step="chase",
                        is_urgent=True,
                    )

    return tell_all(messages(), at=at)
