"""领料 from a visit: one tap, filled in from the kit; a visit that moves or is cancelled takes its materials along."""

import pytest
from django.urls import reverse

from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice
from materials.actions.handovers import issue
from materials.models import Need, Requisition
from tests import given
from visits.actions.appointments import cancel, edit_visit, reschedule
from visits.actions.supplies import request_for_visit
from visits.models import Visit
from visits.supplies import source_of, supplies_of

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 9)


def a_supplied_visit(*, on_hand=10, quantity=5):
    material = given.a_material(on_hand=on_hand, name="项目折页")
    visit = given.a_visit(given.an_organisation(), materials={"折页": quantity})
    requisition = request_for_visit(visit, wanted={material: quantity}, by=visit.owner, at=NOW)
    return visit, requisition, material


def stock(material):
    material.refresh_from_db()
    return (material.on_hand, material.reserved)


def test_asked_for_from_the_visit_filled_in(sign_in):
    campaign = given.a_campaign()
    leaflet = given.a_material(campaign=campaign, name="项目折页", on_hand=90)
    bag = given.a_material(campaign=campaign, name="项目手提袋", on_hand=90)
    visit = given.a_visit(given.an_organisation(), materials={"折页": 9}, people_expected=4)
    client = sign_in(visit.owner)
    url = reverse("visits:visit_materials", args=[visit.pk])
    page = client.get(url).text
    assert f'name="q_{leaflet.pk}" value="9"' in page
    assert f'name="q_{bag.pk}" value="4"' in page
    assert "“产品手册”清单未列" in page

    client.post(
        url,
        {
            "purpose": "x",
            "day": "2012-07-10",
            "hour": "10:00",
            "receiver": visit.owner.pk,
            f"q_{leaflet.pk}": 9,
        },
    )

    made = Requisition.objects.get()
    assert (made.source, made.needed_at, made.receiver) == (source_of(visit), visit.planned_at, visit.owner)
    assert client.get(url).url == made.get_absolute_url()


def test_a_day_s_visits_in_one_go(sign_in):
    campaign = given.a_campaign()
    given.a_material(campaign=campaign, name="项目折页", on_hand=90)
    rep = given.a_rep()
    for hour in (9, 15):
        given.a_visit(given.an_organisation(owner=rep), planned_at=given.at(2012, 7, 11, hour))
    client, url = sign_in(rep), reverse("visits:materials_of_day") + "?on=2012-07-11"
    assert "全部 2 次拜访" in client.get(url).text

    client.post(url)
    client.post(url)

    assert Requisition.objects.count() == 2


def test_a_cancelled_visit_frees_what_it_held_and_tells_the_store():
    marketer = given.a_marketer()
    visit, requisition, material = a_supplied_visit(on_hand=3)
    assert (stock(material), Need.objects.count()) == ((3, 3), 1)

    cancel(visit, reason="对方出差", by=visit.owner, at=NOW)

    requisition.refresh_from_db()
    assert (requisition.state, stock(material), Need.objects.count()) == ("withdrawn", (3, 0), 0)
    assert Notice.objects.filter(recipient=marketer, body__contains="对方出差", kind="material").exists()


def test_a_rescheduled_visit_takes_its_materials_along():
    visit, requisition, material = a_supplied_visit(on_hand=3)

    successor = reschedule(visit, planned_at=given.at(2012, 7, 20, 14), reason="改期", by=visit.owner, at=NOW)

    requisition.refresh_from_db()
    assert (requisition.source, requisition.needed_at) == (source_of(successor), successor.planned_at)
    assert (Need.objects.get().needed_on.day, stock(material)) == (20, (3, 3))


def test_a_visit_with_a_new_time_needs_them_then():
    visit, requisition, _material = a_supplied_visit()

    edit_visit(
        visit, visitors=[visit.owner], contacts=[], by=visit.owner, at=NOW, version=None,
        planned_at=given.at(2012, 7, 12, 9),
    )  # fmt: skip

    requisition.refresh_from_db()
    assert requisition.needed_at == given.at(2012, 7, 12, 9)


def test_today_says_how_the_materials_stand_and_confirms_with_one_tap(sign_in, settings):
    visit, requisition, _material = a_supplied_visit()
    handover = issue(requisition, {requisition.lines.get().pk: 5}, by=given.a_marketer(), at=NOW)
    client = sign_in(visit.owner)
    page = client.get(reverse("visits:today") + "?on=2012-07-10").text
    assert "已发放，请确认收到" in page

    client.post(reverse("materials:handover_confirm", args=[handover.pk]), {"back": "today"})

    requisition.refresh_from_db()
    assert requisition.state == "fulfilled"
    assert client.get(visit.get_absolute_url()).status_code == 200


def test_the_supplies_of_a_day_are_read_in_as_many_queries_for_three_as_for_one(django_assert_num_queries):
    given.a_campaign()
    one = [a_supplied_visit()[0]]
    three = list(Visit.objects.all())
    for _ in range(2):
        visit = given.a_visit(given.an_organisation())
        request_for_visit(visit, wanted={given.a_material(on_hand=2): 1}, by=visit.owner, at=NOW)
        three.append(visit)

    with django_assert_num_queries(3):
        assert len(supplies_of(one)) == 1
    with django_assert_num_queries(3):
        assert [supply.tone for supply in supplies_of(three).values()] == ["done"] * 3


def test_who_asks_for_a_visit_s_materials(sign_in):
    given.a_campaign()
    visit = given.a_visit(given.an_organisation())
    url = reverse("visits:visit_materials", args=[visit.pk])

    assert sign_in(given.a_rep()).get(url).status_code == 404
    assert sign_in(given.a_person(Role.MARKETING)).get(url).status_code == 403
