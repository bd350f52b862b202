"""待供应: one queue by the time it is needed, overdue first; issued from the card; the approvals of each role."""

import pytest

from keyaccounts.common.roles import Role
from keyaccounts.dashboard.approvals import cards_for
from keyaccounts.dashboard.supply import queue
from materials.models import Handover, Requisition
from tests import given
from visits.actions.vehicles import assign_vehicle

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 8)


def test_what_is_needed_first_stands_first():
    marketer = given.a_marketer()
    leaflet = given.a_material(on_hand=9, name="项目折页")
    gift = given.a_material(category="gift_small", name="小型礼品")
    given.a_requisition({leaflet: 5}, needed_at=given.at(2012, 7, 12), purpose="后天")
    given.a_requisition({gift: 2, leaflet: 1}, needed_at=given.at(2012, 7, 10, 14), purpose="今天")
    given.a_requisition({leaflet: 1}, needed_at=given.at(2012, 7, 9), purpose="昨天")

    shown = queue(marketer, at=NOW)

    assert [(job.title, job.words, job.is_late) for job in shown.jobs] == [
        ("昨天", "可以发放", True),
        ("今天", "部分有货", False),
        ("后天", "可以发放", False),
    ]
    assert shown.counts == {"": 3, "vehicle": 0, "gift": 1, "paper": 3}
    assert [job.title for job in queue(marketer, at=NOW, span="today").jobs] == ["昨天", "今天"]
    assert [job.title for job in queue(marketer, at=NOW, tab="gift").jobs] == ["今天"]


def test_issued_from_the_card_with_one_tap(sign_in):
    requisition = given.a_requisition({given.a_material(on_hand=9): 5})
    client = sign_in(given.a_marketer())
    assert "确认出库" in client.get("/").text

    answer = client.post(
        f"/materials/requisitions/{requisition.pk}/issue/", {"all": "1", "back": "home"}, follow=True
    )

    assert Handover.objects.get().requisition == requisition
    assert "已出库" in answer.text
    assert "收到待确认" in answer.text


def test_an_empty_queue_is_calm(sign_in):
    assert "都已供应" in sign_in(given.a_marketer()).get("/").text


def test_the_administration_centre_sees_its_own_store(sign_in):
    centre = given.an_admin_centre()
    given.a_director()
    own = given.a_material(on_hand=3, category="sample", department=centre.department)
    given.a_requisition({own: 1}, purpose="自己的")
    given.a_requisition({given.a_material(on_hand=3): 1}, purpose="别人的")

    page = sign_in(centre).get("/").text

    assert ("自己的" in page, "别人的" in page) == (True, False)


def test_the_queue_asks_as_much_for_three_as_for_one(sign_in, django_assert_max_num_queries):
    client = sign_in(given.a_marketer())

    def queries():
        with django_assert_max_num_queries(25) as counted:
            client.get("/")
        return len(counted.captured_queries)

    given.a_requisition({given.a_material(on_hand=9): 5})
    client.get("/")
    one = queries()
    for _ in range(2):
        given.a_requisition({given.a_material(on_hand=9): 5, given.a_material(): 1})

    assert queries() == one


def test_each_role_decides_its_own(sign_in):
    director, centre, marketer = given.a_director(), given.an_admin_centre(), given.a_marketer()
    uniform = given.a_requisition({given.a_material(category="uniform"): 1})
    gift = given.a_requisition({given.a_material(category="gift_key", on_hand=3): 1})

    titles = [
        [card.title.split()[0] for card in cards_for(person)] for person in (director, centre, marketer)
    ]

    assert titles == [[gift.code], [uniform.code], []]
    client = sign_in(centre)
    assert uniform.code in client.get("/approvals/").text
    client.post(f"/materials/requisitions/{uniform.pk}/decide/", {"decision": "approve"})
    assert Requisition.objects.get(pk=uniform.pk).state == "approved"


def test_the_director_sees_the_stock_before_and_after(sign_in):
    director = given.a_director()
    given.a_requisition({given.a_material(category="gift_key", on_hand=3, unit="份"): 2})

    assert "可用 3份 → 1份" in sign_in(director).get("/approvals/").text


@pytest.mark.parametrize("role", [Role.REP, Role.LEAD, Role.SYSADMIN])
def test_others_decide_nothing(sign_in, role):
    assert sign_in(given.a_person(role)).get("/approvals/").status_code == 403


def test_todays_trips_stand_under_vehicles_and_count_nowhere():
    marketer, now = given.a_marketer(), given.at(2012, 7, 10, 7)
    today = given.a_trip(leaves_at=given.at(2012, 7, 10, 8), back_at=given.at(2012, 7, 10, 11))
    assign_vehicle(
        today, vehicle=given.a_vehicle(plate="京A·00001"), driver=given.a_driver(name="王师傅"), by=marketer,
        at=given.at(2012, 7, 9, 10),
    )  # fmt: skip
    tomorrow = given.a_trip(leaves_at=given.at(2012, 7, 11, 8), back_at=given.at(2012, 7, 11, 11))
    assign_vehicle(tomorrow, vehicle=given.a_vehicle(), driver=None, by=marketer, at=given.at(2012, 7, 9, 10))

    everything, vehicles = queue(marketer, at=now), queue(marketer, at=now, tab="vehicle")

    assert everything.jobs == []
    assert [job.anchor for job in vehicles.jobs] == [f"trip-{today.pk}"]
    assert vehicles.jobs[0].items[:2] == ["京A·00001", "王师傅"]
    assert {code: count for code, _label, count in vehicles.tabs}["vehicle"] == 0


def test_a_trip_that_should_be_back_leads_to_noting_its_return(sign_in):
    marketer, rep = given.a_marketer(), given.a_rep()
    trip = given.a_trip(
        leaves_at=given.at(2012, 7, 9, 8),
        back_at=given.at(2012, 7, 9, 11),
        by=rep,
        at=given.at(2012, 7, 8, 9),
    )
    assign_vehicle(trip, vehicle=given.a_vehicle(), driver=None, by=marketer, at=given.at(2012, 7, 8, 10))

    [job] = queue(marketer, at=NOW).jobs
    client = sign_in(marketer)
    page, listed = client.get(job.act_url), client.get("/visits/vehicles/?state=out")
    client.post(f"/visits/vehicles/{trip.pk}/returned/", {"kilometres": "42"})

    assert (job.anchor, job.act, job.is_late) == (f"back-{trip.pk}", "登记回程", True)
    assert "待登记回程" in page.text
    assert trip.code in listed.text
    assert trip.code not in client.get("/visits/vehicles/?state=out").text
    assert queue(marketer, at=NOW).jobs == []
    assert queue(rep, at=NOW).jobs == []
