"""Receipts that book their expense, wrong ones taken back, dear ones explained, gifts with their person (C13–C15, R93)."""

from decimal import Decimal

import pytest

from budget.actions.ledger import commit
from budget.errors import OverBudget
from budget.models import Entry
from keyaccounts.common.errors import RuleViolation
from materials import queries
from materials.actions.receipts import give, receive_goods, reverse_receipt
from materials.actions.stock import reserve, take
from materials.models import MaterialExtra, MaterialExtraLine
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 6, 12)


def how(**more):
    return {"on": NOW.date(), "at": NOW, "by": given.a_marketer(), **more}


@pytest.fixture
def line():
    return given.a_line("1000")


def balance(line):
    line.refresh_from_db()
    return (line.committed_amount, line.spent_amount)


def a_material(line, **more):
    return given.a_material(campaign=line.budget.campaign, line=line, **{"quantity": 100, **more})


def test_a_receipt_with_a_cost_books_it_in_the_same_act(line):
    material = a_material(line)

    move = receive_goods(material, 100, cost=Decimal(400), source="r:1", counterparty="印刷厂", **how())

    assert (move.unit_cost, move.entry.amount, move.entry.line) == (Decimal("4.00"), Decimal(400), line)
    assert balance(line) == (0, Decimal(400))
    assert queries.spending(material).booked == Decimal(400)


def test_over_the_line_neither_stock_nor_money_moves(line):
    material = a_material(line, planned_price=Decimal(20))

    with pytest.raises(OverBudget) as refused:
        receive_goods(material, 100, cost=Decimal("1200.50"), source="r:1", **how())

    material.refresh_from_db()
    assert refused.value.missing == Decimal("200.50")
    assert f"source=materials.material%3A{material.pk}" in refused.value.remedy.url
    assert (material.on_hand, material.state, balance(line)) == (0, "planned", (0, 0))


def test_dearer_than_planned_asks_why(line):
    """Without a planned price the line's money ÷ the quantity is the measure: 1000 ÷ 100 = 10 yuan (C14)."""
    material = a_material(line)
    with pytest.raises(RuleViolation, match=r"10\.00"):
        receive_goods(material, 10, cost=Decimal(110), source="r:1", **how())

    receive_goods(material, 10, cost=Decimal(110), reason="纸价上涨", source="r:1", **how())

    assert balance(line) == (0, Decimal(110))


def test_what_a_department_pays_is_not_booked(line):
    uniforms = given.a_material(
        campaign=line.budget.campaign, is_charged=False, quantity=2, category="uniform"
    )

    move = receive_goods(
        uniforms, 2, cost=Decimal(900), source="r:1", **how(by=given.a_person("admin_centre"))
    )

    assert (move.entry, move.unit_cost) == (None, Decimal("450.00"))
    assert not Entry.objects.filter(kind="spend").exists()


def test_who_keeps_no_ledger_books_nothing(line):
    with pytest.raises(RuleViolation, match="财务"):
        receive_goods(
            a_material(line), 1, cost=Decimal(5), source="r:1", **how(by=given.a_person("admin_centre"))
        )


def an_extra(line, *rows):
    """An approved supplement of materials with its commitment."""
    rep, director = given.a_rep(), given.a_director()
    extra = MaterialExtra.objects.create(
        campaign=line.budget.campaign, code="WB2012-001", state="approved", requested_by=rep, decided_by=director,
        decided_at=NOW, reason="说明会要用", needed_on=NOW.date(), line=line,
    )  # fmt: skip
    for material, quantity, price in rows:
        MaterialExtraLine.objects.create(
            extra=extra, material=material, name=material.name, category="print", quantity=quantity, unit="份",
            unit_price=price,
        )  # fmt: skip
    total = sum(quantity * price for _material, quantity, price in rows)
    extra.commitment = commit(line, total, purpose="补充物料", source="x:1", **how())
    extra.save()
    return extra


def test_a_receipt_for_a_supplement_pays_from_its_commitment_and_keeps_the_rest(line):
    sheets, books = a_material(line), a_material(line)
    extra = an_extra(line, (sheets, 100, Decimal(2)), (books, 10, Decimal(30)))
    assert balance(line) == (Decimal(500), 0)

    receive_goods(
        sheets, 100, cost=Decimal(180), extra=extra, source=f"materials.materialextra:{extra.pk}:a", **how()
    )
    assert balance(line) == (Decimal(300), Decimal(180))
    extra.refresh_from_db()
    receive_goods(
        books, 10, cost=Decimal(310), extra=extra, reason="装订费", source=f"materials.materialextra:{extra.pk}:b", **how()
    )  # fmt: skip

    assert balance(line) == (0, Decimal(490))


def test_a_supplement_that_does_not_ask_for_it_pays_for_nothing(line):
    extra = an_extra(line, (a_material(line), 1, Decimal(2)))

    with pytest.raises(RuleViolation, match="没有申请"):
        receive_goods(a_material(line), 1, cost=Decimal(2), extra=extra, source="r:1", **how())


def test_a_wrong_receipt_is_taken_off_again_with_its_expense(line):
    material = a_material(line)
    move = receive_goods(material, 100, cost=Decimal(400), source="r:1", **how())
    with pytest.raises(RuleViolation, match="原因"):
        reverse_receipt(move, reason=" ", **how())

    reverse_receipt(move, reason="送错", **how())

    material.refresh_from_db()
    assert (material.on_hand, balance(line), material.state) == (0, (0, 0), "partly")
    assert queries.received_quantity(material) == 0
    with pytest.raises(RuleViolation, match="已经冲销"):
        reverse_receipt(move, reason="再来", **how())


def test_what_has_gone_out_since_is_not_taken_off(line):
    material = a_material(line)
    move = receive_goods(material, 10, source="r:1", **how())
    reserve(material, 4, source="b:1", **how())

    with pytest.raises(RuleViolation, match="6"):
        reverse_receipt(move, reason="送错", **how())


def test_only_receipts_are_reversed():
    move = take(given.a_material(on_hand=3), 1, kind="issue", source="i:1", **how())

    with pytest.raises(RuleViolation, match="只有入库"):
        reverse_receipt(move, reason="错", **how())


@pytest.mark.parametrize(("who", "why", "said"), [(" ", "拜访", "赠送对象"), ("贾维新", "", "事由")])
def test_a_gift_says_who_and_why(who, why, said):
    with pytest.raises(RuleViolation, match=said):
        give(given.a_material(on_hand=3), 1, counterparty=who, reason=why, source="g:1", **how())
