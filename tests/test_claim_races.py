"""One vehicle, the last yuan and one payment, asked for by several at once (integrity rules C)."""

from decimal import Decimal as D

import pytest

from budget.actions.decisions import approve_claim
from budget.models import BudgetLine, Entry, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from tests import given
from tests.racing import race
from visits.models import VehicleRequest

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def test_one_vehicle_goes_on_one_trip_at_a_time(tmp_path):
    marketer, vehicle = given.a_marketer(), given.a_vehicle()
    trips = [given.a_trip().pk for _ in range(6)]

    results = race(
        "assign_vehicle", processes=6, folder=tmp_path, trips=trips, vehicle=vehicle.pk, by=marketer.pk
    )

    won = [result["value"] for result in results if "value" in result]
    lost = [result["error"] for result in results if "error" in result]
    trip = VehicleRequest.objects.get(vehicle=vehicle)
    assert won == [trip.code]
    assert all(error.startswith("RuleViolation") and trip.code in error for error in lost), lost


def test_the_last_hundred_yuan_go_to_one_claim(tmp_path):
    director, line = given.a_director(), given.a_line("100")
    claims = [given.a_handed_in_claim(line=line, amount="100").pk for _ in range(4)]

    results = race("approve_claim", processes=4, folder=tmp_path, claims=claims, by=director.pk)

    assert [("value" in result) for result in results].count(True) == 1
    assert all("OverBudget" in result["error"] for result in results if "error" in result), results
    line = BudgetLine.objects.get(pk=line.pk)
    assert (line.committed_amount, line.balance.left) == (D(100), D(0))
    assert ExpenseClaim.objects.filter(state=RequestState.APPROVED).count() == 1
    numbers = Entry.objects.filter(budget=line.budget).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2]


def test_a_claim_is_paid_once_however_many_pay(tmp_path):
    payer = given.a_marketer()
    claim = given.a_handed_in_claim(amount="86")
    director = given.a_director()
    approve_claim(claim, by=director, on=given.at(2012, 7, 10).date(), at=given.at(2012, 7, 10))

    results = race("pay_claim", processes=4, folder=tmp_path, claim=claim.pk, by=payer.pk)

    assert [("value" in result) for result in results].count(True) == 1, results
    assert Entry.objects.filter(kind="spend").count() == 1
    assert BudgetLine.objects.get(pk=claim.line_id).spent_amount == D(86)
