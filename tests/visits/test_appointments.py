"""预约: from the first call to the visit itself, and what may come between (R74, practice 2.3)."""

from datetime import date

import pytest

from accounts.models import ContactLog
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given
from visits.actions.appointments import cancel, edit_visit, log_call, note_no_show, plan_visit, reschedule
from visits.actions.making import check_in, finish, set_out
from visits.choices import CallResult, CheckInPlace, VisitState
from visits.models import AppointmentCall, Visit
from visits.rules import EDGES, may_move

pytestmark = pytest.mark.django_db

NOW = given.at(2012, 7, 9, 9)
TOMORROW_TEN = given.at(2012, 7, 10, 10)


@pytest.fixture
def organisation():
    organisation = given.an_organisation()
    given.a_contact(organisation)
    return organisation


def planned(organisation, **more):
    values = {"kind": "first", "visitors": [organisation.owner], "contacts": organisation.contacts.all()}
    return plan_visit(organisation, **{**values, "by": organisation.owner, "at": NOW, **more})


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, VisitState.TO_CALL),
        ({"planned_at": TOMORROW_TEN}, VisitState.PROPOSED),
        ({"planned_at": TOMORROW_TEN, "is_confirmed": True}, VisitState.CONFIRMED),
    ],
)
def test_a_visit_begins_where_the_arrangement_stands(organisation, more, state):
    visit = planned(organisation, **more)

    assert (visit.state, visit.number, visit.owner) == (state, None, organisation.owner)
    assert AuditEvent.objects.filter(action="visits.visit.planned").count() == 1


def test_one_open_appointment_per_organisation_and_visitor_unless_meant(organisation):
    first = planned(organisation)

    with pytest.raises(RuleViolation, match=first.code) as refusal:
        planned(organisation)
    second = planned(organisation, go_on=True)
    by_another = planned(organisation, visitors=[given.a_rep()], by=given.a_director())

    assert refusal.value.field == "go_on"
    assert len({first.code, second.code, by_another.code}) == 3


def test_nobody_and_strangers_are_refused(organisation):
    stranger = given.a_contact(given.an_organisation())

    with pytest.raises(RuleViolation) as nobody:
        planned(organisation, visitors=[])
    with pytest.raises(RuleViolation) as foreign:
        planned(organisation, contacts=[stranger])

    assert (nobody.value.field, foreign.value.field) == ("visitors", "contacts")


def test_arranged_confirms_and_the_log_keeps_every_call(organisation):
    visit = planned(organisation)

    log_call(visit, result=CallResult.NO_ANSWER, by=visit.owner, at=NOW)
    after_no_answer = Visit.objects.get(pk=visit.pk)
    log_call(
        visit,
        result=CallResult.ARRANGED,
        planned_at=TOMORROW_TEN,
        by=visit.owner,
        at=given.at(2012, 7, 9, 11),
    )

    visit.refresh_from_db()
    assert (after_no_answer.state, after_no_answer.call_again_on) == (VisitState.TO_CALL, date(2012, 7, 10))
    assert (visit.state, visit.planned_at, visit.confirmed_on, visit.call_again_on) == (
        VisitState.CONFIRMED,
        TOMORROW_TEN,
        date(2012, 7, 9),
        None,
    )
    assert list(AppointmentCall.objects.values_list("result", flat=True)) == ["arranged", "no_answer"]


def test_arranged_needs_a_time(organisation):
    visit = planned(organisation)

    with pytest.raises(RuleViolation) as refusal:
        log_call(visit, result=CallResult.ARRANGED, by=visit.owner, at=NOW)

    assert refusal.value.field == "day"
    assert not AppointmentCall.objects.exists()


def test_call_again_waits_for_the_day_named(organisation):
    visit = planned(organisation)

    log_call(visit, result=CallResult.AGAIN, next_on=date(2012, 7, 16), by=visit.owner, at=NOW)

    visit.refresh_from_db()
    organisation.refresh_from_db()
    assert (visit.state, visit.call_again_on) == (VisitState.TO_CALL, date(2012, 7, 16))
    assert organisation.last_contact_on == date(2012, 7, 9)


def test_nobody_reached_is_no_contact(organisation):
    visit = planned(organisation)

    log_call(visit, result=CallResult.NO_ANSWER, by=visit.owner, at=NOW)

    organisation.refresh_from_db()
    assert organisation.last_contact_on is None
    assert not ContactLog.objects.exists()


