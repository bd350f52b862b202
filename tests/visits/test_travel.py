"""交通费报销: only with a visit of that day, without a company vehicle, within the director's rules (R72)."""

from datetime import date
from decimal import Decimal as D

import pytest

from budget.actions.claims import withdraw_claim
from budget.actions.decisions import approve_claim, return_claim
from budget.choices import LimitAction
from budget.receipts import ReceiptFile
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User
from tests import given
from visits.actions.travel import claim_travel, edit_travel, submit_travel, travel_obstacles
from visits.actions.vehicles import assign_vehicle
from visits.choices import VisitState
from visits.models import TravelClaim, TravelRule, Visit
from visits.travelling import claimable, rides

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 18)
RECEIPT = ReceiptFile(b"jpg", "f" * 64, "车票.jpg", ".jpg")


@pytest.fixture
def line():
    given.a_director()
    return given.a_line("2000")


@pytest.fixture
def visit():
    return given.a_visit(given.an_organisation(), state=VisitState.DONE)


def written(line, *visits, **more):
    values = {"mode": "taxi", "amount": D("46"), "by": visits[0].owner, "at": NOW, "receipts": [RECEIPT]}
    return claim_travel(visits, line=line, **{**values, **more})


def rule(mode="taxi", **values):
    TravelRule.objects.update_or_create(mode=mode, defaults=values)


def refusal(line, *visits, **more):
    with pytest.raises(RuleViolation) as refused:
        written(line, *visits, **more)
    assert not TravelClaim.objects.exists()
    return refused.value.field


def test_a_journey_from_the_visit_to_the_director(line, visit):
    travel = written(line, visit)

    claim = submit_travel(travel, by=visit.owner, at=NOW)

    assert (claim.state, claim.spent_on, claim.source) == (
        RequestState.PENDING,
        date(2012, 7, 10),
        f"visits.visit:{visit.pk}",
    )
    assert visit.organisation.name in claim.purpose


def test_several_visits_of_one_person_share_a_claim(line, visit):
    earlier = given.a_visit(
        given.an_organisation(), owner=visit.owner, state=VisitState.DONE, planned_at=given.at(2012, 7, 9, 16)
    )

    travel = written(line, visit, earlier, spent_on=date(2012, 7, 9))

    assert set(travel.visits.all()) == {visit, earlier}
    assert travel.claim.spent_on == date(2012, 7, 9)
    assert not claimable(visit.owner, at=NOW).exists()


def test_a_company_vehicle_leaves_nothing_to_claim(line):
    trip = given.a_trip()
    assign_vehicle(
        trip,
        vehicle=given.a_vehicle(plate="京A·88888"),
        driver=None,
        by=given.a_marketer(),
        at=given.at(2012, 7, 9),
    )
    visit = Visit.objects.get(pk=trip.visit_id)

    with pytest.raises(RuleViolation, match="京A·88888"):
        written(line, visit)
    assert not claimable(visit.owner, at=NOW).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"state": VisitState.CANCELLED, "aside_reason": "改期"}, "visits"),
        ({"planned_at": given.at(2012, 7, 11, 10)}, "visits"),
        ({"planned_at": None, "state": VisitState.TO_CALL}, "visits"),
    ],
)
def test_there_was_no_such_journey(line, values, field):
    assert refusal(line, given.a_visit(given.an_organisation(), **values)) == field


def test_to_somebody_who_did_not_appear_one_has_travelled(line):
    visit = given.a_visit(given.an_organisation(), state=VisitState.NO_SHOW, aside_reason="不在")

    assert written(line, visit).claim.claimed_amount == D(46)


def test_only_ones_own_journeys_on_one_of_their_days(line, visit):
    assert refusal(line, visit, by=given.a_rep()) == "visits"
    assert refusal(line, visit, spent_on=date(2012, 7, 9)) == "spent_on"


def test_ways_of_travelling_are_the_directors(line, visit):
    rule(is_allowed=False)
    assert refusal(line, visit) == "mode"
    assert refusal(line, visit, mode="plane") == "mode"
    rule("own", is_refusal_needed=True)
    assert refusal(line, visit, mode="own") == "mode"

    Visit.objects.filter(pk=visit.pk).update(travel="no_car")
    visit.refresh_from_db()

    assert written(line, visit, mode="own").mode == "own"


