"""车辆和司机: kept by the marketing centre on the site, retired and never deleted."""

import pytest
from django.urls import reverse

from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import StaleEdit
from tests import given
from visits.actions.fleet import change
from visits.actions.vehicles import assign_vehicle
from visits.models import Driver, Vehicle

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 9, 10)


def sent(thing, **more):
    names = ("plate", "name", "seats", "note") if isinstance(thing, Vehicle) else ("name", "mobile")
    return {**{name: getattr(thing, name) for name in names}, "version": thing.version, **more}


def test_the_marketing_centre_enters_changes_and_retires(sign_in):
    client = sign_in(given.a_marketer())

    client.post(
        reverse("visits:fleet_new", args=["vehicle"]), {"plate": "京A·12345", "name": "商务车", "seats": "6"}
    )
    client.post(reverse("visits:fleet_new", args=["driver"]), {"name": "王师傅", "mobile": "19900000000"})
    vehicle, driver = Vehicle.objects.get(), Driver.objects.get()
    page = client.get(reverse("visits:fleet")).content.decode()
    client.post(
        reverse("visits:fleet_edit", args=["vehicle", vehicle.pk]),
        sent(vehicle, seats="4", note="后排座椅损坏", is_active="on"),
    )
    client.post(reverse("visits:fleet_edit", args=["driver", driver.pk]), sent(driver))

    vehicle.refresh_from_db(), driver.refresh_from_db()
    assert "京A·12345" in page
    assert "王师傅" in page
    assert (vehicle.seats, vehicle.is_active, driver.is_active) == (4, True, False)
    assert list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "visits.vehicle.created", "visits.driver.created", "visits.vehicle.changed", "visits.driver.changed",
    ]  # fmt: skip


def test_a_plate_is_entered_once(sign_in):
    vehicle = given.a_vehicle()

    answer = sign_in(given.a_marketer()).post(
        reverse("visits:fleet_new", args=["vehicle"]), {"plate": vehicle.plate, "seats": "5"}
    )

    assert answer.status_code == 422
    assert "plate" in answer.context["form"].errors
    assert Vehicle.objects.count() == 1


def test_what_is_promised_to_a_trip_is_not_retired(sign_in):
    vehicle, driver, marketer = given.a_vehicle(), given.a_driver(), given.a_marketer()
    trip = assign_vehicle(given.a_trip(), vehicle=vehicle, driver=driver, by=marketer, at=NOW)
    trip.leaves_at, trip.back_at = given.at(2099, 7, 10, 8), given.at(2099, 7, 10, 12)
    trip.save()
    client = sign_in(marketer)

    for thing in (vehicle, driver):
        thing.refresh_from_db()
        kind = thing._meta.model_name
        answer = client.post(reverse("visits:fleet_edit", args=[kind, thing.pk]), sent(thing))
        thing.refresh_from_db()
        assert (answer.status_code, thing.is_active) == (422, True)
        assert trip.code in answer.content.decode()


def test_a_stale_edit_shows_both_versions(sign_in):
    vehicle, marketer = given.a_vehicle(), given.a_marketer()
    opened = vehicle.version
    change(vehicle, version=opened, by=marketer, at=NOW, seats=3)

    with pytest.raises(StaleEdit):
        change(vehicle, version=opened, by=marketer, at=NOW, seats=2)
    answer = sign_in(marketer).post(
        reverse("visits:fleet_edit", args=["vehicle", vehicle.pk]),
        sent(vehicle, version=opened, seats="2", is_active="on"),
    )

    vehicle.refresh_from_db()
    assert (answer.status_code, vehicle.seats) == (422, 3)
    assert answer.context["stale"]


def test_reps_do_not_keep_the_fleet(sign_in):
    vehicle = given.a_vehicle()
    client = sign_in(given.a_rep())

    assert client.get(reverse("visits:fleet")).status_code == 403
    assert client.post(reverse("visits:fleet_edit", args=["vehicle", vehicle.pk]), {}).status_code == 403


def test_the_page_asks_the_same_however_many(sign_in, django_assert_max_num_queries):
    client, address = sign_in(given.a_marketer()), reverse("visits:fleet")
    client.get(address)
    for _n in range(3):
        given.a_vehicle(), given.a_driver(user=given.a_rep())

    with django_assert_max_num_queries(12):
        client.get(address)