def test_refused_cancels_with_the_reason_and_a_confirmed_one_is_told(organisation):
    director = given.a_director()
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)

    log_call(visit, result=CallResult.REFUSED, note="已定别家", by=visit.owner, at=NOW)

    visit.refresh_from_db()
    assert (visit.state, visit.aside_reason) == (VisitState.CANCELLED, "已定别家")
    assert Notice.objects.get(recipient=director).body == "已定别家"
    with pytest.raises(RuleViolation):
        log_call(visit, result=CallResult.AGAIN, by=visit.owner, at=NOW)


def test_confirming_again_moves_the_day_of_confirmation_and_a_new_time_is_told(organisation):
    director = given.a_director()
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)

    log_call(visit, result=CallResult.ARRANGED, by=visit.owner, at=given.at(2012, 7, 10, 8))
    same_time = Notice.objects.filter(recipient=director).count()
    log_call(
        visit,
        result=CallResult.ARRANGED,
        planned_at=given.at(2012, 7, 10, 14),
        by=visit.owner,
        at=given.at(2012, 7, 10, 9),
    )

    visit.refresh_from_db()
    assert (same_time, Notice.objects.filter(recipient=director).count()) == (0, 1)
    assert (visit.confirmed_on, visit.planned_at) == (date(2012, 7, 10), given.at(2012, 7, 10, 14))


def test_a_new_date_leaves_the_old_visit_with_its_reason_and_a_successor(organisation):
    director, marketer = given.a_director(), given.a_marketer()
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True, materials={"项目折页": 5})

    successor = reschedule(
        visit, planned_at=given.at(2012, 7, 12, 10), reason="对方出差", by=visit.owner, at=NOW
    )

    visit.refresh_from_db()
    assert (visit.state, visit.aside_reason) == (VisitState.RESCHEDULED, "对方出差")
    assert (successor.state, successor.rescheduled_from, successor.materials) == (
        VisitState.CONFIRMED,
        visit,
        {"项目折页": 5},
    )
    assert list(successor.visitors.all()) == [visit.owner]
    told = Notice.objects.filter(kind=NoticeKind.VISIT).values_list("recipient", flat=True)
    assert set(told) == {director.pk, marketer.pk}
    with pytest.raises(RuleViolation):
        reschedule(visit, planned_at=TOMORROW_TEN, reason="又改", by=visit.owner, at=NOW)


@pytest.mark.parametrize(
    ("act", "state"), [(cancel, VisitState.CANCELLED), (note_no_show, VisitState.NO_SHOW)]
)
def test_dropping_needs_a_reason(organisation, act, state):
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)

    with pytest.raises(RuleViolation) as refusal:
        act(visit, reason="", by=visit.owner, at=TOMORROW_TEN)
    act(visit, reason="门卫说人不在", by=visit.owner, at=TOMORROW_TEN)

    visit.refresh_from_db()
    assert refusal.value.field == "reason"
    assert (visit.state, visit.aside_reason) == (state, "门卫说人不在")


def test_the_number_of_a_no_show_goes_to_the_next_visit(organisation):
    first = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)
    check_in(first, by=first.owner, at=TOMORROW_TEN)
    note_no_show(first, reason="等了半小时", by=first.owner, at=TOMORROW_TEN)
    second = planned(organisation, planned_at=given.at(2012, 7, 11, 10), is_confirmed=True)

    finish(second, by=second.owner, at=given.at(2012, 7, 11, 11))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.number, second.number) == (None, 1)


def test_the_visit_itself_in_three_taps(organisation):
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)
    person = organisation.contacts.get()

    set_out(visit, by=visit.owner, at=given.at(2012, 7, 10, 9))
    check_in(visit, by=visit.owner, at=TOMORROW_TEN)
    finish(visit, by=visit.owner, at=given.at(2012, 7, 10, 10, 50), contacts_met=[person])

    visit.refresh_from_db()
    organisation.refresh_from_db()
    assert (visit.state, visit.number, visit.minutes, visit.check_in_place) == (
        VisitState.DONE,
        1,
        50,
        CheckInPlace.NOT_GIVEN,
    )
    assert list(visit.contacts_met.all()) == [person]
    assert (organisation.visits_made, organisation.last_visit_on) == (1, date(2012, 7, 10))
    with pytest.raises(RuleViolation):
        check_in(visit, by=visit.owner, at=TOMORROW_TEN)


