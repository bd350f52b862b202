"""Moving stock: what each movement does, what is refused, what the database itself guards."""

import pytest
from django.db import IntegrityError, connection, transaction

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.triggers import not_whole
from materials.actions.stock import adjust, receive, release, reserve, return_loan, take, take_back
from materials.choices import MoveKind
from materials.models import Loan, StockMove
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def words(source, **more):
    return {"source": source, "on": NOW.date(), "at": NOW, "by": given.a_marketer(), **more}


def stock(material):
    material.refresh_from_db()
    return (material.on_hand, material.reserved, material.available)


def test_a_reservation_is_issued_from_and_its_rest_is_free_again():
    material = given.a_material(on_hand=10)
    bound = reserve(material, 6, **words("r:1"))

    take(material, 4, kind=MoveKind.ISSUE, reservation=bound, **words("r:1:issue"))

    assert stock(material) == (6, 0, 6)
    with pytest.raises(RuleViolation, match="已经发放或释放"):
        release(bound, on=NOW.date(), at=NOW, by=given.a_marketer())


def test_what_is_reserved_is_not_issued_to_somebody_else():
    material = given.a_material(on_hand=10)
    reserve(material, 6, **words("r:1"))

    with pytest.raises(RuleViolation, match="4"):
        take(material, 5, kind=MoveKind.ISSUE, **words("i:1"))

    assert stock(material) == (10, 6, 4)


def test_the_last_one_goes_once():
    material = given.a_material(on_hand=1)
    take(material, 1, kind=MoveKind.GIFT, **words("g:1"))

    with pytest.raises(RuleViolation):
        take(material, 1, kind=MoveKind.GIFT, **words("g:2"))

    assert stock(material) == (0, 0, 0)


def test_a_loan_is_out_or_back_never_both():
    rep = given.a_rep()
    laptop = given.a_material(on_hand=2, category="device", is_returnable=True)
    with pytest.raises(RuleViolation, match="借给谁"):
        take(laptop, 1, kind=MoveKind.ISSUE, **words("l:0"))

    take(laptop, 2, kind=MoveKind.ISSUE, person=rep, **words("l:1"))
    loan = Loan.objects.out().first()
    return_loan(loan, on=NOW.date(), at=NOW, by=given.a_marketer())

    assert (stock(laptop), Loan.objects.out().count()) == ((1, 0, 1), 1)
    with pytest.raises(RuleViolation, match="已经归还"):
        return_loan(loan, on=NOW.date(), at=NOW, by=given.a_marketer())


def test_a_difference_needs_a_reason_and_never_eats_reservations():
    material = given.a_material(on_hand=5)
    reserve(material, 4, **words("r:1"))
    by = {"on": NOW.date(), "at": NOW, "by": given.a_marketer()}
    with pytest.raises(RuleViolation, match="原因"):
        adjust(material, -1, reason=" ", source="s:1", **by)
    with pytest.raises(RuleViolation):
        adjust(material, -2, reason="盘亏", source="s:2", **by)

    adjust(material, -1, reason="盘亏", source="s:3", **by)

    assert stock(material) == (4, 4, 0)


def test_what_comes_back_is_there_again():
    material = given.a_material(on_hand=30)
    issued = take(material, 30, kind=MoveKind.USE, **words("b:1"))

    take_back(material, 7, about=issued, **words("b:1:back"))

    assert stock(material) == (7, 0, 7)


def test_a_decision_is_no_thing():
    with pytest.raises(RuleViolation, match="事务项"):
        receive(given.a_material(category="task"), 1, **words("d:1"))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "issue", "quantity": 6, "on_hand_change": -6},
        {"kind": "issue", "quantity": 2, "on_hand_change": -1},
        {"kind": "reserve", "quantity": 6, "reserved_change": 6},
        {"kind": "scrap", "quantity": 1, "on_hand_change": -1, "reason": ""},
    ],
)
def test_the_database_refuses_what_goes_past_the_actions(values):
    material = given.a_material(on_hand=5)

    with pytest.raises(IntegrityError), transaction.atomic():
        StockMove.objects.create(
            material=material, moved_on=NOW.date(), source="raw", by=given.a_rep(), at=NOW, **values
        )

    assert stock(material) == (5, 0, 5)
    assert not_whole(connection, "materials_stockmove") == []
