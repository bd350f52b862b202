"""Reminders of visits and of reports that are due: rows with unique keys, once each (integrity rule 21).

Everything asks for what is due *on or before* now, so that a run that is late, or two days late, catches up once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from visits.choices import REPORT_MISSING_STATES, VisitState
from visits.models import Visit
from visits.queries import rule
from visits.rules import escalates_at, report_due_at, report_late_at

BATCH = 500
COMING = (VisitState.PROPOSED, VisitState.CONFIRMED, VisitState.PREPARING)


def remind_visits(*, at: datetime) -> int:
    """Tell visitors of coming visits the evening before and an hour before."""
    setting = rule()
    local = timezone.localtime(at)
    horizon = local + timedelta(minutes=setting.minutes_before_visit)
    evening = datetime.combine(local.date(), setting.confirm_visit_at, tzinfo=local.tzinfo)
    last = datetime.combine(
        local.date() + timedelta(days=1 if local < evening else 2), datetime.min.time(), tzinfo=local.tzinfo
    )
    # Tomorrow's visits are told from tonight on; today's stay in the question until they begin.
    coming = (
        Visit.objects.filter(state__in=COMING, planned_at__gt=at, planned_at__lt=last)
        .select_related("organisation")
        .prefetch_related("visitors")
        .order_by("planned_at")
    )

    def messages() -> Iterator[Message]:
        for visit in coming.iterator(chunk_size=BATCH):
            planned = timezone.localtime(visit.planned_at)
            name = visit.organisation.called
            for person in visit.visitors.all():
                yield Message(
                    person,
                    NoticeKind.VISIT,
                    visit,
                    _("Visit on %(day)s at %(time)s: %(name)s")
                    % {"day": f"{planned.month}月{planned.day}日", "time": f"{planned:%H:%M}", "name": name},
                    url=visit.get_absolute_url(),
                    body=visit.purpose,
                    due_on=planned.date(),
                    step=f"before-{planned:%H%M}",
                )
                if planned <= horizon:
                    yield Message(
                        person,
                        NoticeKind.VISIT,
                        visit,
                        _("Soon, at %(time)s: %(name)s") % {"time": f"{planned:%H:%M}", "name": name},
                        url=visit.get_absolute_url(),
                        body=visit.purpose,
                        due_on=planned.date(),
                        step=f"soon-{planned:%H%M}",
                        is_urgent=True,
                    )

    return remind_all(messages(), at=at)


def remind_reports(*, at: datetime) -> int:
    """Ask for missing reports: at 20:00, again when late, and tell the director a day after (R118).

    A visit agreed for an hour that has passed counts too: whoever forgot to check in is asked what became of it.
    """
    setting = rule()
    local = timezone.localtime(at)
    zone = timezone.get_current_timezone()
    directors = list(User.objects.with_role(Role.DIRECTOR))
    missing = (
        Visit.objects.awaiting_report(at=at)
        .select_related("organisation", "owner")
        .only(
            "state",
            "planned_at",
            "checked_in_at",
            "organisation__name",
            "organisation__short_name",
            "owner__name",
        )
        .order_by("pk")
    )

    def messages() -> Iterator[Message]:
        for visit in missing.iterator(chunk_size=BATCH):
            made_at = visit.checked_in_at or visit.planned_at
            if made_at is None:
                continue
            made_on = timezone.localdate(made_at)
            is_made = visit.state in REPORT_MISSING_STATES
            address = reverse("visits:report", args=[visit.pk]) if is_made else visit.get_absolute_url()
            facts = {
                "name": visit.organisation.called,
                "owner": visit.owner.name,
                "day": f"{made_on.month}月{made_on.day}日",
            }
            steps = (
                (
                    report_due_at(made_on, setting.remind_at, zone),
                    "due",
                    [visit.owner],
                    _("Report due: %(name)s, visit of %(day)s")
                    if is_made
                    else _("What became of the visit to %(name)s on %(day)s?"),
                ),
                (
                    report_late_at(made_on, setting.late_at, zone),
                    "late",
                    [visit.owner],
                    _("Report is late: %(name)s, visit of %(day)s"),
                ),
                (
                    escalates_at(made_on, setting.remind_at, setting.escalate_hours, zone),
                    "escalated",
                    directors,
                    _("%(owner)s has not reported on %(name)s, visit of %(day)s"),
                ),
            )
            for moment, step, people, title in steps:
                if moment <= local:
                    for person in people:
                        yield Message(
                            person,
                            NoticeKind.REPORT_DUE,
                            visit,
                            title % facts,
                            url=address,
                            due_on=made_on,
                            step=step,
                            is_urgent=step != "due",
                        )

    return remind_all(messages(), at=at)
