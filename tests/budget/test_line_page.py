"""The page of a budget line: its figures and what is behind them; of a group, that of its lines."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from budget.actions import requests
from budget.actions.ledger import commit, spend
from budget.models import BudgetLine, Estimate
from budget.queries import MOST_SHOWN, line_view
from keyaccounts.common.roles import Role
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def book(act, line, amount, purpose):
    facts = {
        "purpose": purpose,
        "source": f"test:{purpose}",
        "on": NOW.date(),
        "at": NOW,
        "by": given.a_marketer(),
    }
    return act(line, D(amount), **facts)


def test_a_line_says_how_it_stands_and_why(sign_in):
    line = given.a_line("2000")
    book(spend, line, "300", "打车费")
    book(commit, line, "500", "租车费")
    Estimate.objects.create(line=line, source="test:1", label="七月的单据", amount=D("120"))
    client = sign_in(given.a_person(Role.FINANCE))

    page = client.get(line.get_absolute_url()).text

    for words in ("打车费", "租车费", "七月的单据", "80% 起提醒", "100% 起禁止", "¥1,200.00", "¥120.00"):
        assert words in page, words
    assert reverse("budget:line_edit", args=[line.pk]) not in page


def test_a_group_shows_what_its_lines_show():
    budget = given.a_budget(gift_general="1000", transport="2000", approved=False)
    first, other = budget.lines.order_by("number")
    group = BudgetLine.objects.create(budget=budget, number="3", position=3, name="合计组", is_group=True)
    BudgetLine.objects.filter(pk=first.pk).update(number="3.1", parent=group)
    for number in range(MOST_SHOWN + 2):
        Estimate.objects.create(line=first, source=f"test:{number}", label="小礼品", amount=D(number))
    Estimate.objects.create(line=other, source="test:other", label="车费", amount=D("999"))

    view = line_view(group)

    assert [row.line.pk for row in view.below] == [first.pk]
    assert [estimate.amount for estimate in view.estimates] == [D(n) for n in range(11, 1, -1)]
    assert view.row.sums.estimated == D("66")


def test_who_asked_for_more_is_shown(sign_in):
    line = given.a_line("2000")
    asked = requests.draft_supplement(
        line, amount=D("400"), reason="旺季用车增加", needed_on=NOW.date(), by=given.a_marketer(), at=NOW
    )

    page = sign_in(given.a_director()).get(line.get_absolute_url()).text

    assert asked.get_absolute_url() in page


def test_only_who_reads_the_budget_opens_a_line(sign_in):
    line = given.a_line()

    assert sign_in(given.a_rep()).get(line.get_absolute_url()).status_code == 403
    assert sign_in(given.a_director()).get(reverse("budget:line", args=[line.pk + 1])).status_code == 404


@pytest.mark.parametrize("entries", [1, 3])
def test_the_page_costs_the_same_however_much_is_booked(sign_in, entries, django_assert_max_num_queries):
    line = given.a_line()
    for number in range(entries):
        book(spend, line, "1", f"打车费{number}")
    client = sign_in(given.a_director())
    client.get(line.get_absolute_url())

    with django_assert_max_num_queries(30):
        assert client.get(line.get_absolute_url()).status_code == 200
