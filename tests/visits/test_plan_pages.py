"""The pages of visit plans: one's own, the team's list, plan against actual, Today's line (practice 2.3)."""

import io
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keyaccounts.approvals.choices import RequestState
from keyaccounts.people.models import TeamMember
from tests import given
from visits.actions.plans import submit_plan
from visits.choices import VisitState
from visits.models import PlanRule, Visit, VisitPlan
from visits.planning.periods import current_and_next, owed_by
from visits.settings import plan_rule

pytestmark = pytest.mark.django_db
MINE, LIST = "/visits/plans/mine/", "/visits/plans/"


@pytest.fixture(autouse=True)
def _the_plan_is_due_today():
    """Whatever weekday the tests run on, next week's plan is asked for and not late before the last minute."""
    PlanRule.objects.update(due_weekday=timezone.localdate().weekday(), due_at="23:59", since_on=None)


@pytest.fixture
def rep():
    return given.a_rep(name="周晓棠", date_joined=timezone.now() - timedelta(days=30))


@pytest.fixture
def lead(rep):
    lead = given.a_lead(name="陈立行")
    TeamMember.objects.create(team=lead.memberships.get().team, user=rep, from_on=date(2012, 5, 15))
    return lead


def next_week():
    return current_and_next(at=timezone.now(), rule=plan_rule())[1]


def in_next_week(day=1, hour=10):
    return next_week().starts_at + timedelta(days=day, hours=hour)


def a_plan(rep, **more):
    values = {"proposed": {}, "dated": {}, "remark": "一周培训", "at": timezone.now(), "version": None}
    return submit_plan(next_week(), by=rep, **{**values, **more})


def hidden(page):
    return dict(re.findall(r'name="(submission_key|version)" value="([^"]*)"', page))


def test_a_rep_plans_next_week_with_a_tap_each(sign_in, rep, lead):
    organisation = given.an_organisation(owner=rep, name="北京首访热电厂")
    given.a_visit(given.an_organisation(owner=rep, name="已约热电厂"), planned_at=in_next_week())
    client = sign_in(rep)
    page = client.get(MINE).text
    assert {"已约热电厂", "北京首访热电厂", "陈立行"} <= set(
        re.findall("已约热电厂|北京首访热电厂|陈立行", page)
    )
    tuesday = next_week().first_on + timedelta(days=1)

    answer = client.post(
        MINE, {**hidden(page), f"organisation_{organisation.pk}": tuesday.isoformat(), "remark": "周五培训"}
    )

    plan = VisitPlan.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, plan.get_absolute_url())
    assert timezone.localdate(Visit.objects.get(organisation=organisation).planned_at) == tuesday
    shown = client.get(plan.get_absolute_url()).text
    assert {"北京首访热电厂", "已约热电厂", "周五培训"} <= set(
        re.findall("北京首访热电厂|已约热电厂|周五培训", shown)
    )


def test_the_same_form_twice_is_one_plan(sign_in, rep, lead):
    client = sign_in(rep)
    form = {**hidden(client.get(MINE).text), "remark": "培训"}

    first, second = client.post(MINE, form), client.post(MINE, form)

    assert first["Location"] == second["Location"]
    assert VisitPlan.objects.get().last_number == 1


def test_an_empty_plan_is_refused_beside_its_field(sign_in, rep):
    client = sign_in(rep)

    answer = client.post(MINE, hidden(client.get(MINE).text))

    assert (answer.status_code, VisitPlan.objects.count()) == (422, 0)
    assert "data-error-summary" in answer.text


def test_a_window_left_open_is_told_that_another_was_first(sign_in, rep, lead):
    client = sign_in(rep)
    left_open = {**hidden(client.get(MINE).text), "remark": "旧"}
    a_plan(rep)

    answer = client.post(MINE, left_open)

    assert (answer.status_code, VisitPlan.objects.get().last_number) == (422, 1)


def test_what_has_been_read_is_shown_not_changed(sign_in, rep, lead):
    plan = a_plan(rep)
    VisitPlan.objects.update(state=RequestState.APPROVED, decided_by=lead, decided_at=timezone.now())

    assert sign_in(rep).get(MINE)["Location"] == plan.get_absolute_url()


