"""Reminders of phases and work that are due or late (R13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from .. import rules
from ..choices import CampaignState
from ..models import DeadlineRule, Phase, WorkItem

BATCH = 500


def remind_due(*, on: date, at: datetime) -> int:
    """Tell the responsible and the director about phases and work due or late (R13). Returns new notices."""
    return remind_phases(on=on, at=at) + remind_work(on=on, at=at)


def _days_before() -> list[int]:
    return list(DeadlineRule.objects.filter(is_active=True).values_list("days_before", flat=True))


def remind_work(*, on: date, at: datetime) -> int:
    """Work items of running campaigns: T−7, −3, −1, the day itself, then daily while late.

    Told are the owner, the people of the responsible departments and the director. Run twice, late
    or after an outage, everybody is told once.
    """
    days = _days_before()
    if not days:
        return 0
    items = (
        WorkItem.objects.open()
        .filter(campaign__state=CampaignState.ACTIVE, due_on__lte=rules.moved(on, max(days)))
        .select_related("owner")
        .prefetch_related("departments")
        .order_by("pk")
    )
    return remind_all(_about_work(items.iterator(chunk_size=BATCH), on=on, days=days), at=at)


def _about_work(items: Iterable[WorkItem], *, on: date, days: list[int]) -> Iterator[Message]:
    directors = list(User.objects.with_role(Role.DIRECTOR))
    people_of: dict[int, list[User]] = {}
    for person in User.objects.active().filter(department__isnull=False):
        people_of.setdefault(person.department_id, []).append(person)  # type: ignore[arg-type]
    for item in items:
        if item.due_on is None or not (step := rules.reminder_step(item.due_on, on, days)):
            continue
        told: dict[int, User] = {person.pk: person for person in directors}
        if item.owner and item.owner.is_active:
            told[item.owner.pk] = item.owner
        for department in item.departments.all():
            told |= {person.pk: person for person in people_of.get(department.pk, [])}
        title = _deadline_words(item.content, (item.due_on - on).days)
        for person in told.values():
            yield Message(
                person,
                NoticeKind.WORK,
                item,
                title,
                url=item.get_absolute_url(),
                due_on=item.due_on,
                step=step,
                is_urgent=item.due_on < on,
            )


def remind_phases(*, on: date, at: datetime) -> int:
    """Phases of running campaigns: before they end, then daily while they leave work undone."""
    days = _days_before()
    if not days:
        return 0
    phases = (
        Phase.objects.filter(campaign__state=CampaignState.ACTIVE, ends_on__lte=rules.moved(on, max(days)))
        .select_related("campaign__owner")
        .order_by("pk")
    )
    return remind_all(_about_phases(phases, on=on, days=days), at=at)


def _about_phases(phases: Iterable[Phase], *, on: date, days: list[int]) -> Iterator[Message]:
    directors = list(User.objects.with_role(Role.DIRECTOR))
    for phase in phases:
        if phase.ends_on is None or not (step := rules.reminder_step(phase.ends_on, on, days)):
            continue
        unfinished = phase.work_items.open().select_related("owner")
        if phase.ends_on < on and not unfinished.exists():
            continue
        told = {person.pk: person for person in directors}
        for person in (phase.campaign.owner, *(item.owner for item in unfinished)):
            if person and person.is_active:
                told[person.pk] = person
        count = unfinished.count()
        body = (
            ngettext("%(count)s work item is still open.", "%(count)s work items are still open.", count)
            % {"count": count}
            if count
            else ""
        )
        for person in told.values():
            yield Message(
                person,
                NoticeKind.PHASE,
                phase,
                _deadline_words(phase.name, (phase.ends_on - on).days),
                url=phase.get_absolute_url(),
                body=body,
                due_on=phase.ends_on,
                step=step,
                is_urgent=phase.ends_on < on,
            )


def _deadline_words(what: str, left: int) -> str:
    if left < 0:
        return _("%(days)s days late: %(what)s") % {"days": -left, "what": what}
    if left == 0:
        return _("Due today: %(what)s") % {"what": what}
    return _("%(days)s days left: %(what)s") % {"days": left, "what": what}
