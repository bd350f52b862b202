"""Reminders of visit plans: the morning they are due, then once to who reads them, caught up once (rule 21)."""

from datetime import date

import pytest

from keyaccounts.notices.models import Notice, NoticeKind
from keyaccounts.people.models import TeamMember
from tests import given
from visits.actions.plan_reminders import remind_plans
from visits.actions.plans import submit_plan
from visits.models import PlanRule
from visits.planning.periods import period_of
from visits.settings import plan_rule

pytestmark = pytest.mark.django_db
JUNE = given.at(2012, 6, 1)
FRIDAY = 2012, 7, 13


@pytest.fixture
def people():
    PlanRule.objects.update(since_on=None)
    rep = given.a_rep(name="周晓棠", date_joined=JUNE)
    lead = given.a_lead(name="陈立行", date_joined=JUNE)
    TeamMember.objects.create(team=lead.memberships.get().team, user=rep, from_on=date(2012, 5, 15))
    director = given.a_director(date_joined=JUNE)
    for monday in (date(2012, 7, 9),):  # this week's plans are in
        for person in (rep, lead):
            hand_in(person, monday, at=given.at(2012, 7, 6, 10))
    Notice.objects.all().delete()
    return rep, lead, director


def hand_in(person, monday, *, at):
    period = period_of("week", monday, rule=plan_rule())
    return submit_plan(period, proposed={}, dated={}, remark="培训", by=person, at=at, version=None)


def told(person):
    return list(Notice.objects.filter(recipient=person, kind=NoticeKind.PLAN).order_by("pk"))


def test_the_morning_it_is_due_and_once_after_its_hour(people):
    rep, lead, director = people

    new = [
        remind_plans(at=given.at(*moment))
        for moment in (
            (2012, 7, 12, 18), (*FRIDAY, 8, 45), (*FRIDAY, 9), (*FRIDAY, 9, 15), (*FRIDAY, 17, 15),
            (*FRIDAY, 17, 30), (*FRIDAY, 17, 45), (2012, 7, 16, 9),
        )
    ]  # fmt: skip

    assert new == [0, 0, 2, 0, 0, 2, 0, 0]
    [asked] = told(rep)
    assert (asked.title, asked.url) == (
        f"请提交拜访计划 {period_of('week', date(2012, 7, 16), rule=plan_rule()).title}，截止 2012年7月13日 周五 17:30",
        "/visits/plans/mine/?period=week-2012-07-16",
    )
    [_own, missing_of_team] = told(lead)
    [missing] = told(director)
    assert (missing_of_team.body, missing.body) == ("周晓棠", "周晓棠、陈立行")
    assert missing.url == "/visits/plans/?period=week-2012-07-16"


def test_days_off_are_caught_up_once(people):
    rep, _lead, _director = people

    assert remind_plans(at=given.at(2012, 7, 17, 10)) == 4
    assert remind_plans(at=given.at(2012, 7, 17, 10, 15)) == 0
    assert len(told(rep)) == 1


def test_who_has_handed_in_is_left_alone_and_what_was_said_taken_back(people):
    rep, lead, director = people
    remind_plans(at=given.at(*FRIDAY, 9))

    hand_in(rep, date(2012, 7, 16), at=given.at(*FRIDAY, 11))

    assert [notice.read_at is None for notice in told(rep)] == [False]
    assert remind_plans(at=given.at(*FRIDAY, 18)) == 1
    assert (len(told(lead)), [notice.body for notice in told(director)]) == (1, ["陈立行"])


def test_nobody_is_asked_for_what_was_due_before_they_came(people):
    given.a_rep(name="新同事", date_joined=given.at(2012, 7, 16, 9))

    remind_plans(at=given.at(2012, 7, 17, 10))

    assert not Notice.objects.filter(body__contains="新同事").exists()


def test_another_day_and_months_too(people):
    PlanRule.objects.update(due_weekday=3, has_monthly=True, days_before_month=3)

    assert remind_plans(at=given.at(2012, 7, 12, 9)) == 2  # July has begun: its weeks are planned one by one
    # This week's and the next are late for both, which two read; August is due today.
    assert remind_plans(at=given.at(2012, 7, 29, 9)) == 4 + 4 + 2
    asked = [notice.url.rpartition("=")[2] for notice in told(people[0])]
    assert asked == ["week-2012-07-16", "week-2012-07-23", "week-2012-07-30", "month-2012-08-01"]


def test_what_could_not_be_planned_is_not_asked_for(people):
    PlanRule.objects.update(since_on=date(2012, 7, 23))

    assert remind_plans(at=given.at(2012, 7, 17, 10)) == 0
    assert remind_plans(at=given.at(2012, 7, 20, 9)) == 2
