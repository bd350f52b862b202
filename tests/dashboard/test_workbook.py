"""The marketing centre's workbook: opened again, its formulas computed, held against the ledger."""

from __future__ import annotations

import io
import re
from decimal import Decimal as D

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from budget.actions.ledger import commit, refund, spend, supplement
from budget.models import BudgetLine
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)
TODAY = NOW.date()
URL = reverse("dashboard:workbook")


def words(source, *, on=TODAY, **more):
    return {
        "purpose": "=HYPERLINK(往返)",
        "source": source,
        "on": on,
        "at": NOW,
        "by": given.a_marketer(),
        **more,
    }


@pytest.fixture
def budget():
    budget = given.a_budget(ad="15000", general="5000", item="20000", transport="2000")
    ad, general, item, transport = budget.lines.order_by("position")
    for line in (transport, item, general):
        BudgetLine.objects.filter(pk=line.pk).update(number=f"x{line.number}")
    gifts = BudgetLine.objects.create(budget=budget, number="2", position=2, name="礼品", is_group=True)
    for line, number, position in ((general, "2.1", 3), (item, "2.2", 4), (transport, "4", 5)):
        parent = gifts if number.startswith("2.") else None
        BudgetLine.objects.filter(pk=line.pk).update(number=number, position=position, parent=parent)
    spend(ad, D("4000.10"), **words("a", on=given.at(2012, 6, 1).date()))
    spend(general, D("4800"), **words("b"))
    paid = spend(transport, D("86.35"), **words("c"))
    refund(paid, D("6.35"), **words("d"))
    commit(item, D("198"), **words("e"))
    supplement(transport, D("500"), **words("f"))
    return budget


def opened(answer):
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


class Computed:
    """Just as much of Excel as these sheets use."""

    def __init__(self, book):
        self.book = book

    def __call__(self, sheet, cell):
        value = self.book[sheet][cell].value
        if not (isinstance(value, str) and value.startswith("=")):
            return D(str(value or 0))
        return self.of(sheet, value[1:])

    def of(self, sheet, text):
        if found := re.fullmatch(r"SUMIFS\('(\w+)'!\$(\w)\$(\d+):\$\w\$(\d+),'\w+'!\$(\w).*,\$(\w+)\)", text):
            other, column, first, last, keys, wanted = found.groups()
            key = str(self.book[sheet][wanted].value)
            rows = range(int(first), int(last) + 1)
            return sum(
                (
                    self(other, f"{column}{n}")
                    for n in rows
                    if str(self.book[other][f"{keys}{n}"].value) == key
                ),
                D(0),
            )
        if found := re.fullmatch(r"SUM\((?:'(\w+)'!)?\$?(\w)\$?(\d+):\$?\w\$?(\d+)\)", text):
            other, column, first, last = found.groups()
            return sum((self(other or sheet, f"{column}{n}") for n in range(int(first), int(last) + 1)), D(0))
        if found := re.fullmatch(r"ROUND\((.*),2\)", text):
            return self.of(sheet, found[1])
        parts = re.findall(r"([+-]?)([A-Z]\d+)", text)
        return sum(((-1 if sign == "-" else 1) * self(sheet, cell) for sign, cell in parts), D(0))


def row_named(sheet, name):
    return next(row[0].row for row in sheet.iter_rows(min_row=4) if row[1].value == name)


def ask(client, **more):
    query = {"export": "xlsx", "until_on": "2012-07-31", "parts": ["execution", "ledger", "stock"], **more}
    return client.get(URL, query)


def test_the_totals_agree_with_the_ledger_to_the_fen(sign_in, budget):
    book = opened(ask(sign_in(given.a_marketer())))

    compute, sheet = Computed(book), book["预算执行"]
    total = row_named(sheet, "合计")
    spent = sum(line.spent_amount for line in budget.lines.all())
    assert compute("预算执行", f"H{total}") == spent == D("8880.10")
    assert compute("预算执行", f"K{total}") == spent
    assert compute("预算执行", f"K{total + 2}") == 0
    gifts = row_named(sheet, "礼品")
    assert [compute("预算执行", f"{column}{gifts}") for column in "CFGHI"] == [
        D(25000),
        D(25000),
        D(198),
        D(4800),
        D(20002),
    ]


def test_a_period_counts_only_its_entries(sign_in, budget):
    book = opened(ask(sign_in(given.a_marketer()), from_on="2012-07-01"))

    compute = Computed(book)
    total = row_named(book["预算执行"], "合计")
    assert compute("预算执行", f"K{total}") == D("4880.00")
    assert compute("预算执行", f"H{total}") == D("8880.10")


def test_text_stays_text_numbers_and_dates_are_real(sign_in, budget):
    sheet = opened(ask(sign_in(given.a_marketer())))["台账"]

    row = row_named_by_number(sheet, 6)
    assert (row[5].data_type, row[5].value) == ("s", "=HYPERLINK(往返)")
    assert (row[1].is_date, row[6].value, row[6].number_format) == (True, 4800, "#,##0.00")
    assert sheet.freeze_panes == "A4"
    assert sheet.page_setup.orientation == "landscape"
    assert "截至" in sheet["A2"].value


def row_named_by_number(sheet, number):
    return next(row for row in sheet.iter_rows(min_row=4) if row[0].value == number)


def test_pictures_of_budget_against_spending(sign_in, budget):
    sheet = opened(ask(sign_in(given.a_marketer())))["图表"]

    assert len(sheet._charts) == 2
    assert [row[0] for row in sheet.iter_rows(min_row=4, max_row=7, values_only=True)] == [
        str(line) for line in budget.lines.filter(is_group=False)
    ]


def test_a_line_chosen_leaves_the_others_out(sign_in, budget):
    gifts = budget.lines.get(number="2")

    sheet = opened(ask(sign_in(given.a_marketer()), line=gifts.pk))["预算执行"]

    assert [row[0].value for row in sheet.iter_rows(min_row=4) if row[0].value] == ["2", "2.1", "2.2"]


def test_every_sheet_can_be_written(sign_in, budget):
    given.a_material(campaign=budget.campaign, on_hand=5, quantity=10, planned_price=D("2.40"))

    book = opened(
        ask(
            sign_in(given.a_marketer()), parts=["list", "stock", "moves", "requisitions", "extras", "changes"]
        )
    )

    assert book.sheetnames == ["追加与调剂", "物料清单", "库存", "物料流水", "领用申请", "补充物料报告"]
    assert book["物料清单"]["L4"].value == "=F4*K4"


def test_finance_gets_the_money_and_not_the_store(sign_in, budget):
    client = sign_in(given.a_person("finance"))

    refused = ask(client, parts=["stock"])

    assert refused.status_code == 422
    assert ask(client, parts=["ledger"]).status_code == 200


def test_an_impossible_period_is_said_beside_it(sign_in, budget):
    answer = ask(sign_in(given.a_marketer()), from_on="2012-08-01")

    assert answer.status_code == 422
    assert "结束日期" in answer.content.decode()


def test_a_page_without_a_budget_says_so(sign_in):
    given.a_campaign()

    assert "还没有预算" in sign_in(given.a_marketer()).get(URL).content.decode()


def test_reps_do_not_get_it(sign_in):
    assert sign_in(given.a_rep()).get(URL).status_code == 403
