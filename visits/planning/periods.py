"""The weeks and months that are planned, when their plans are due, and who owes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import pgettext

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.roles import Role
from keyaccounts.common.templatetags.show import WEEKDAYS
from keyaccounts.people.models import RoleGrant, User
from visits.choices import PlanSpan
from visits.models import PlanRule, VisitPlan
from visits.models.plans import PLANNERS, members_led_by, span_title
from visits.rules import month_of, month_plan_due_on, week_of, week_plan_due_on, weeks_within

SHOWN_BACK = {PlanSpan.WEEK: 8, PlanSpan.MONTH: 3}
"""How many earlier weeks and months the list of plans offers."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A day of a week, or a week of a month, into which a visit is planned."""

    from_on: date
    until_on: date

    @property
    def key(self) -> str:
        return self.from_on.isoformat()

    @property
    def label(self) -> str:
        """周二; of a month 9–15日."""
        if self.from_on == self.until_on:
            return f"周{WEEKDAYS[self.from_on.weekday()]}"
        return pgettext("days of a month", "%(first)s–%(last)s") % {
            "first": self.from_on.day,
            "last": self.until_on.day,
        }


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month and until when its plan is to be handed in."""

    span: str
    first_on: date
    last_on: date
    due_at: datetime
    is_expected: bool = True
    """Whether plans were asked for at that time already."""

    @property
    def code(self) -> str:
        """How the address names it: week-2012-07-16."""
        return f"{self.span}-{self.first_on.isoformat()}"

    @property
    def opens_on(self) -> date:
        """From the day before it is due one is asked for the plan."""
        return timezone.localdate(self.due_at) - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        return _midnight(self.first_on)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.last_on + timedelta(days=1))

    @property
    def whole(self) -> Slot:
        """Any day of it."""
        return Slot(self.first_on, self.last_on)

    @property
    def title(self) -> str:
        """7月16日–7月22日, or 2012年8月."""
        return span_title(self.span, self.first_on, self.last_on)

    def slots(self, *, on: date) -> list[Slot]:
        """Where a visit may still be planned: the working days of a week, the weeks of a month."""
        if self.span == PlanSpan.WEEK:
            days = [self.first_on + timedelta(days=n) for n in range(5)]
            return [Slot(day, day) for day in days if day >= on]
        return [Slot(*week) for week in weeks_within(self.first_on, self.last_on) if week[1] >= on]

    def days(self) -> list[date]:
        return [self.first_on + timedelta(days=n) for n in range((self.last_on - self.first_on).days + 1)]


def period_of(span: str, day: date, *, rule: PlanRule) -> Period:
    """The week or month around a day, with the moment its plan is due."""
    if span == PlanSpan.MONTH:
        first, last = month_of(day)
        due_on = month_plan_due_on(first, rule.days_before_month)
    else:
        first, last = week_of(day)
        due_on = week_plan_due_on(first, rule.due_weekday)
    return Period(
        span,
        first,
        last,
        due_at=timezone.make_aware(datetime.combine(due_on, rule.due_at)),
        is_expected=rule.since_on is None or first >= rule.since_on,
    )


def current_and_next(*, at: datetime, rule: PlanRule) -> list[Period]:
    """The weeks, and where they are planned the months, whose plans concern anybody now."""
    today = timezone.localdate(at)
    spans = [PlanSpan.WEEK, PlanSpan.MONTH] if rule.has_monthly else [PlanSpan.WEEK]
    found = []
    for span in spans:
        now = period_of(span, today, rule=rule)
        found += [now, period_of(span, now.last_on + timedelta(days=1), rule=rule)]
    return found


def asked_for(*, at: datetime, rule: PlanRule) -> list[Period]:
    """Those that one is asked to hand in a plan for: from the day before it is due.

    Until the week is over; of a month that has begun for a week: then its weeks are planned one by one.
    """
    today = timezone.localdate(at)
    return [
        period
        for period in current_and_next(at=at, rule=rule)
        if period.is_expected and period.opens_on <= today < period.first_on + timedelta(days=7)
    ]


def in_sight(*, at: datetime, rule: PlanRule) -> Period:
    """The week whose plans one reads now: the next, from the day before they are due."""
    now, following = current_and_next(at=at, rule=rule)[:2]
    return following if following.opens_on <= timezone.localdate(at) else now


def offered(*, at: datetime, rule: PlanRule) -> list[Period]:
    """The periods the list of plans can be asked for, the latest first."""
    found: list[Period] = []
    for following in current_and_next(at=at, rule=rule)[1::2]:
        period = following
        for _n in range(SHOWN_BACK[PlanSpan(following.span)] + 2):
            found.append(period)
            period = period_of(period.span, period.first_on - timedelta(days=1), rule=rule)
    return found


def planners(user: Any = None) -> QuerySet[User]:
    """Whose plans are expected; of these, those whose plans the user reads."""
    people = User.objects.active().filter(pk__in=RoleGrant.objects.filter(role__in=PLANNERS).values("user"))
    if user is None or user.has_role(Role.DIRECTOR):
        return people
    return people.filter(pk__in=members_led_by(user)) if user.has_role(Role.LEAD) else people.none()


def with_plans(people: QuerySet[User], period: Period) -> QuerySet[User]:
    """People with the key, state and moment of their plan for a period; nothing where there is none."""
    plan = VisitPlan.objects.filter(
        requested_by=OuterRef("pk"), span=period.span, first_on=period.first_on
    ).exclude(state=RequestState.DRAFT)
    return people.annotate(
        plan_pk=Subquery(plan.values("pk")[:1]),
        plan_state=Subquery(plan.values("state")[:1]),
        handed_in_at=Subquery(plan.values("first_submitted_at")[:1]),
    )


def missing(people: QuerySet[User], period: Period) -> QuerySet[User]:
    """Who was there before the plan was due and has not handed it in; nobody where none was asked for."""
    if not period.is_expected:
        return people.none()
    there = people.filter(date_joined__lt=period.due_at)
    return there.exclude(
        pk__in=VisitPlan.objects.filter(span=period.span, first_on=period.first_on).values("requested_by")
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """A plan that somebody has not handed in, or that came back."""

    period: Period
    is_late: bool
    is_next: bool
    is_returned: bool = False


def owed_by(person: Any, *, at: datetime, rule: PlanRule) -> list[Owed]:
    """The plans a person is asked for now, for the line on Today."""
    periods = asked_for(at=at, rule=rule)
    if not periods or not person.has_role(*PLANNERS):
        return []
    rows = VisitPlan.objects.filter(requested_by=person, first_on__in=[period.first_on for period in periods])
    states = {
        (span, first_on): state for span, first_on, state in rows.values_list("span", "first_on", "state")
    }
    owed = []
    for period in periods:
        state = states.get((period.span, period.first_on))
        if state == RequestState.RETURNED or (state is None and person.date_joined < period.due_at):
            owed.append(
                Owed(
                    period,
                    is_late=period.due_at <= at,
                    is_next=period.starts_at > at,
                    is_returned=state is not None,
                )
            )
    return owed


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