def test_beyond_the_cap_a_reason_or_nothing(line, visit):
    rule(cap_per_trip=D(45))
    assert refusal(line, visit) == "over_cap_reason"
    assert written(line, visit, amount=D(45)).claim.claimed_amount == D(45)
    TravelClaim.objects.all().delete()
    travel = written(line, visit, over_cap_reason="暴雨,绕行")
    assert travel.over_cap_reason == "暴雨,绕行"

    TravelClaim.objects.all().delete()
    rule(over_cap=LimitAction.BLOCK)

    assert refusal(line, visit, over_cap_reason="暴雨,绕行") == "claimed_amount"


def test_the_cap_counts_each_visit(line, visit):
    rule(cap_per_trip=D(45))
    other = given.a_visit(given.an_organisation(), owner=visit.owner, state=VisitState.DONE)

    assert written(line, visit, other, amount=D(90)).claim.claimed_amount == D(90)


def test_a_receipt_where_the_rule_asks_for_one(line, visit):
    rule(is_receipt_needed=True)
    travel = written(line, visit, receipts=[])
    with pytest.raises(RuleViolation) as refused:
        submit_travel(travel, by=visit.owner, at=NOW)
    assert refused.value.field == "receipts"

    rule(is_receipt_needed=False)

    assert submit_travel(travel, by=visit.owner, at=NOW).state == RequestState.PENDING


def test_the_same_journey_twice_needs_a_reason(line, visit):
    first = written(line, visit)
    second = written(line, visit, amount=D(12))

    assert [found.field for found in travel_obstacles(second, at=NOW)] == ["duplicate_reason"]
    with pytest.raises(RuleViolation, match=first.claim.code):
        submit_travel(second, by=visit.owner, at=NOW)
    withdraw_claim(first.claim, by=visit.owner, on=NOW.date(), at=NOW)
    assert submit_travel(second, by=visit.owner, at=NOW).state == RequestState.PENDING


def test_changed_before_it_is_handed_in(line, visit):
    travel = written(line, visit)
    other = given.a_visit(given.an_organisation(), owner=visit.owner, state=VisitState.DONE)

    edit_travel(
        travel, [other], mode="public", amount=D(6), by=visit.owner, at=NOW, version=travel.claim.version
    )

    travel.refresh_from_db()
    assert (list(travel.visits.all()), travel.mode, travel.claim.claimed_amount) == ([other], "public", D(6))


def test_how_a_visit_is_travelled_to_takes_two_queries(line, visit, django_assert_num_queries):
    other = given.a_visit(given.an_organisation(), owner=visit.owner)
    travel = written(line, visit)

    with django_assert_num_queries(2):
        found = rides([visit, other], person=visit.owner, at=NOW)

    assert (found[visit.pk].claims, found[visit.pk].may_claim) == ([travel.claim], False)
    assert found[other.pk].may_claim
    assert not rides([other], person=given.a_rep(), at=NOW)[other.pk].may_claim


def test_a_journey_is_checked_again_when_it_is_approved(line, visit):
    claim = submit_travel(written(line, visit), by=visit.owner, at=NOW)
    director = User.objects.with_role(Role.DIRECTOR).first()
    trip = given.a_trip(visit)
    assign_vehicle(
        trip, vehicle=given.a_vehicle(plate="京A·12345"), driver=None, by=given.a_marketer(), at=NOW
    )

    with pytest.raises(RuleViolation, match=rf"京A·12345.*{claim.code}"):
        approve_claim(claim, by=director, on=NOW.date(), at=NOW)

    claim.refresh_from_db()
    assert (claim.state, claim.commitment) == (RequestState.PENDING, None)
    assert return_claim(claim, note="有公司车", by=director, at=NOW).state == RequestState.RETURNED


def test_the_cap_of_the_day_of_approval_counts_and_less_may_be_approved(line, visit):
    claim = submit_travel(written(line, visit, amount=D(40)), by=visit.owner, at=NOW)
    director = User.objects.with_role(Role.DIRECTOR).first()
    rule(cap_per_trip=D(30), over_cap=LimitAction.BLOCK)

    with pytest.raises(RuleViolation, match=r"30\.00"):
        approve_claim(claim, by=director, on=NOW.date(), at=NOW)
    approve_claim(claim, amount=D(30), note="按上限", by=director, on=NOW.date(), at=NOW)

    assert claim.approved_amount == D(30)


def test_a_visit_called_off_since_is_not_paid(line, visit):
    claim = submit_travel(written(line, visit), by=visit.owner, at=NOW)
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.CANCELLED, number=None, aside_reason="改期")

    with pytest.raises(RuleViolation, match=visit.code):
        approve_claim(claim, by=User.objects.with_role(Role.DIRECTOR).first(), on=NOW.date(), at=NOW)
