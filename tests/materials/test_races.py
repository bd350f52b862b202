"""The store under several hands at once, on both databases (integrity rules 8–10, 7, 19)."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.models import Sum

from materials.actions.receipts import receive_goods
from materials.actions.stock import reserve, take
from materials.actions.stocktakes import count, start_stocktake
from materials.models import Loan, Material, StockMove
from tests import given
from tests.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
NOW = given.at(2012, 7, 10)


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def stock(material):
    material.refresh_from_db()
    sums = material.moves.aggregate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
    assert (material.on_hand, material.reserved) == (sums["on_hand"], sums["reserved"])
    return (material.on_hand, material.reserved)


def one_wins(tmp_path, act, subject, *, processes=6):
    """Of so many doing the same thing one does it; the others are told in words."""
    results = race(
        "move_stock", processes=processes, folder=tmp_path, act=act, subject=subject.pk, by=given.a_marketer().pk
    )  # fmt: skip
    errors = [result["error"] for result in results if "error" in result]
    assert len(errors) == processes - 1, results
    assert all(error.startswith("RuleViolation") for error in errors), errors


def test_of_two_who_want_the_last_box_one_gets_it(tmp_path):
    material = given.a_material(on_hand=1)

    results = race(
        "issue_each", processes=2, folder=tmp_path, material=material.pk, times=1, by=given.a_rep().pk
    )

    assert sorted(result["value"]["given"] for result in results) == [0, 1]
    assert stock(material) == (0, 0)


def test_sixteen_hands_give_out_exactly_what_there_is(tmp_path):
    material = given.a_material(on_hand=200)

    results = race(
        "issue_each", processes=16, folder=tmp_path, material=material.pk, times=25, by=given.a_rep().pk
    )

    assert [result for result in results if "error" in result] == []
    assert sum(result["value"]["given"] for result in results) == 200
    assert sum(result["value"]["refused"] for result in results) == 200
    assert stock(material) == (0, 0)
    call_command("verify_audit", verbosity=0)


def test_a_loan_is_back_once(tmp_path):
    rep = given.a_rep()
    laptop = given.a_material(on_hand=1, is_returnable=True, category="device")
    take(laptop, 1, kind="issue", person=rep, source="l:1", on=NOW.date(), at=NOW, by=rep)

    one_wins(tmp_path, "return_loan", Loan.objects.get())

    assert stock(laptop) == (1, 0)


def test_a_reservation_is_closed_once(tmp_path):
    material = given.a_material(on_hand=10)
    bound = reserve(material, 4, source="b:1", on=NOW.date(), at=NOW, by=given.a_rep())

    one_wins(tmp_path, "close_reservation", bound)

    assert stock(material) in [(10, 0), (8, 0)]


def test_one_event_moves_stock_once(tmp_path):
    material = given.a_material()

    one_wins(tmp_path, "same_source", material)

    assert stock(material) == (5, 0)


def test_a_receipt_is_reversed_once_with_its_expense(tmp_path):
    line = given.a_line("1000")
    material = given.a_material(campaign=line.budget.campaign, line=line, quantity=10)
    move = receive_goods(material, 10, cost=90, source="r:1", on=NOW.date(), at=NOW, by=given.a_marketer())

    one_wins(tmp_path, "reverse", move)

    line.refresh_from_db()
    assert (stock(material), line.spent_amount) == ((0, 0), 0)


def test_a_stocktake_is_closed_once(tmp_path):
    material = given.a_material(on_hand=10)
    keeper = given.a_marketer()
    taken = start_stocktake(material.campaign, on=NOW.date(), by=keeper, at=NOW)
    count(taken, material, 7, reason="破损", by=keeper, at=NOW)

    one_wins(tmp_path, "close_stocktake", taken)

    assert (stock(material), StockMove.objects.filter(kind="adjust").count()) == ((7, 0), 1)
    assert Material.objects.get().on_hand == 7
