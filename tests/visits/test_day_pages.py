"""今日, the call list, the calendar and the lists one works from, as pages (R73, screens 5.1)."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from accounts.choices import KeyState
from accounts.models import KeyContact, KeyContactChange
from keyaccounts.common import clock
from keyaccounts.common.roles import Role
from keyaccounts.people.models import TeamMember
from materials.choices import KitUse
from materials.models import Kit
from tests import given
from visits.choices import ReportState, VisitState
from visits.models import AppointmentCall, DayTemplateStep, Visit, VisitReport

pytestmark = pytest.mark.django_db
TODAY = "visits:today"
NOON = given.at(2012, 7, 10, 12)


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def now_at(hour, *, days=0):
    """An hour of that Tuesday, or of a day near it."""
    return NOON.replace(hour=hour) + timedelta(days=days)


def a_key_contact(organisation):
    return KeyContact.objects.create(
        organisation=organisation,
        contact=given.a_contact(organisation, name="贾维舟"),
        state=KeyState.DESIGNATED,
        since_on=clock.today(),
    )


def a_report(visit, state=ReportState.REVIEWED, **answers):
    return VisitReport.objects.create(
        visit=visit,
        state=state,
        organisation_name=visit.organisation.name,
        first_submitted_at=visit.planned_at,
        submitted_at=visit.planned_at,
        submitted_by=visit.owner,
        **answers,
    )


def test_a_stop_shows_what_matters_before_going_in(sign_in):
    organisation = given.an_organisation(address="朝阳区热电路1号")
    a_key_contact(organisation)
    last = given.a_visit(
        organisation,
        state=VisitState.REVIEWED,
        planned_at=now_at(10, days=-9),
        promised="带检测报告",
        next_step="送样品",
    )
    a_report(last, intention="A", price_low=110, price_high=130, gift_demand_text="中秋按人头发")
    given.a_visit(organisation, planned_at=now_at(23))

    page = sign_in(organisation.owner).get(reverse(TODAY)).content.decode()

    for said in ("贾维舟", "带检测报告", "送样品", "110–130", "中秋按人头发", "uri.amap.com", "签到"):
        assert said in page


def test_red_is_what_is_overdue(sign_in):
    rep = given.a_rep()
    names = ("未交报告厂", "没有下文厂", "退回报告厂", "今天刚访厂", "待答复厂")
    places = {name: given.an_organisation(owner=rep, name=name, short_name=name) for name in names}
    given.a_visit(places["未交报告厂"], state=VisitState.DONE, checked_in_at=now_at(9, days=-2))
    given.a_visit(places["没有下文厂"], planned_at=now_at(9, days=-1))
    returned = given.a_visit(places["退回报告厂"], state=VisitState.RETURNED, planned_at=now_at(9, days=-1))
    a_report(returned, ReportState.RETURNED, return_reason="补上价格")
    given.a_visit(places["今天刚访厂"], planned_at=now_at(23))
    key = a_key_contact(places["待答复厂"])
    KeyContactChange.objects.create(
        organisation=places["待答复厂"],
        from_key=key,
        reason="调走",
        requested_by=rep,
        requested_at=now_at(9, days=-3),
    )

    answer = sign_in(rep).get(reverse(TODAY))

    day = answer.context["day"]
    assert {owed.visit.organisation.name for owed in day.owed} == set(names[:3])
    assert [change.organisation.name for change in day.answers_awaited] == ["待答复厂"]
    page = answer.content.decode()
    assert "补上价格" in page
    # One tap to each report, and the visit by its name.
    for owed in day.owed:
        assert reverse("visits:report", args=[owed.visit.pk]) in page
        assert f'href="{owed.visit.get_absolute_url()}"' in page


def test_follow_ups_and_calls_due_stand_on_today_and_not_on_other_days(sign_in):
    rep = given.a_rep()
    due = given.an_organisation(owner=rep, next_on=clock.today() - timedelta(days=2), next_step="回电话")
    a_key_contact(due)
    given.an_organisation(owner=rep, next_on=clock.today() + timedelta(days=2))
    given.a_visit(given.an_organisation(owner=rep), state=VisitState.TO_CALL, planned_at=None)
    client = sign_in(rep)

    here = client.get(reverse(TODAY))
    tomorrow = client.get(reverse(TODAY), {"on": (clock.today() + timedelta(days=1)).isoformat()})

    day = here.context["day"]
    assert [(f.organisation, f.phone) for f in day.follow_ups] == [(due, due.contacts.get().mobile)]
    assert len(day.calls) == 1
    assert (tomorrow.context["day"].calls, tomorrow.context["day"].follow_ups) == ([], [])


def test_the_day_follows_its_template(sign_in):
    rep = given.a_rep()
    DayTemplateStep.objects.all().delete()
    DayTemplateStep.objects.create(number=1, starts_at="00:00", title="查看安排", page="visits:calls")
    DayTemplateStep.objects.create(number=2, starts_at=None, title="动态即报", page="gone:nowhere")
    DayTemplateStep.objects.create(number=3, starts_at="00:00", title="旧步骤", is_active=False)

    answer = sign_in(rep).get(reverse(TODAY))

    assert answer.context["day"].step_now.title == "查看安排"
    assert [(step.title, address) for step, _now, address in answer.context["steps"]] == [
        ("查看安排", "/visits/calls/"),
        ("动态即报", ""),
    ]


def test_whose_day_one_may_look_at(sign_in):
    rep, other = given.a_rep(), given.a_rep()
    team = given.a_team()
    lead = given.a_lead(team=team)
    given.a_visit(given.an_organisation(owner=other), planned_at=now_at(23))

    lead_of_both = given.a_lead(team=given.a_team())
    TeamMember.objects.create(team=lead_of_both.memberships.get().team, user=other, from_on=NOON.date())

    def shown_to(person):
        return sign_in(person).get(reverse(TODAY), {"person": other.pk}).context["day"].person

    assert [shown_to(person) for person in (rep, lead, lead_of_both, given.a_director())] == [
        rep, lead, other, other,
    ]  # fmt: skip
    assert sign_in(given.a_marketer()).get(reverse(TODAY)).status_code == 403


def test_today_costs_the_same_at_one_and_at_three_rows(sign_in, django_assert_max_num_queries):
    rep = given.a_rep()
    client = sign_in(rep)

    def one_more():
        organisation = given.an_organisation(owner=rep, next_on=clock.today())
        a_key_contact(organisation)
        last = given.a_visit(organisation, state=VisitState.REVIEWED, planned_at=now_at(9, days=-9))
        a_report(last, intention="A")
        visit = given.a_visit(organisation, planned_at=now_at(23))
        visit.contacts.add(organisation.contacts.get())
        given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(9, days=-1))
        called = given.a_visit(given.an_organisation(owner=rep), state=VisitState.TO_CALL, planned_at=None)
        AppointmentCall.objects.create(visit=called, at=clock.now(), result="no_answer", by=rep)

    one_more()
    client.get(reverse(TODAY))
    with django_assert_max_num_queries(25) as one:
        client.get(reverse(TODAY))
    one_more()
    one_more()
    with django_assert_max_num_queries(25) as three:
        client.get(reverse(TODAY))

    assert len(one) == len(three)


# -- the call list -----------------------------------------------------------------------------------
def test_the_call_list_has_appointments_to_make_and_to_confirm_once_more(sign_in):
    rep = given.a_rep()

    def visit(**more):
        return given.a_visit(given.an_organisation(owner=rep), **more)

    to_call = visit(state=VisitState.TO_CALL, planned_at=None)
    due = visit(state=VisitState.TO_CALL, planned_at=None, call_again_on=clock.today() - timedelta(days=1))
    visit(state=VisitState.TO_CALL, planned_at=None, call_again_on=clock.today() + timedelta(days=1))
    tomorrow = visit(planned_at=now_at(10, days=1), confirmed_on=clock.today() - timedelta(days=5))
    visit(planned_at=now_at(10, days=1), confirmed_on=clock.today())
    visit(planned_at=now_at(10, days=5), confirmed_on=clock.today() - timedelta(days=5))

    rows = sign_in(rep).get(reverse("visits:calls")).context["rows"]

    assert [row.pk for row in rows] == [due.pk, tomorrow.pk, to_call.pk]


def test_one_tap_logs_what_a_call_came_to(sign_in):
    rep = given.a_rep()
    first, second, third = (
        given.a_visit(given.an_organisation(owner=rep), state=VisitState.TO_CALL, planned_at=None)
        for _ in range(3)
    )
    proposed = given.a_visit(
        given.an_organisation(owner=rep), state=VisitState.PROPOSED, planned_at=now_at(10, days=2)
    )
    client = sign_in(rep)

    def tap(visit, **posted):
        return client.post(reverse("visits:call", args=[visit.pk]) + "?back=calls", posted)

    later = clock.today() + timedelta(days=3)
    answers = [
        tap(first, result="no_answer"),
        tap(second, result="again", next_on=later.isoformat()),
        tap(third, result="refused", note="已定别家"),
        tap(proposed, result="arranged"),
    ]

    rows = {v.pk: v for v in Visit.objects.all()}
    assert [answer.url for answer in answers] == ["/visits/calls/"] * 4
    assert rows[first.pk].call_again_on == clock.today() + timedelta(days=1)
    assert rows[second.pk].call_again_on == later
    assert rows[third.pk].state == VisitState.CANCELLED
    assert rows[proposed.pk].state == VisitState.CONFIRMED


def test_arranged_without_a_time_asks_for_it(sign_in):
    visit = given.a_visit(given.an_organisation(), state=VisitState.TO_CALL, planned_at=None)

    answer = sign_in(visit.owner).post(reverse("visits:call", args=[visit.pk]), {"result": "arranged"})

    assert (answer.status_code, "day" in answer.context["form"].errors) == (422, True)


# -- planning ------------------------------------------------------------------------------------------
def test_a_visit_without_a_day_is_planned_to_be_called_for(sign_in):
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)
    address = reverse("visits:plan") + f"?organisation={organisation.pk}"

    opened = client.get(address)
    answer = client.post(
        address,
        {"kind": "first", "visitors": [organisation.owner.pk], "hour": "09:30", "planned_minutes": "60"},
    )

    assert "go_on" not in opened.context["form"].fields
    assert answer.status_code == 302
    assert Visit.objects.get().state == VisitState.TO_CALL


def test_a_second_open_appointment_is_asked_about(sign_in):
    organisation = given.an_organisation()
    given.a_visit(organisation)
    client = sign_in(organisation.owner)
    address = reverse("visits:plan") + f"?organisation={organisation.pk}"
    posted = {"kind": "first", "visitors": [organisation.owner.pk]}

    refused, taken = client.post(address, posted), client.post(address, {**posted, "go_on": "on"})

    assert (refused.status_code, "go_on" in refused.context["form"].errors) == (422, True)
    assert (taken.status_code, Visit.objects.count()) == (302, 2)


def test_editing_keeps_wishes_the_form_does_not_show(sign_in):
    visit = given.a_visit(given.an_organisation(), materials={"检测报告": 2, "项目折页": 5})
    client = sign_in(visit.owner)
    posted = {
        "version": visit.version, "kind": visit.kind, "visitors": [visit.owner.pk], "day": "2012-07-10",
        "hour": "14:00", "kit_0": "7",
    }  # fmt: skip

    answer = client.post(reverse("visits:visit_edit", args=[visit.pk]), posted)

    visit.refresh_from_db()
    assert answer.status_code == 302
    assert visit.materials == {"检测报告": 2, "项目折页": 7}


def test_the_form_offers_what_the_kit_for_visits_holds(sign_in):
    organisation = given.an_organisation()
    kit = Kit.objects.get(use=KitUse.VISIT)
    kit.lines.filter(number=3).update(name="茶样")
    address = reverse("visits:plan") + f"?organisation={organisation.pk}"
    client = sign_in(organisation.owner)

    with_a_kit = client.get(address).context["form"]
    Kit.objects.update(is_active=False)
    without = client.get(address).context["form"]

    offered = [field.label for name, field in with_a_kit.fields.items() if name.startswith("kit_")]
    assert offered == ["项目折页", "产品手册", "茶样", "小型礼品"]
    assert not any(name.startswith("kit_") for name in without.fields)


# -- the visit itself ------------------------------------------------------------------------------------
def test_check_in_finish_and_whom_one_met(sign_in):
    organisation = given.an_organisation()
    person = given.a_contact(organisation)
    visit = given.a_visit(organisation, planned_at=now_at(1))
    client = sign_in(visit.owner)

    client.post(reverse("visits:visit_step", args=[visit.pk, "check-in"]), {"latitude": "91"})
    shown = client.get(visit.get_absolute_url())
    answer = client.post(
        reverse("visits:visit_step", args=[visit.pk, "finish"]), {"contacts_met": [person.pk, "x"]}
    )

    visit.refresh_from_db()
    assert [p.pk for p in shown.context["people"]] == [person.pk]
    assert answer.url == reverse("visits:report", args=[visit.pk])
    assert (visit.state, list(visit.contacts_met.all())) == (VisitState.DONE, [person])


def test_visits_of_others_are_not_found_and_reading_roles_do_not_write(sign_in):
    visit = given.a_visit(given.an_organisation())
    addresses = [
        reverse(f"visits:{name}", args=[visit.pk]) for name in ("visit_edit", "call", "visit_reschedule")
    ]
    step, shown = reverse("visits:visit_step", args=[visit.pk, "check-in"]), visit.get_absolute_url()

    def statuses(person):
        client = sign_in(person)
        return [
            *(client.get(a).status_code for a in addresses),
            client.post(step).status_code,
            client.get(shown).status_code,
        ]

    assert statuses(given.a_rep()) == [404] * 5
    assert statuses(given.a_marketer()) == [403] * 4 + [200]
    assert statuses(visit.owner) == [200] * 3 + [302, 200]


# -- lists, calendar, Excel -------------------------------------------------------------------------------
def test_reports_not_in_and_today_are_lists_of_their_own(sign_in):
    rep = given.a_rep()
    done = given.a_visit(
        given.an_organisation(owner=rep), state=VisitState.DONE, planned_at=now_at(9, days=-2)
    )
    forgotten = given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(9, days=-1))
    to_come = given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(23))
    client, address = sign_in(rep), reverse("visits:visits")

    missing, today = client.get(address, {"report": "missing"}), client.get(address, {"when": "today"})

    assert {row.pk for row in missing.context["listing"].page} == {done.pk, forgotten.pk}
    assert {row.pk for row in today.context["listing"].page} == {to_come.pk}
    assert (missing.context["here"], today.context["here"]) == ("missing", "today")
    for visit in (done, forgotten):
        assert f'href="{reverse("visits:report", args=[visit.pk])}"' in missing.text
    assert "写报告" not in today.text
    for reader in (given.a_director(), given.a_marketer()):
        assert "写报告" not in sign_in(reader).get(address, {"report": "missing"}).text


def test_a_long_name_is_cut_on_a_line_and_stands_whole_in_its_title(sign_in):
    names = ["阿卜杜热合曼·买买提艾力·托合提尼亚孜·居来提·库尔班江·麦麦提敏·吐尔逊江·艾", "周晓棠"]
    rep, other = (given.a_rep(name=name) for name in names)
    visit = given.a_visit(given.an_organisation(owner=rep))
    visit.visitors.set([rep, other])

    page = sign_in(rep).get(reverse("visits:visits"), {"all": "1"}).text

    assert re.search(r'<td class="person people card-meta" title="([^"]+)">\1</td>', page)[1] in {
        "、".join(names), "、".join(reversed(names)),
    }  # fmt: skip


def test_the_list_costs_the_same_at_one_and_at_three_rows(sign_in, django_assert_max_num_queries):
    rep = given.a_rep()
    client, address = sign_in(rep), reverse("visits:visits")
    given.a_visit(given.an_organisation(owner=rep))
    client.get(address)

    with django_assert_max_num_queries(12) as one:
        client.get(address)
    given.a_visit(given.an_organisation(owner=rep))
    given.a_visit(given.an_organisation(owner=rep))
    with django_assert_max_num_queries(12) as three:
        client.get(address)

    assert len(one) == len(three)


def test_the_excel_holds_what_the_list_shows(sign_in):
    rep = given.a_rep(name="周晓棠")
    shown = given.a_visit(given.an_organisation(owner=rep, name="=北京第一热电厂"), planned_at=now_at(23))
    given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(9, days=-20))

    answer = sign_in(rep).get(reverse("visits:visits"), {"when": "today", "export": "xlsx"})

    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    [row] = [row for row in rows if shown.code in row]
    assert "=北京第一热电厂" in row
    assert now_at(23).replace(tzinfo=None) in row
    assert "周晓棠" in row


def test_the_calendar_shows_the_week_and_leads_to_its_paper(sign_in):
    rep = given.a_rep()
    made = given.a_visit(given.an_organisation(owner=rep), state=VisitState.REVIEWED, planned_at=now_at(9))
    given.a_visit(given.an_organisation(), planned_at=now_at(10))
    client = sign_in(rep)

    week, month = client.get(reverse("visits:week")), client.get(reverse("visits:month"))

    found = [visit.pk for _on, visits in week.context["days"] for visit in visits]
    assert (found, week.context["has_made"]) == ([made.pk], True)
    assert reverse("visits:week_reports_pdf") in week.content.decode()
    assert made.pk in [visit.pk for _on, visits in month.context["days"] for visit in visits]


def test_gaps_show_the_good_ones_nobody_planned(sign_in):
    rep = given.a_rep()
    open_one = given.an_organisation(owner=rep, grade="A", is_priority=True)
    planned = given.an_organisation(owner=rep, grade="A")
    given.a_visit(planned)
    given.an_organisation(owner=rep, grade="D")

    answer = sign_in(rep).get(reverse("visits:gaps"))

    assert list(answer.context["unplanned"]) == [open_one]
    assert list(answer.context["uncovered"]) == [open_one]


@pytest.mark.parametrize("name", ["visits", "calls", "week", "month", "gaps", "plan"])
def test_other_departments_are_refused(sign_in, name):
    assert sign_in(given.a_person(Role.FINANCE)).get(reverse(f"visits:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["calls", "week", "month", "gaps"])
def test_the_other_pages_cost_the_same_at_one_and_at_three_rows(sign_in, django_assert_max_num_queries, name):
    rep = given.a_rep()
    client, address = sign_in(rep), reverse(f"visits:{name}")

    def one_more():
        organisation = given.an_organisation(owner=rep, grade="A", is_priority=True)
        called = given.a_visit(organisation, state=VisitState.TO_CALL, planned_at=None)
        called.contacts.add(given.a_contact(organisation))
        AppointmentCall.objects.create(visit=called, at=clock.now(), result="no_answer", by=rep)
        given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(23))
        given.an_organisation(owner=rep, grade="A")

    one_more()
    client.get(address)
    with django_assert_max_num_queries(15) as one:
        client.get(address)
    one_more()
    one_more()
    with django_assert_max_num_queries(15) as three:
        client.get(address)

    assert len(one) == len(three)


def test_materials_of_tomorrow_are_offered_to_whom_goes_out_tomorrow(sign_in):
    organisation = given.an_organisation()
    client, link = sign_in(organisation.owner), reverse("visits:materials_of_day")

    before = client.get(reverse(TODAY)).text
    given.a_visit(organisation, planned_at=now_at(10, days=1))
    after = client.get(reverse(TODAY)).text

    assert (link in before, link in after) == (False, True)


def test_what_waits_for_a_vehicle_is_a_list_of_whom_it_waits_for(sign_in):
    queue = "?state=pending&amp;sort=leaves_at"

    rep, marketer = (
        sign_in(person).get(reverse("visits:vehicles")).text for person in (given.a_rep(), given.a_marketer())
    )

    assert (queue in rep, queue in marketer) == (False, True)


@pytest.mark.parametrize(("before", "offered"), [("assigned", ""), ("no_car", ""), ("taxi", "taxi")])
def test_whether_there_is_a_vehicle_is_not_copied_from_the_last_visit(sign_in, before, offered):
    organisation = given.an_organisation()
    given.a_visit(organisation, state=VisitState.DONE, travel=before)

    page = sign_in(organisation.owner).get(reverse("visits:plan"), {"organisation": organisation.pk})

    assert page.context["form"].initial["travel"] == offered


@pytest.mark.parametrize(
    "name", ["today", "week", "month", "vehicle_calendar", "materials_of_day", "week_reports_pdf"]
)
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2012-13-45", "昨天"])
def test_a_day_that_no_calendar_shows_is_today(sign_in, name, day):
    client = sign_in(given.a_rep())

    answer = client.get(reverse(f"visits:{name}"), {"on": day, "from": day, "until": day})

    assert answer.status_code in (200, 302)


def test_a_visit_to_come_cannot_have_been_missed(sign_in):
    rep = given.a_rep()
    client = sign_in(rep)
    to_come = given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(10) + timedelta(days=2))
    waited = given.a_visit(
        given.an_organisation(owner=rep), state=VisitState.CHECKED_IN, number=1, planned_at=now_at(10)
    )

    def offers(visit):
        return (
            reverse("visits:visit_drop", args=[visit.pk, "no-show"])
            in client.get(visit.get_absolute_url()).content.decode()
        )

    assert not offers(to_come)
    assert offers(waited)


def test_a_new_date_keeps_the_hour_and_each_act_says_what_it_did(sign_in):
    rep = given.a_rep()
    client = sign_in(rep)
    visit = given.a_visit(given.an_organisation(owner=rep), planned_at=now_at(14))
    address = reverse("visits:visit_reschedule", args=[visit.pk])

    opened = client.get(address)
    moved = client.post(
        address, {"day": now_at(9, days=3).date(), "hour": "14:00", "reason": "出差"}, follow=True
    )
    successor = Visit.objects.get(rescheduled_from=visit)
    dropped = client.post(
        reverse("visits:visit_drop", args=[successor.pk, "cancel"]), {"reason": "项目暂停"}, follow=True
    )

    assert opened.context["form"]["hour"].value() == "14:00"
    assert ">返回</a>" in opened.content.decode()
    assert "已改期。" in moved.content.decode()
    assert "已取消拜访。" in dropped.content.decode()