def test_people_of_another_organisation_cannot_have_been_met(organisation):
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)
    stranger = given.a_contact(given.an_organisation())

    for act in (check_in, finish):
        with pytest.raises(RuleViolation) as refusal:
            act(visit, by=visit.owner, at=TOMORROW_TEN, contacts_met=[stranger])
        assert refusal.value.field == "contacts_met"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, CheckInPlace.NOT_GIVEN),
        ({"latitude": 39.9042, "longitude": 116.4074}, CheckInPlace.VERIFIED),
        ({"latitude": 39.9300, "longitude": 116.4074}, CheckInPlace.OUTSIDE),
    ],
)
def test_a_check_in_is_verified_outside_or_not_given(place, expected):
    organisation = given.an_organisation(latitude="39.904200", longitude="116.407400")
    visit = given.a_visit(organisation)

    check_in(visit, by=visit.owner, at=TOMORROW_TEN, **place)

    visit.refresh_from_db()
    assert visit.check_in_place == expected
    assert "latitude" not in {field.name for field in Visit._meta.fields}


def test_the_first_who_stands_there_says_where_the_organisation_is(organisation):
    visit = given.a_visit(organisation)
    place = {"latitude": 39.9042, "longitude": 116.4074}

    check_in(visit, by=visit.owner, at=TOMORROW_TEN, remember_place=True, **place)
    other = given.a_visit(organisation)
    check_in(other, by=other.owner, at=TOMORROW_TEN, remember_place=True, latitude=39.0, longitude=116.0)

    visit.refresh_from_db()
    other.refresh_from_db()
    organisation.refresh_from_db()
    assert (visit.check_in_place, other.check_in_place) == (CheckInPlace.VERIFIED, CheckInPlace.OUTSIDE)
    assert (float(organisation.latitude), float(organisation.longitude)) == (39.9042, 116.4074)


def test_a_visit_nobody_planned_a_time_for_has_the_time_it_took_place(organisation):
    visit = planned(organisation)

    finish(visit, by=visit.owner, at=TOMORROW_TEN)

    visit.refresh_from_db()
    assert (visit.planned_at, visit.checked_in_at) == (TOMORROW_TEN, TOMORROW_TEN)


def test_an_edited_plan_keeps_its_version_and_tells_of_a_new_time(organisation):
    director = given.a_director()
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)
    wish = {"visitors": [visit.owner], "contacts": [], "by": visit.owner, "at": NOW, "kind": "first"}
    noon = given.at(2012, 7, 10, 12)

    edit_visit(visit, version=visit.version, planned_at=noon, **wish)

    with pytest.raises(StaleEdit):
        edit_visit(Visit.objects.get(pk=visit.pk), version=1, planned_at=TOMORROW_TEN, **wish)
    visit.refresh_from_db()
    assert (visit.planned_at, Notice.objects.filter(recipient=director).count()) == (noon, 1)


def test_a_stale_window_cannot_move_a_visit_twice(organisation):
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)
    stale = Visit.objects.get(pk=visit.pk)
    cancel(visit, reason="对方出差", by=visit.owner, at=NOW)

    with pytest.raises(RuleViolation, match="取消"):
        set_out(stale, by=visit.owner, at=NOW)


def test_every_state_is_reached_by_a_declared_edge_only():
    states = {state.value for state in VisitState}

    assert set(EDGES) | {"to_call"} == states
    assert {source for sources in EDGES.values() for source in sources} <= states
    assert not may_move("reviewed", "confirmed")
    assert not may_move("cancelled", "on_way")


def test_before_the_day_nobody_has_failed_to_appear(organisation):
    visit = planned(organisation, planned_at=TOMORROW_TEN, is_confirmed=True)

    with pytest.raises(RuleViolation) as refusal:
        note_no_show(visit, reason="猜他不来", by=visit.owner, at=NOW)

    visit.refresh_from_db()
    assert refusal.value.field == "reason"
    assert visit.state == VisitState.CONFIRMED


def test_nobody_is_called_again_on_a_day_that_has_passed(organisation):
    visit = planned(organisation)

    with pytest.raises(RuleViolation) as refusal:
        log_call(visit, result=CallResult.AGAIN, next_on=date(2012, 7, 8), by=visit.owner, at=NOW)
    log_call(visit, result=CallResult.AGAIN, next_on=date(2012, 7, 9), by=visit.owner, at=NOW)

    visit.refresh_from_db()
    assert refusal.value.field == "next_on"
    assert visit.call_again_on == date(2012, 7, 9)
