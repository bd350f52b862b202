"""The pages of vehicles, journeys and guests, by role; from the visit and Today with one tap."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from budget.actions.decisions import approve_claim
from budget.models import ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User
from tests import given
from visits.choices import VisitState
from visits.models import Hospitality, TravelClaim, VehicleRequest, Visit

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"


def receipt():
    return SimpleUploadedFile("发票.pdf", PDF, "application/pdf")


def soon(days=2, hour=10):
    day = timezone.localtime() + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def visit():
    given.a_director()
    given.a_marketer()
    return given.a_visit(given.an_organisation(address="景和区1号"), planned_at=soon())


def asked(client, visit, **more):
    form = client.get(reverse("visits:vehicle_new", args=[visit.pk])).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    return client.post(reverse("visits:vehicle_new", args=[visit.pk]), {**values, **more})


def marketer():
    return User.objects.with_role(Role.MARKETING).first()


def director():
    return User.objects.with_role(Role.DIRECTOR).first()


def trip_at(name, trip):
    return reverse(f"visits:{name}", args=[trip.pk])


def test_a_vehicle_asked_for_filled_in_assigned_and_shown(sign_in, visit):
    answer = asked(sign_in(visit.owner), visit)
    trip = VehicleRequest.objects.get()
    assert answer.url == trip.get_absolute_url()
    assert (trip.to_place, trip.people) == ("景和区1号", 1)
    assert timezone.localtime(trip.leaves_at).strftime("%H:%M") == "09:30"

    client, car, driver = sign_in(marketer()), given.a_vehicle(plate="京A·12345"), given.a_driver()
    assert trip.code in client.get(reverse("visits:vehicles"), {"state": "pending"}).content.decode()
    assert "京A·12345" in client.get(trip.get_absolute_url()).content.decode()
    client.post(trip_at("vehicle_assign", trip), {"vehicle": car.pk, "driver": driver.pk})

    client = sign_in(visit.owner)
    on = timezone.localdate(visit.planned_at).isoformat()
    for address in (
        visit.get_absolute_url(),
        f"{reverse('visits:today')}?on={on}",
        f"{reverse('visits:vehicle_calendar')}?on={on}",
    ):
        assert "京A·12345" in client.get(address).content.decode()


def test_a_conflict_is_said_beside_the_vehicle(sign_in, visit):
    asked(sign_in(visit.owner), visit)
    other = given.a_visit(given.an_organisation(), owner=visit.owner, planned_at=soon())
    asked(sign_in(visit.owner), other)
    first, second = VehicleRequest.objects.order_by("pk")
    client, car = sign_in(marketer()), given.a_vehicle(seats=1)
    client.post(trip_at("vehicle_assign", first), {"vehicle": car.pk})

    answer = client.post(trip_at("vehicle_assign", second), {"vehicle": car.pk})

    assert (answer.status_code, first.code in answer.context["assign_form"].errors["vehicle"][0]) == (
        422,
        True,
    )
    assert client.post(trip_at("vehicle_assign", second), {}).status_code == 422


def test_no_vehicle_leads_to_the_claim_of_the_journey(sign_in):
    given.a_director()
    given.a_marketer()
    given.a_line()
    visit = given.a_visit(given.an_organisation(), planned_at=soon(1))
    asked(sign_in(visit.owner), visit, late_reason="临时")
    trip = VehicleRequest.objects.get()
    client = sign_in(marketer())
    assert client.post(trip_at("vehicle_refuse", trip), {"refusal": ""}).status_code == 422
    client.post(trip_at("vehicle_refuse", trip), {"refusal": "all_out"})
    Visit.objects.filter(pk=visit.pk).update(planned_at=timezone.now(), state=VisitState.DONE, number=1)

    client = sign_in(visit.owner)
    page = client.get(trip.get_absolute_url()).content.decode()
    assert "车辆均已派出" in page
    claim_at = f"{reverse('visits:travel_claim_new')}?visit={visit.pk}"
    assert claim_at.replace("&", "&amp;") in page
    form = client.get(claim_at).context["form"]
    assert form.initial["visits"] == [visit.pk]
    answer = client.post(
        claim_at, {"visits": [visit.pk], "mode": "taxi", "claimed_amount": "46", "receipts": [receipt()]}
    )

    travel = TravelClaim.objects.get()
    assert answer.url == reverse("visits:travel_claim", args=[travel.claim_id])
    client.post(reverse("visits:travel_claim_submit", args=[travel.claim_id]))
    travel.claim.refresh_from_db()
    assert travel.claim.state == RequestState.PENDING
    assert travel.claim.code in client.get(visit.get_absolute_url()).content.decode()
    assert client.get(reverse("budget:claim", args=[travel.claim_id])).url == answer.url


def test_a_claim_without_its_receipt_says_so_and_is_edited(sign_in):
    given.a_director()
    given.a_line()
    visit = given.a_visit(given.an_organisation(), planned_at=timezone.now(), state=VisitState.DONE)
    client = sign_in(visit.owner)
    new = reverse("visits:travel_claim_new")
    assert client.post(new, {"visits": [], "mode": "taxi", "claimed_amount": "46"}).status_code == 422
    client.post(new, {"visits": [visit.pk], "mode": "taxi", "claimed_amount": "46"})
    claim = ExpenseClaim.objects.get()

    refused = client.post(reverse("visits:travel_claim_submit", args=[claim.pk]), follow=True)
    edit = reverse("visits:travel_claim_edit", args=[claim.pk])
    client.post(
        edit, {"visits": [visit.pk], "mode": "public", "claimed_amount": "6", "version": claim.version}
    )
    client.post(reverse("visits:travel_claim_submit", args=[claim.pk]))

    assert "须附票据" in refused.content.decode()
    claim.refresh_from_db()
    assert (claim.state, claim.claimed_amount) == (RequestState.PENDING, 6)
    assert client.post(reverse("budget:claim_submit", args=[claim.pk])).status_code == 404


def test_without_a_budget_it_says_whom_to_ask(sign_in):
    visit = given.a_visit(given.an_organisation(), planned_at=timezone.now(), state=VisitState.DONE)

    answer = sign_in(visit.owner).get(f"{reverse('visits:travel_claim_new')}?visit={visit.pk}", follow=True)

    assert answer.redirect_chain[-1][0] == visit.get_absolute_url()
    assert "总监" in answer.content.decode()


def guests_form(**more):
    starts = soon(1, 12)
    values = {
        "guests": "工会主席武岚", "guest_count": "6", "host_count": "2", "day": starts.date().isoformat(), "hour": "12:00",
        "place": "晋风楼", "content": "工作餐", "estimate": "500",
    }  # fmt: skip
    return {**values, **more}


def test_guests_from_the_visit_to_the_report(sign_in, visit):
    given.a_budget(hospitality="5000")
    client = sign_in(visit.owner)
    new = f"{reverse('visits:guests_new')}?visit={visit.pk}"
    assert client.post(new, guests_form(guest_count="0")).status_code == 422

    client.post(new, guests_form())
    guests = Hospitality.objects.get()
    address = [guests.claim_id]
    client.post(
        reverse("visits:guests_edit", args=address), guests_form(estimate="480", version=guests.claim.version)
    )
    client.post(reverse("visits:guests_submit", args=address))
    assert "武岚" in client.get(reverse("visits:guests", args=address)).content.decode()
    assert "¥480.00" in sign_in(director()).get(reverse("dashboard:approvals")).content.decode()
    guests.claim.refresh_from_db()
    now = timezone.now()
    approve_claim(guests.claim, by=director(), on=now.date(), at=now)
    Hospitality.objects.update(starts_at=now - timedelta(hours=3))
    report = reverse("visits:guests_report", args=address)
    client = sign_in(visit.owner)
    values = {"actual_amount": "468", "document": "发票1", "result": "谈妥"}
    assert client.post(report, values).status_code == 422
    client.post(report, {**values, "receipts": [receipt()]})

    guests.refresh_from_db()
    assert (guests.result, guests.claim.actual_amount) == ("谈妥", 468)
    assert (
        guests.claim.code
        in sign_in(marketer()).get(reverse("budget:claims"), {"waits": "payment"}).content.decode()
    )
    assert client.get(reverse("visits:guests_pdf", args=address)).content.startswith(b"%PDF-")


def test_guests_of_an_organisation_picked_first(sign_in):
    given.a_budget(hospitality="5000")
    organisation = given.an_organisation()
    client, new = sign_in(organisation.owner), reverse("visits:guests_new")

    assert client.get(new).status_code == 200
    assert client.get(new, {"organisation": organisation.pk}).status_code == 200
    assert sign_in(given.a_rep()).get(new, {"organisation": organisation.pk}).status_code == 404


def test_strangers_and_wrong_roles(sign_in, visit):
    asked(sign_in(visit.owner), visit)
    trip = VehicleRequest.objects.get()

    stranger = sign_in(given.a_rep())
    assert stranger.get(trip.get_absolute_url()).status_code == 404
    assert stranger.get(reverse("visits:vehicle_new", args=[visit.pk])).status_code == 404
    assert stranger.post(trip_at("vehicle_withdraw", trip)).status_code == 404
    for name in ("vehicle_assign", "vehicle_refuse", "vehicle_returned"):
        assert stranger.post(trip_at(name, trip)).status_code == 403
    assert sign_in(marketer()).post(trip_at("vehicle_withdraw", trip)).status_code == 403
    assert sign_in(director()).get(trip_at("vehicle_edit", trip)).status_code == 403
    assert sign_in(given.a_person(Role.FINANCE)).get(reverse("visits:vehicles")).status_code == 403


def test_changed_and_called_off_by_whoever_asked(sign_in, visit):
    client = sign_in(visit.owner)
    asked(client, visit)
    trip = VehicleRequest.objects.get()
    edit = trip_at("vehicle_edit", trip)
    form = client.get(edit).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}

    assert client.post(edit, {**values, "back": "08:00"}).status_code == 422
    client.post(edit, {**values, "people": "4"})
    client.post(trip_at("vehicle_withdraw", trip))

    trip.refresh_from_db()
    assert (trip.people, trip.state) == (4, RequestState.WITHDRAWN)


def test_the_slip_prints_and_the_list_exports(sign_in, visit):
    asked(sign_in(visit.owner), visit)
    trip = VehicleRequest.objects.get()
    client = sign_in(marketer())

    assert client.get(trip_at("vehicle_slip", trip)).content.startswith(b"%PDF-")
    exported = client.get(reverse("visits:vehicles"), {"export": "xlsx", "q": trip.code})
    assert io.BytesIO(b"".join(exported.streaming_content)).read(2) == b"PK"


def test_back_with_the_kilometres(sign_in, visit):
    asked(sign_in(visit.owner), visit)
    trip = VehicleRequest.objects.get()
    client = sign_in(marketer())
    client.post(trip_at("vehicle_assign", trip), {"vehicle": given.a_vehicle().pk})
    VehicleRequest.objects.update(leaves_at=timezone.now() - timedelta(hours=3))

    client.post(trip_at("vehicle_returned", trip), {"kilometres": "viele"})
    client.post(trip_at("vehicle_returned", trip), {"kilometres": "38"})

    trip.refresh_from_db()
    assert (trip.state, trip.kilometres) == (RequestState.FULFILLED, 38)


def test_the_queue_takes_the_same_queries_however_long(sign_in, django_assert_max_num_queries):
    given.a_trip()
    client = sign_in(marketer())
    with django_assert_max_num_queries(12):
        client.get(reverse("visits:vehicles"))
    for _number in range(3):
        given.a_trip()

    with django_assert_max_num_queries(12):
        page = client.get(reverse("visits:vehicles"))

    assert len(page.context["listing"].page) == 4
    with django_assert_max_num_queries(12):
        client.get(reverse("visits:vehicle_calendar"), {"on": "2012-07-10"})
