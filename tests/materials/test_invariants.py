"""``check_invariants`` finds what the store's rules forbid, done behind the actions' back (integrity rules 8–11)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection

from keyaccounts.common.invariants import verdicts
from materials.actions.receipts import give, receive_goods
from materials.actions.stock import receive, release, reserve, return_loan, take
from materials.actions.stocktakes import close_stocktake, count, start_stocktake
from materials.models import Loan, Material, StockMove, Stocktake
from tests import given
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def violations(*rules):
    return [text for verdict in verdicts(list(rules)) for text in verdict.violations]


@pytest.fixture
def store():
    """A little of everything, done by the actions themselves."""
    how = {"on": NOW.date(), "at": NOW, "by": given.a_marketer()}
    rep, box, laptop = (
        given.a_rep(),
        given.a_material(on_hand=20),
        given.a_material(on_hand=2, is_returnable=True),
    )
    bound = reserve(box, 5, source="b:1", **how)
    take(box, 3, kind="issue", reservation=bound, source="i:1", **how)
    release(reserve(box, 2, source="b:2", **how), **how)
    give(box, 1, counterparty="热电厂 贾维新", reason="端午", source="g:1", **how)
    take(laptop, 2, kind="issue", person=rep, source="l:1", **how)
    return_loan(Loan.objects.first(), **how)
    receive(box, 7, source="r:1", **how)
    taken = start_stocktake(box.campaign, on=NOW.date(), by=how["by"], at=NOW)
    count(taken, box, 22, reason="破损", by=how["by"], at=NOW)
    close_stocktake(taken, **how)
    a_costly_receipt()
    return box


def a_costly_receipt():
    """A thousand gifts for 5,000.01 yuan of the budget."""
    gifts = given.a_material(line=given.a_line("6000"), is_charged=True, category="gift_small")
    how = {"on": NOW.date(), "at": NOW, "by": given.a_marketer()}
    return receive_goods(gifts, 1000, source="r:dear", cost=Decimal("5000.01"), **how)


def test_what_the_actions_did_breaks_no_rule(store):
    assert violations(8, 9, 10, 11, 18) == []
    assert {verdict.rule for verdict in verdicts([8, 9, 10, 11])} == {8, 9, 10, 11}
    assert all(verdict.rows for verdict in verdicts([8, 9, 10, 11]))


def test_a_sum_that_is_not_that_of_the_movements(store):
    Material.objects.filter(pk=store.pk).update(on_hand=99)

    assert violations(9) == [f"{store}: 99 ≠ 22, 0 ≠ 0"]


def test_a_stock_below_zero(store):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            # Checks put off to the end of the transaction would stand in the way.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE materials_material DROP CONSTRAINT material_on_hand_not_negative")
            cursor.execute("ALTER TABLE materials_material DROP CONSTRAINT material_reserved_is_on_hand")
        Material.objects.filter(pk=store.pk).update(on_hand=-1)

        found = violations(8)

        Material.objects.filter(pk=store.pk).update(on_hand=22)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert found == [f"{store}: -1, 0"]


def test_movements_that_anybody_may_change(store):
    with unguarded(connection):
        assert "materials_stockmove_no_" in " ".join(violations(9))


def test_a_gift_to_nobody(store):
    with unguarded(connection):
        StockMove.objects.filter(kind="gift").update(counterparty="")

    assert violations(11) == ["g:1"]


def test_a_gift_the_trail_does_not_know(store):
    gift = StockMove.objects.get(kind="gift")
    with connection.cursor() as cursor, unguarded(connection):
        cursor.execute(
            "UPDATE audit_auditevent SET subject = 'materials.stockmove:0' WHERE subject = %s",
            [f"materials.stockmove:{gift.pk}"],
        )

    assert violations(11) == ["g:1: 0 in the trail"]


def test_a_cost_is_one_movement_and_one_entry():
    bought = a_costly_receipt()
    assert violations(11) == []

    with connection.cursor() as cursor, unguarded(connection):
        cursor.execute("UPDATE materials_stockmove SET unit_cost = 5.02 WHERE id = %s", [bought.pk])

    assert violations(11) == ["r:dear: 1000 × 5.02 ≠ 5000.01"]


def test_a_cost_booked_for_what_never_came():
    bought = a_costly_receipt()

    with connection.cursor() as cursor, unguarded(connection):
        cursor.execute("UPDATE materials_stockmove SET entry_id = NULL WHERE id = %s", [bought.pk])

    assert violations(11) == ["r:dear:cost: nothing came in"]


def test_two_open_requisitions_for_one_event():
    rep, material = given.a_rep(), given.a_material(on_hand=9)
    first, second = (given.a_requisition({material: 1}, by=rep) for _ in range(2))
    assert violations(19) == []

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE materials_requisition SET source = 'visits.visit:7' WHERE id IN (%s, %s)",
            [first.pk, second.pk],
        )

    assert violations(19) == ["visits.visit:7: 2"]


def test_a_reservation_closed_twice(store):
    bound = StockMove.objects.get(source="b:1")
    with connection.cursor() as cursor, unguarded(connection):
        cursor.execute("DROP INDEX reservation_closed_once")
        StockMove.objects.filter(source="g:1").update(about=bound)

    assert violations(10) == ["b:1: 2"]


def test_a_loan_whose_return_never_moved(store):
    issue = StockMove.objects.get(source="l:1")
    Loan.objects.filter(back_move__isnull=True).update(back_move=issue, back_on=NOW.date())

    assert len(violations(10)) == 1


def test_a_stocktake_whose_difference_was_never_booked(store):
    Stocktake.objects.get().lines.update(counted=21)

    assert violations(9) == [f"{store} 21: -2 ≠ -1"]


def test_a_state_nobody_moved_it_to(store):
    from materials.actions.items import move_material

    move_material(store, to="draft", on=NOW.date(), by=given.a_marketer(), at=NOW)
    Material.objects.filter(pk=store.pk).update(state="cancelled")

    assert len(violations(18)) == 1
