"""补充物料报告: asked for in writing, decided by who pays, joined to the list, committed, received (R70)."""

from datetime import date
from decimal import Decimal

import pytest

from budget.errors import OverBudget
from budget.models import Entry, Estimate
from keyaccounts.common.errors import RuleViolation
from materials.actions import extras as act
from materials.actions.extras import Item
from materials.actions.stock import receive
from materials.models import Material, MaterialExtra
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 6)
ON = NOW.date()
BOOK = Item("项目宝典", 100, "本", "print", Decimal("9"))


def a_report(*, by=None, amount="960", items=(BOOK,), line=None, **more):
    line = line or (None if more.get("department") else given.a_line("2000"))
    campaign = line.budget.campaign if line else given.a_campaign()
    return act.ask_for_extra(
        campaign, reason="说明会库存不足", needed_on=date(2012, 7, 12), items=list(items), by=by or given.a_rep(),
        at=NOW, line=line, amount=amount and Decimal(amount), **more,
    )  # fmt: skip


def test_approved_it_joins_the_list_and_its_cost_is_committed():
    director, report = given.a_director(), a_report()
    assert Estimate.objects.get().amount == Decimal("960")

    act.decide_extra(report, "approved", note="", by=director, on=ON, at=NOW)

    report.refresh_from_db()
    report.line.refresh_from_db()
    material = Material.objects.get(name="项目宝典")
    assert (material.number, material.quantity, material.is_listed) == (None, 100, False)
    assert (report.line.committed_amount, report.commitment.amount) == (Decimal("960"), Decimal("960"))
    assert not Estimate.objects.exists()


def test_what_the_list_has_grows_by_each_kind():
    line = given.a_line("2000")
    book = given.a_material(campaign=line.budget.campaign, name="产品手册", quantity=1000, kinds=2)
    report = a_report(line=line, items=[Item("手册", 101, "本", "print")])
    assert report.lines.get().material == book

    act.decide_extra(report, "approved", note="", by=given.a_director(), on=ON, at=NOW)

    book.refresh_from_db()
    assert book.quantity == 1051


def test_over_the_line_nothing_happens_and_the_missing_amount_is_said():
    director, report = given.a_director(), a_report(line=given.a_line("900"))

    with pytest.raises(OverBudget) as refused:
        act.decide_extra(report, "approved", note="", by=director, on=ON, at=NOW)

    report.refresh_from_db()
    assert (refused.value.missing, report.state, Material.objects.count()) == (Decimal("60"), "pending", 0)


def test_a_department_that_pays_decides():
    centre, director = given.an_admin_centre(), given.a_director()
    report = a_report(department=centre.department, amount=None, items=[Item("服装", 1, "套", "uniform")])
    with pytest.raises(RuleViolation, match=str(centre.department)):
        act.decide_extra(report, "approved", note="", by=director, on=ON, at=NOW)

    act.decide_extra(report, "approved", note="", by=centre, on=ON, at=NOW)

    material = Material.objects.get(name="服装")
    assert (material.is_charged, material.department, Entry.objects.filter(kind="commit").count()) == (
        False,
        centre.department,
        0,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"items": []}, "至少一项"),
        ({"items": [BOOK, BOOK]}, "一次"),
        ({"amount": None, "items": [Item("宝典", 1, "本", "print")]}, "费用"),
    ],
)
def test_an_unclear_report_is_refused(values, words):
    given.a_director()

    with pytest.raises(RuleViolation, match=words):
        a_report(**values)


def test_the_sum_follows_from_the_prices():
    given.a_director()

    assert a_report(amount=None).amount == Decimal("900.00")


def test_carried_out_when_all_is_in():
    marketer, report = given.a_marketer(), a_report()
    act.decide_extra(report, "approved", note="", by=given.a_director(), on=ON, at=NOW)
    book = Material.objects.get(name="项目宝典")

    for part, quantity in enumerate((60, 40)):
        assert not act.fulfil_when_in(report, by=marketer)
        receive(book, quantity, source=f"{act.source_of(report)}:in:{part}", on=ON, at=NOW, by=marketer)

    assert act.fulfil_when_in(report, by=marketer)
    report.refresh_from_db()
    assert (report.state, act.received(report)) == ("fulfilled", {book.pk: 100})


def test_without_a_line_it_is_not_approved():
    director, report = given.a_director(), a_report()
    MaterialExtra.objects.filter(pk=report.pk).update(line=None)

    with pytest.raises(RuleViolation, match="科目"):
        act.decide_extra(report, "approved", note="", by=director, on=ON, at=NOW)


def test_withdrawn_its_estimate_goes():
    rep = given.a_rep()
    given.a_director()
    report = a_report(by=rep)

    act.withdraw_extra(report, by=rep)

    assert (MaterialExtra.objects.get().state, Estimate.objects.count()) == ("withdrawn", 0)


def test_who_decides_what():
    director, marketer = given.a_director(), given.a_marketer(department=given.a_department())
    report = a_report()

    assert list(MaterialExtra.objects.decidable_by(director)) == [report]
    assert list(MaterialExtra.objects.decidable_by(marketer)) == []
