"""Reminders of visit plans: on the day they are due to who has none, afterwards once to who reads them.

As with every reminder what is due *on or before* now is asked for, as long as the time that is planned lasts: a run
that is late, or days late, catches up once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.common.templatetags.show import moment
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from visits.models import PlanRule
from visits.models.plans import PLAN_READERS
from visits.planning.periods import Period, asked_for, missing, planners
from visits.settings import plan_rule


def remind_plans(*, at: datetime) -> int:
    """Ask for the plans that are due and missing; tell leads and directors whose are missing after that."""
    rule = plan_rule()

    def messages() -> Iterator[Message]:
        for period in asked_for(at=at, rule=rule):
            due_on = timezone.localdate(period.due_at)
            remind_at = timezone.make_aware(datetime.combine(due_on, rule.remind_at))
            people = list(missing(planners(), period).order_by("pk")) if remind_at <= at else []
            for person in people:
                yield _to_hand_in(person, period)
            if people and period.due_at <= at:
                yield from _to_readers(period, rule)

    return remind_all(messages(), at=at)


def _to_hand_in(person: User, period: Period) -> Message:
    return Message(
        person,
        NoticeKind.PLAN,
        person,
        _("Hand in the visit plan %(period)s by %(due)s")
        % {"period": period.title, "due": moment(period.due_at)},
        url=f"{reverse('visits:my_plan')}?period={period.code}",
        due_on=period.first_on,
        step=f"{period.span}-due",
    )


def _to_readers(period: Period, rule: PlanRule) -> Iterator[Message]:
    """One notice a reader, with the names of those whose plans this person reads."""
    for reader in User.objects.with_role(*PLAN_READERS):
        names = [
            str(person) for person in missing(planners(reader), period).exclude(pk=reader.pk).order_by("pk")
        ]
        if names:
            yield Message(
                reader,
                NoticeKind.PLAN,
                rule,
                _("Visit plans %(period)s: %(n)s not handed in") % {"period": period.title, "n": len(names)},
                url=f"{reverse('visits:plans')}?period={period.code}",
                body="、".join(names),
                due_on=period.first_on,
                step=f"{period.span}-missing",
            )
