"""The morning look at the store: what is due or late, what runs short, what is out too long (integrity rule 21)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.utils.translation import gettext as _

from keyaccounts.campaigns.choices import CampaignState
from keyaccounts.campaigns.models import Campaign
from keyaccounts.campaigns.rules import reminder_step
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from materials.choices import MaterialState
from materials.models import Loan, Material
from materials.queries import soon_short

BATCH = 500
DAYS_BEFORE = (7, 3, 1, 0)
SHORT_WITHIN = 14


def remind_of_materials(*, on: date, at: datetime) -> int:
    """Every reminder of the store; how many notices are new. Asked twice, late or by two workers: once each."""
    campaigns = list(Campaign.objects.filter(state=CampaignState.ACTIVE))
    told = _tell(_about_due(campaigns, on=on), at=at)
    for campaign in campaigns:
        told += _tell(_about_short(campaign, on=on), at=at)
    return told + _tell(_about_loans(on=on), at=at)


def _tell(messages: Iterator[Message], *, at: datetime) -> int:
    told = 0
    while batch := list(islice(messages, BATCH)):
        told += tell_all(batch, at=at, deliver_from=at)
    return told


def _about_due(campaigns: Iterable[Campaign], *, on: date) -> Iterator[Message]:
    """T−7, −3, −1, the day itself, then daily: to the people of the responsible department and to marketing."""
    rows = (
        Material.objects.filter(campaign__in=campaigns, due_on__lte=on + timedelta(days=max(DAYS_BEFORE)))
        .exclude(state__in=[MaterialState.READY, MaterialState.CANCELLED])
        .order_by("pk")
    )
    keepers = list(User.objects.with_role(Role.MARKETING))
    people_of: dict[int, list[User]] = {}
    for person in User.objects.active().filter(department__isnull=False):
        people_of.setdefault(person.department_id, []).append(person)  # type: ignore[arg-type]
    for material in rows.iterator(chunk_size=BATCH):
        if material.due_on is None or not (step := reminder_step(material.due_on, on, DAYS_BEFORE)):
            continue
        left = (material.due_on - on).days
        words = {"what": material, "days": abs(left)}
        if left < 0:
            title = _("%(days)s days late: %(what)s") % words
        elif left == 0:
            title = _("Due today: %(what)s") % words
        else:
            title = _("%(days)s days left: %(what)s") % words
        told = {person.pk: person for person in (*keepers, *people_of.get(material.department_id or 0, []))}
        for person in told.values():
            yield Message(
                person, NoticeKind.MATERIAL, material, title, url=material.get_absolute_url(),
                due_on=material.due_on, step=step, is_urgent=left < 0,
            )  # fmt: skip


def _about_short(campaign: Campaign, *, on: date) -> Iterator[Message]:
    """Short for the needs of the coming fourteen days, or at the low level: to marketing, once per shortage and a week."""
    keepers = list(User.objects.with_role(Role.MARKETING))
    for material, short in soon_short(campaign, on=on, days=SHORT_WITHIN):
        if short:
            words = {
                "what": material,
                "count": short.quantity,
                "unit": material.unit,
                "day": f"{short.from_on.month}月{short.from_on.day}日",
            }
            title = _("%(what)s runs short on %(day)s: %(count)s %(unit)s missing") % words
            due_on, step = short.from_on, f"short-{short.quantity}"
        else:
            title = _("%(what)s is low: %(count)s %(unit)s left") % {
                "what": material,
                "count": material.available,
                "unit": material.unit,
            }
            year, week, _day = on.isocalendar()
            due_on, step = None, f"low-{year}-{week}"
        for person in keepers:
            yield Message(
                person, NoticeKind.MATERIAL, material, title, url=material.get_absolute_url(), due_on=due_on, step=step,
                is_urgent=short is not None,
            )  # fmt: skip


def _about_loans(*, on: date) -> Iterator[Message]:
    """Out longer than agreed: to whoever has it and to marketing, on the day after and then every seven days."""
    keepers = list(User.objects.with_role(Role.MARKETING))
    loans = Loan.objects.out().filter(due_back_on__lt=on).select_related("material", "holder").order_by("pk")
    for loan in loans.iterator(chunk_size=BATCH):
        days = (on - loan.due_back_on).days  # type: ignore[operator]
        step = f"back-{(days - 1) // 7}"
        told = {person.pk: person for person in (loan.holder, *keepers) if person.is_active}
        for person in told.values():
            yield Message(
                person,
                NoticeKind.MATERIAL,
                loan,
                _("Not given back, %(days)s days late: %(what)s (%(who)s)")
                % {"days": days, "what": loan.material, "who": loan.holder},
                url=loan.material.get_absolute_url(),
                due_on=loan.due_back_on,
                step=step,
                is_urgent=True,
            )