def test_this_week_can_still_be_planned_its_days_gone_by_cannot(sign_in, rep):
    given.an_organisation(owner=rep)
    this_week = current_and_next(at=timezone.now(), rule=plan_rule())[0]

    page = sign_in(rep).get(MINE, {"period": this_week.code}).text

    offered = set(re.findall(r'value="(\d{4}-\d\d-\d\d)"', page))
    assert all(day >= timezone.localdate().isoformat() for day in offered)
    assert this_week.title in page


def test_months_are_planned_by_weeks_where_the_director_wants_it(sign_in, rep, lead):
    organisation = given.an_organisation(owner=rep)
    client = sign_in(rep)
    assert "month-" not in client.get(MINE).text
    PlanRule.objects.update(has_monthly=True)
    month = current_and_next(at=timezone.now(), rule=plan_rule())[3]
    page = client.get(MINE, {"period": month.code}).text
    week = month.slots(on=timezone.localdate())[1]

    client.post(f"{MINE}?period={month.code}", {**hidden(page), f"organisation_{organisation.pk}": week.key})

    plan = VisitPlan.objects.get()
    assert (plan.span, plan.first_on, Visit.objects.get().state) == (
        "month",
        month.first_on,
        VisitState.TO_CALL,
    )
    assert client.get(plan.get_absolute_url()).status_code == 200


# -- Today, the calendar ---------------------------------------------------------------------------
def test_today_asks_for_the_plan_until_it_is_there(sign_in, rep, lead):
    client, address = sign_in(rep), f"{MINE}?period={next_week().code}"
    assert address in client.get("/visits/today/").text

    plan = a_plan(rep)
    assert address not in client.get("/visits/today/").text

    VisitPlan.objects.filter(pk=plan.pk).update(state=RequestState.RETURNED, decided_by=lead)
    assert address in client.get("/visits/today/").text


def test_who_came_after_it_was_due_owes_none_and_a_director_never_does(rep):
    newcomer, director = given.a_rep(), given.a_director()
    at = next_week().due_at + timedelta(minutes=1)

    owed = {
        person: [row.is_late for row in owed_by(person, at=at, rule=plan_rule()) if row.is_next]
        for person in (rep, director)
    }
    newcomer.date_joined = at

    assert owed == {rep: [True], director: []}
    assert owed_by(newcomer, at=at, rule=plan_rule()) == []


def test_the_calendar_leads_to_the_plans(sign_in, rep, lead):
    assert MINE in sign_in(rep).get("/visits/week/").text
    page = sign_in(lead).get("/visits/week/").text
    assert MINE in page
    assert f'"{LIST}"' in page


# -- the team's list ---------------------------------------------------------------------------------
def test_the_lead_sees_the_teams_plans_and_reads_one_with_a_tap(sign_in, rep, lead):
    plan, other = a_plan(rep), given.a_rep(name="外组人")
    client = sign_in(lead)
    page = client.get(LIST).text
    assert "周晓棠" in page
    assert "外组人" not in page
    assert other.name == "外组人"

    assert plan.decide_url in page
    answer = client.post(plan.decide_url, {"decision": "approve", "back": "plans"}, follow=True)

    plan.refresh_from_db()
    assert (plan.state, plan.decided_by) == (RequestState.APPROVED, lead)
    assert answer.redirect_chain[0][0] == f"{LIST}?period={next_week().code}"


def test_the_director_returns_one_with_a_reason(sign_in, rep):
    plan, director = a_plan(rep), given.a_director()
    client, address = sign_in(director), f"{LIST}{plan.pk}/decide/"
    client.post(address, {"decision": "return"})
    client.post(address, {"decision": "reject", "note": "不行"})
    plan.refresh_from_db()
    assert plan.state == RequestState.PENDING

    client.post(f"{address}?revision=9", {"decision": "return", "note": "别的一稿"})
    client.post(f"{address}?revision=1", {"decision": "return", "note": "周一太空"})

    plan.refresh_from_db()
    assert (plan.state, plan.decision_note) == (RequestState.RETURNED, "周一太空")
    page = sign_in(rep).get(MINE).text
    assert "周一太空" in page


def test_the_list_by_state_and_in_excel(sign_in, rep, lead):
    given.a_visit(given.an_organisation(owner=rep), planned_at=in_next_week())
    a_plan(rep)
    client = sign_in(lead)
    asked = {
        state: client.get(LIST, {"state": state}, headers={"HX-Request": "true"}).text
        for state in ("pending", "missing", "late", "approved")
    }
    assert {state: "周晓棠" in text for state, text in asked.items()} == {
        "pending": True, "missing": False, "late": False, "approved": False,
    }  # fmt: skip

    answer = client.get(LIST, {"export": "xlsx", "state": "pending"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))

    [row] = [row for row in book.active.values if row[0] == "周晓棠"]
    assert row[3:8] == (1, 0, 0, 0, 0)


