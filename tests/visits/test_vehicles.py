"""车辆配合: asked for, assigned, refused, released (R71, R72, R78, practice 2.3)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from budget.choices import LimitAction
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given
from visits.actions.appointments import cancel, edit_visit, note_no_show, reschedule
from visits.actions.trip_reminders import remind_vehicles
from visits.actions.vehicles import (
    assign_vehicle,
    change_request,
    note_return,
    refuse_vehicle,
    request_vehicle,
    withdraw_vehicle_request,
)  # fmt: skip
from visits.models import Vehicle, VehicleRequest, VehicleRule
from visits.travelling import road, with_occupation

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 9, 10)


def assigned(trip=None, **more):
    trip = trip or given.a_trip()
    values = {"vehicle": given.a_vehicle(), "driver": given.a_driver(), "by": given.a_marketer(), "at": NOW}
    return assign_vehicle(trip, **{**values, **more})


def test_a_vehicle_from_the_request_to_its_return():
    trip = given.a_trip()
    assert (trip.code, trip.state) == ("YC2012-001", RequestState.PENDING)
    assert Notice.objects.filter(kind=NoticeKind.APPROVAL).count() == 1
    driver = given.a_driver(user=given.a_person())

    assigned(trip, driver=driver, note="13:30出发")

    trip.visit.refresh_from_db()
    assert (trip.state, trip.visit.travel) == (RequestState.APPROVED, "assigned")
    assert Notice.objects.filter(recipient=trip.requested_by, kind=NoticeKind.DECISION).exists()
    assert Notice.objects.filter(recipient=driver.user, kind=NoticeKind.VEHICLE).exists()
    with pytest.raises(RuleViolation):
        note_return(trip, kilometres=30, by=given.a_marketer(), at=NOW)
    note_return(trip, kilometres=30, by=given.a_marketer(), at=trip.back_at)
    assert (trip.state, trip.kilometres) == (RequestState.FULFILLED, 30)


@pytest.mark.parametrize("minutes", [-119, -1, 0, 60, 119])
def test_overlapping_trips_are_refused_and_the_other_is_named(minutes):
    first = assigned()
    other = given.a_trip(
        leaves_at=first.leaves_at + timedelta(minutes=minutes),
        back_at=first.back_at + timedelta(minutes=minutes),
    )

    with pytest.raises(RuleViolation, match=first.code) as refused:
        assigned(other, vehicle=first.vehicle)

    other.refresh_from_db()
    assert (refused.value.field, other.state) == ("vehicle", RequestState.PENDING)


def test_the_driver_is_in_one_place_too():
    first = assigned()

    with pytest.raises(RuleViolation, match=first.code) as refused:
        assigned(given.a_trip(), driver=first.driver)

    assert refused.value.field == "driver"


def test_one_trip_after_the_other_fits():
    first = assigned()
    after = given.a_trip(leaves_at=first.back_at, back_at=first.back_at + timedelta(hours=1))

    assert assigned(after, vehicle=first.vehicle, driver=first.driver).vehicle == first.vehicle


def test_too_few_seats_are_warned_about():
    trip = given.a_trip(people=7)
    small = given.a_vehicle(seats=4)
    with pytest.raises(RuleViolation) as refused:
        assigned(trip, vehicle=small)
    assert refused.value.field == "go_on"

    assert assigned(trip, vehicle=small, go_on=True).state == RequestState.APPROVED


def test_another_vehicle_instead():
    trip = assigned()
    better = given.a_vehicle()

    assigned(trip, vehicle=better, driver=None)

    trip.refresh_from_db()
    assert (trip.vehicle, trip.driver, trip.state) == (better, None, RequestState.APPROVED)
    assert Notice.objects.filter(recipient=trip.requested_by, kind=NoticeKind.VEHICLE).count() == 1


def test_no_vehicle_tells_the_rep_at_once_with_the_claim_of_that_journey():
    trip = given.a_trip()
    with pytest.raises(RuleViolation) as refused:
        refuse_vehicle(trip, refusal="", by=given.a_marketer(), at=NOW)
    assert refused.value.field == "refusal"

    refuse_vehicle(trip, refusal="all_out", note="下午可派", by=given.a_marketer(), at=NOW)

    trip.visit.refresh_from_db()
    told = Notice.objects.get(recipient=trip.requested_by, kind=NoticeKind.DECISION)
    assert (trip.state, trip.visit.travel) == (RequestState.REJECTED, "no_car")
    assert told.url == f"/visits/travel/new/?visit={trip.visit_id}"
    assert (told.body, told.delivered_at) == ("车辆均已派出：下午可派", NOW)


def test_a_vehicle_that_breaks_down_is_taken_back():
    trip = assigned()

    new = refuse_vehicle(trip, refusal="repair", by=given.a_marketer(), at=NOW)

    trip.refresh_from_db()
    assert (trip.state, new.state, new.vehicle) == (RequestState.WITHDRAWN, RequestState.REJECTED, None)
    assert assigned(given.a_trip(), vehicle=trip.vehicle).state == RequestState.APPROVED


def test_asked_for_late_needs_a_reason_or_is_refused():
    visit = given.a_visit(given.an_organisation())
    late = given.at(2012, 7, 9, 17, 30)
    with pytest.raises(RuleViolation) as refused:
        given.a_trip(visit, at=late)
    assert refused.value.field == "late_reason"
    trip = given.a_trip(visit, at=late, late_reason="客户临时改期")
    assert trip.late_reason == "客户临时改期"

    VehicleRule.objects.update_or_create(pk=1, defaults={"late_action": LimitAction.BLOCK})

    with pytest.raises(RuleViolation, match="17:30"):
        given.a_trip(at=late, late_reason="客户临时改期")


def test_in_time_no_reason_is_kept():
    assert given.a_trip(at=given.at(2012, 7, 9, 17, 29), late_reason="不需要").late_reason == ""


def test_one_request_per_visit_and_none_for_a_visit_that_is_off():
    trip = given.a_trip()
    with pytest.raises(RuleViolation, match=trip.code):
        given.a_trip(trip.visit)

    cancel(trip.visit, reason="客户出差", by=trip.requested_by, at=NOW)

    with pytest.raises(RuleViolation):
        given.a_trip(trip.visit)


def test_nobody_assigns_their_own():
    marketer = given.a_marketer()
    given.a_marketer()
    trip = given.a_trip(by=marketer)

    with pytest.raises(RuleViolation):
        assigned(trip, by=marketer)


def test_a_vehicle_out_of_use_is_not_sent():
    old = given.a_vehicle(is_active=False)

    with pytest.raises(RuleViolation, match="停用"):
        assigned(vehicle=old)


def test_a_cancelled_visit_gives_its_vehicle_back():
    trip = assigned()

    cancel(trip.visit, reason="客户出差", by=trip.requested_by, at=NOW)

    trip.refresh_from_db()
    trip.visit.refresh_from_db()
    assert (trip.state, trip.visit.travel) == (RequestState.WITHDRAWN, "")
    assert assigned(given.a_trip(), vehicle=trip.vehicle).state == RequestState.APPROVED


def test_to_somebody_who_does_not_appear_the_vehicle_has_driven():
    trip = assigned()

    note_no_show(trip.visit, reason="不在", by=trip.requested_by, at=trip.visit.planned_at)

    trip.refresh_from_db()
    assert trip.state == RequestState.APPROVED


def test_a_rescheduled_visit_asks_anew():
    trip = assigned()
    later = trip.visit.planned_at + timedelta(days=2, hours=1)

    successor = reschedule(trip.visit, planned_at=later, reason="客户改期", by=trip.requested_by, at=NOW)

    trip.refresh_from_db()
    new = VehicleRequest.objects.get(visit=successor)
    assert (trip.state, new.state, new.vehicle) == (RequestState.WITHDRAWN, RequestState.PENDING, None)
    assert (new.leaves_at - trip.leaves_at, successor.travel) == (timedelta(days=2, hours=1), "")


@pytest.mark.parametrize("has_vehicle", [True, False])
def test_a_visit_at_another_hour_takes_its_trip_along(has_vehicle):
    trip = assigned() if has_vehicle else given.a_trip()
    visit = trip.visit
    visit.refresh_from_db()
    later = visit.planned_at + timedelta(hours=3)

    edit_visit(
        visit, visitors=[visit.owner], contacts=[], by=visit.owner, at=NOW, version=None, planned_at=later
    )

    trip.refresh_from_db()
    live = VehicleRequest.objects.get(visit=visit, state=RequestState.PENDING)
    assert live.leaves_at == later - timedelta(minutes=30)
    assert (trip.state == RequestState.WITHDRAWN) == has_vehicle


def test_changed_by_whoever_asked():
    trip = given.a_trip()
    change_request(trip, by=trip.requested_by, at=NOW, version=trip.version, people=5)
    assert (trip.people, trip.state) == (5, RequestState.PENDING)
    with pytest.raises(RuleViolation):
        change_request(trip, by=given.a_rep(), at=NOW, people=1)
    assigned(trip)

    new = change_request(trip, by=trip.requested_by, at=NOW, people=9)

    trip.refresh_from_db()
    assert (trip.state, new.state, new.people) == (RequestState.WITHDRAWN, RequestState.PENDING, 9)
    withdraw_vehicle_request(new, by=trip.requested_by, at=NOW)
    with pytest.raises(RuleViolation):
        withdraw_vehicle_request(new, by=trip.requested_by, at=NOW)


def test_a_trip_needs_no_visit():
    given.a_marketer()
    trip = request_vehicle(
        leaves_at=given.at(2012, 7, 12, 8), back_at=given.at(2012, 7, 12, 12), people=4, to_place="第一热电厂",
        purpose="说明会", source="briefings.briefing:4", by=given.a_rep(), at=NOW,
    )  # fmt: skip

    assert assigned(trip).source == "briefings.briefing:4"
    with pytest.raises(RuleViolation):
        request_vehicle(
            leaves_at=trip.back_at, back_at=trip.leaves_at, people=4, to_place="第一热电厂", purpose="说明会",
            by=given.a_rep(), at=NOW,
        )  # fmt: skip


def test_the_free_ones_are_offered_first():
    busy = assigned()
    free, tiny = given.a_vehicle(plate="京Z·1"), given.a_vehicle(plate="京A·0", seats=1)
    trip = given.a_trip()

    vehicles, drivers = with_occupation(trip)

    assert [vehicle.pk for vehicle in vehicles] == [free.pk, tiny.pk, busy.vehicle_id]
    assert "09:30–11:30" in vehicles[-1].busy
    assert drivers[-1].busy


def test_the_calendar_reads_in_three_queries(django_assert_num_queries):
    trip = assigned()
    waiting = given.a_trip()

    with django_assert_num_queries(2):
        days = road(first=timezone.localdate(trip.leaves_at), days=2)

    assert days[0].waiting == [waiting]
    assert days[0].vehicles[0].trips == [trip]
    assert days[1].vehicles[0].trips == []
    assert len(road(first=days[0].on, days=1, vehicle=Vehicle.objects.first())) == 1


def test_undecided_trips_of_tomorrow_remind_the_marketing_centre_once():
    trip = given.a_trip()
    given.a_marketer()
    before, after = given.at(2012, 7, 9, 17, 15), given.at(2012, 7, 9, 17, 30)

    found = [
        remind_vehicles(at=before),
        remind_vehicles(at=after),
        remind_vehicles(at=after + timedelta(hours=1)),
    ]

    assert found == [0, 2, 0]
    assigned(trip)
    Notice.objects.filter(kind=NoticeKind.VEHICLE, subject=f"visits.vehiclerequest:{trip.pk}").delete()
    assert remind_vehicles(at=after) == 0
