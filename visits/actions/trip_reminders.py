"""Reminders of vehicles not decided and of hospitality not reported (integrity rule 21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from visits.models import Hospitality, VehicleRequest
from visits.rules import request_late_from
from visits.settings import hospitality_rule, vehicle_rule

BATCH = 500


def remind_vehicles(*, at: datetime) -> int:
    """Tell the marketing centre, from 17:30 of the day before on, of trips that nobody has decided; once each."""
    setting, local = vehicle_rule(), timezone.localtime(at)
    people = list(User.objects.with_role(Role.MARKETING))
    last = datetime.combine(local.date() + timedelta(days=2), datetime.min.time(), tzinfo=local.tzinfo)
    waiting = (
        VehicleRequest.objects.filter(state=RequestState.PENDING, leaves_at__gt=at, leaves_at__lt=last)
        .select_related("requested_by")
        .order_by("leaves_at")
    )

    def messages() -> Iterator[Message]:
        for trip in waiting.iterator(chunk_size=BATCH):
            leaves = timezone.localtime(trip.leaves_at)
            if request_late_from(leaves, setting.request_by) > local:
                continue
            for person in people:
                if person.pk != trip.requested_by_id:
                    yield Message(
                        person,
                        NoticeKind.VEHICLE,
                        trip,
                        _("No vehicle decided yet for %(day)s at %(time)s: %(what)s")
                        % {
                            "day": f"{leaves.month}月{leaves.day}日",
                            "time": f"{leaves:%H:%M}",
                            "what": trip.purpose,
                        },
                        url=trip.get_absolute_url(),
                        body=f"{trip.requested_by} · {trip.to_place}",
                        due_on=leaves.date(),
                        step=f"undecided-{leaves:%H%M}",
                        is_urgent=True,
                    )

    return remind_all(messages(), at=at)


def remind_guests(*, at: datetime) -> int:
    """Ask for the report on hospitality, from so many hours after the guests came on; once each."""
    since = at - timedelta(hours=hospitality_rule().report_within_hours)
    missing = Hospitality.objects.report_missing().filter(starts_at__lte=since)

    def messages() -> Iterator[Message]:
        rows = missing.select_related("claim__requested_by", "organisation").order_by("pk")
        for guests in rows.iterator(chunk_size=BATCH):
            yield Message(
                guests.claim.requested_by,
                NoticeKind.REPORT_DUE,
                guests,
                _("Hospitality not reported yet: %(what)s") % {"what": guests.claim.purpose},
                url=guests.get_absolute_url(),
                body=guests.claim.code,
                due_on=timezone.localdate(guests.starts_at),
                step="hospitality",
            )

    return remind_all(messages(), at=at)