def test_a_missing_plan_is_late_after_its_hour(sign_in, rep, lead):
    PlanRule.objects.update(due_at="00:00")
    client = sign_in(lead)
    assert next_week().due_at <= timezone.now()

    assert "周晓棠" in client.get(LIST, {"state": "late"}, headers={"HX-Request": "true"}).text
    a_plan(rep)
    assert "周晓棠" in client.get(LIST, {"state": "late"}, headers={"HX-Request": "true"}).text


def test_what_was_to_be_planned_before_plans_were_asked_for_is_not_late(sign_in, rep, lead):
    PlanRule.objects.update(due_at="00:00", since_on=next_week().last_on)
    client = sign_in(lead)

    assert "周晓棠" not in client.get(LIST, {"state": "late"}, headers={"HX-Request": "true"}).text
    assert "周晓棠" in client.get(LIST, {"state": "missing"}, headers={"HX-Request": "true"}).text
    assert owed_by(rep, at=timezone.now(), rule=plan_rule()) == []


def test_a_plan_that_needs_approval_is_in_the_directors_inbox(sign_in, rep):
    PlanRule.objects.update(needs_approval=True)
    director = given.a_director()
    given.a_visit(given.an_organisation(owner=rep), planned_at=in_next_week())
    plan = a_plan(rep)
    client = sign_in(director)
    assert f"plan-{plan.pk}" in client.get("/approvals/").text

    answer = client.post(f"{LIST}{plan.pk}/decide/", {"decision": "approve", "back": "approvals"})

    plan.refresh_from_db()
    assert (plan.state, answer["Location"]) == (RequestState.APPROVED, reverse("dashboard:approvals"))
    assert f"plan-{plan.pk}" not in client.get("/approvals/").text


def test_nobody_reads_their_own_and_strangers_see_nothing(sign_in, rep, lead):
    own, of_rep = a_plan(lead), a_plan(rep)
    assert sign_in(lead).post(f"{LIST}{own.pk}/decide/", {"decision": "approve"}).status_code == 403
    stranger = sign_in(given.a_rep())
    assert stranger.get(of_rep.get_absolute_url()).status_code == 404
    assert sign_in(given.a_lead()).get(of_rep.get_absolute_url()).status_code == 404
    assert sign_in(given.a_marketer()).get(LIST).status_code == 403
    assert sign_in(given.a_director()).get(MINE).status_code == 403


def test_a_plan_shows_its_earlier_revisions(sign_in, rep, lead):
    plan = a_plan(rep, remark="第一次的话")
    submit_plan(
        next_week(),
        proposed={},
        dated={},
        remark="第二次的话",
        by=rep,
        at=timezone.now(),
        version=plan.version,
    )

    page = sign_in(lead).get(plan.get_absolute_url()).text

    assert "第一次的话" in page
    assert "第二次的话" in page
    assert "第 1 稿" in page


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_asks_the_same_however_many_there_are(sign_in, lead, people, django_assert_max_num_queries):
    for _n in range(people):
        rep = given.a_rep()
        TeamMember.objects.create(team=lead.memberships.get().team, user=rep, from_on=date(2012, 5, 15))
        for day in range(people):
            given.a_visit(given.an_organisation(owner=rep), planned_at=in_next_week(day))
        a_plan(rep)
    client = sign_in(lead)
    client.get(LIST)

    with django_assert_max_num_queries(13):
        client.get(LIST)


@pytest.mark.parametrize("rows", [1, 3])
def test_ones_own_plan_asks_the_same_however_much_is_proposed(
    sign_in, rep, rows, django_assert_max_num_queries
):
    for day in range(rows):
        given.an_organisation(owner=rep, next_on=next_week().first_on)
        given.an_organisation(owner=rep)
        given.a_visit(given.an_organisation(owner=rep), planned_at=in_next_week(day))
        given.a_visit(given.an_organisation(owner=rep), state=VisitState.TO_CALL, planned_at=None)
    client = sign_in(rep)
    client.get(MINE)

    with django_assert_max_num_queries(18):
        client.get(MINE)
    plan = a_plan(rep)
    with django_assert_max_num_queries(12):
        client.get(plan.get_absolute_url())
