"""The budget, its ledger, and what was asked for: the shipped file, and another one's."""

from __future__ import annotations

import copy
import io
import json
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from budget.models import Budget, BudgetLine, Entry, Estimate, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.demo.models import DemoRecord
from keyaccounts.demo.totals import totals
from visits.models import Hospitality, TravelClaim, VehicleRequest, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HARBOUR = Path(__file__).parent / "harbour.json"
TREE = {
    "id": "G1", "total": 900,
    "lines": [
        {"no": "1", "category": "transport", "name": "船票", "amount": 300, "inferred": False},
        {"no": "2", "category": "gift", "name": "礼品", "amount": 600, "inferred": True, "children": [
            {"no": "2.1", "category": "gift_key_item", "name": "书", "amount": None, "inferred": False},
            {"no": "2.2", "category": "gift_key_card", "name": "卡", "amount": None, "inferred": False, "disabled_by_compliance": True},
        ]},
    ],
}  # fmt: skip


def loaded(path, as_of):
    out = io.StringIO()
    call_command("load_demo", str(path), "--as-of", as_of, stdout=out)
    return out.getvalue()


@pytest.fixture
def another(tmp_path):
    """Another file with a budget, one journey paid and one asked for."""

    def write(change=lambda data: None) -> Path:
        data = copy.deepcopy(json.loads(HARBOUR.read_text(encoding="utf-8")))
        made = [visit for visit in data["visits"] if visit["status"] != "confirmed"]
        by = made[0]["visitors"][0]
        data["budget"] = copy.deepcopy(TREE)
        data["ledger"] = [
            {"id": "E1", "on": "2015-03-16", "category": "transport", "type": "spend", "amount": 12.5, "text": "船票",
             "ref": made[0]["id"], "by": by, "approved_by": "X1", "status": "posted"},
        ]  # fmt: skip
        data["requests"].append(
            {"id": "Q9", "type": "transport_claim", "by": by, "on": "2015-03-17", "ref": made[0]["id"], "amount": 7,
             "status": "pending", "approver": "X1", "decided_on": None}
        )  # fmt: skip
        change(data)
        path = tmp_path / "another.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def test_another_budget_with_its_ledger_and_claims(another):
    loaded(another(), "2015-03-18")

    found = totals(on=Budget.objects.get().campaign.starts_on.replace(month=3, day=18))
    assert {key: found[key] for key in ("budget_total", "budget_spent", "budget_left", "spent_by_category")} == {
        "budget_total": 900, "budget_spent": 12.5, "budget_left": 887.5, "spent_by_category": {"transport": 12.5},
    }  # fmt: skip
    lines = {line.number: line for line in BudgetLine.objects.all()}
    assert (lines["2"].stated_amount, lines["2"].inferred) == (D(600), ["stated_amount"])
    assert (lines["2.1"].original_amount, lines["2.1"].inferred) == (D(600), ["original_amount"])
    assert (lines["2.2"].original_amount, lines["2.2"].is_closed) == (None, True)
    paid, asked = ExpenseClaim.objects.order_by("pk")
    assert (paid.state, paid.payment.amount, paid.commitment.kind) == (
        RequestState.FULFILLED,
        D("12.50"),
        "commit",
    )
    assert (asked.state, Estimate.objects.get().amount) == (RequestState.PENDING, D(7))
    assert TravelClaim.objects.count() == 2
    assert DemoRecord.objects.get(reference="Q9").object_id == asked.pk
    call_command("check_invariants", verbosity=0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda data: data["ledger"][0].update(category="yachts"),
            "ledger E1: the budget has no line yachts",
        ),
        (lambda data: data["ledger"][0].update(type="gift"), "ledger E1: .*gift"),
        (lambda data: data["ledger"][0].update(ref="OX"), "ledger E1: OX are not visits"),
        (lambda data: data["ledger"][0].update(amount=300.01), "ledger E1"),
        (lambda data: data["requests"][-1].update(ref="nowhere"), "requests Q9: there is no nowhere"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_stays(another, change, said):
    with pytest.raises(CommandError, match=said):
        loaded(another(change), "2015-03-18")

    assert not Entry.objects.exists()


def test_the_shipped_requests_stand_where_the_story_has_them():
    call_command("load_demo", "--as-of", "2012-07-10", stdout=io.StringIO())

    made = {row.reference: row.object_id for row in DemoRecord.objects.all()}
    refused, assigned = (VehicleRequest.objects.get(pk=made[name]) for name in ("R07", "R08"))
    assert (refused.visit_id, refused.state) == (made["V30"], RequestState.REJECTED)
    assert (assigned.visit_id, f"{assigned.leaves_at.astimezone():%M}") == (made["V28"], "30")
    assert assigned.vehicle is not None
    claim = ExpenseClaim.objects.get(pk=made["R13"])
    assert set(claim.travel.visits.all()) == set(Visit.objects.filter(pk__in=[made["V25"], made["V26"]]))
    assert (claim.state, claim.claimed_amount) == (RequestState.PENDING, D(18))
    meals = [Hospitality.objects.get(claim=made[name]).claim for name in ("R05", "R06")]
    assert [meal.payment.amount for meal in meals] == [D(468), D(668)]
    monthly = ExpenseClaim.objects.get(payment=made["F16"])
    assert monthly.travel.visits.count() == 6
    call_command("check_invariants", verbosity=0)
