"""``check_invariants`` finds what the store's rules forbid, done behind the actions' back (integrity rules 8–11)."""

from __future__ import annotations

import pytest
from django.db import connection

from keyaccounts.common.invariants import verdicts
from materials.actions.receipts import give
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
    return box


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
        assert "materials_stockmove" in violations(9)


def test_a_gift_to_nobody(store):
    with unguarded(connection):
        StockMove.objects.filter(kind="gift").update(counterparty="")

    assert violations(11) == ["g:1"]


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
