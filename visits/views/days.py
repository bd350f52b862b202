"""今日, the call list, week and month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.roles import Role
from keyaccounts.people.models import TeamMember, User
from visits.models import Visit
from visits.models.plans import PLAN_READERS, PLANNERS
from visits.planning.periods import owed_by
from visits.queries import calendar, calls_due, day_of
from visits.settings import plan_rule
from visits.supplies import supplies_of

from .common import asked_day

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
SELLERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


def _people(user: Any) -> list[User]:
    """Whose day this person may look at: one's own, the team's, everybody's."""
    sellers = User.objects.with_role(Role.REP, Role.LEAD).order_by("pk")
    if user.has_role(Role.DIRECTOR, Role.MARKETING):
        return list(sellers)
    if user.has_role(Role.LEAD):
        members = TeamMember.objects.filter(team__in=user.team_ids, until_on__isnull=True).values("user")
        return list(sellers.filter(pk__in=members))
    return []


def _asked_person(request: HttpRequest, people: list[User]) -> User | None:
    asked = request.GET.get("person", "")
    return next((person for person in people if str(person.pk) == asked), None)


@requires(*SELLERS)
def today(request: HttpRequest) -> HttpResponse:
    """今日: what now? Another day by ``?on=``; a lead or the director looks at ``?person=``."""
    on, people = asked_day(request), _people(request.user)
    person = _asked_person(request, people) or request.user
    day = day_of(person, on=on, at=clock.now())
    tomorrow = clock.today() + timedelta(days=1)
    # Materials are asked for where somebody goes: today for tomorrow, on another day for that day.
    if on == clock.today():
        is_out = Visit.objects.planned().of_day(tomorrow).filter(visitors=person).exists()
        supply_on = tomorrow if is_out else None
    else:
        supply_on = on if day.stops and on > clock.today() else None
    context = {
        "day": day,
        "supplies": supplies_of([stop.visit for stop in day.stops]),
        "tomorrow": tomorrow,
        "supply_on": supply_on,
        "steps": [(step, step == day.step_now, address_of(step.page)) for step in day.steps],
        "now_address": address_of(day.step_now.page) if day.step_now else "",
        "people": people,
        "is_today": on == clock.today(),
        "is_own": person == request.user,
        "plans_owed": owed_by(person, at=clock.now(), rule=plan_rule())
        if on == clock.today() and person == request.user
        else (),
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "now": clock.now(),
    }
    return render(request, "visits/today.html", context)


def address_of(page: str) -> str:
    """Where a step of the day template leads; empty when it names no page, or one that is not there."""
    try:
        return reverse(page) if page else ""
    except NoReverseMatch:
        return ""


@requires(*SELLERS)
def calls(request: HttpRequest) -> HttpResponse:
    """电话预约: tap the number, then tap what came of it."""
    on = clock.today()
    rows = calls_due(request.user, on=on, at=clock.now())
    prefetch_related_objects(rows, "contacts", "calls")
    context = {"rows": rows, "today": on, "now": clock.now(), "next_days": next_days(on)}
    return render(request, "visits/calls.html", context)


def next_days(on: date) -> list[tuple[str, date]]:
    """The chips of the result bar: when to call again."""
    return [
        (_("tomorrow"), on + timedelta(days=1)),
        (_("in 3 days"), on + timedelta(days=3)),
        (_("next week"), on + timedelta(days=7)),
    ]


@requires(*READERS)
def week(request: HttpRequest) -> HttpResponse:
    """The week, Monday to Sunday."""
    on = asked_day(request)
    first = on - timedelta(days=on.weekday())
    return _calendar(request, first=first, days=7, step=7, name="week", title=_("Week"))


@requires(*READERS)
def month(request: HttpRequest) -> HttpResponse:
    """The month in whole weeks."""
    on = asked_day(request)
    begin = on.replace(day=1)
    first = begin - timedelta(days=begin.weekday())
    end = (begin + timedelta(days=32)).replace(day=1)
    days = -(-(end - first).days // 7) * 7
    return _calendar(request, first=first, days=days, step=0, name="month", title=_("Month"), month=begin)


def _calendar(
    request: HttpRequest,
    *,
    first: date,
    days: int,
    step: int,
    name: str,
    title: str,
    month: date | None = None,
) -> HttpResponse:
    people = _people(request.user)
    person = _asked_person(request, people)
    only = person or (None if people else request.user)
    if month is not None:
        before, after = (
            (month - timedelta(days=1)).replace(day=1),
            (month + timedelta(days=32)).replace(day=1),
        )
    else:
        before, after = first - timedelta(days=step), first + timedelta(days=step)
    found = calendar(request.user, first=first, days=days, person=only)
    context = {
        "days": found,
        "visit_count": sum(len(visits) for _on, visits in found),
        "has_made": any(visit.number for _on, visits in found for visit in visits),
        "is_own": not people,
        "may_write": request.user.has_role(*SELLERS),  # type: ignore[union-attr]
        "may_plan": request.user.has_role(*PLANNERS),  # type: ignore[union-attr]
        "may_read_plans": request.user.has_role(*PLAN_READERS),  # type: ignore[union-attr]
        "now": clock.now(),
        "first": first,
        "last": first + timedelta(days=days - 1),
        "month": month,
        "before": before,
        "after": after,
        "name": name,
        "title": title,
        "people": people,
        "person": person,
        "today": clock.today(),
    }
    return render(request, "visits/calendar.html", context)
