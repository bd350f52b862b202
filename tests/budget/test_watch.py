"""18:00: lines at a limit, entries nobody approved, commitments nobody pays – each told once."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from budget.actions.ledger import commit, reverse, spend
from budget.actions.watch import watch
from budget.models import BudgetLimit
from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice
from keyaccounts.schedule import SCHEDULE
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 18)


def looked(days=0):
    at = NOW + timedelta(days=days)
    return watch(on=at.date(), at=at)


def words(source, **more):
    return {
        "purpose": "出租车", "source": source, "on": NOW.date(), "at": NOW, "by": given.a_marketer(),
        "approved_by": given.a_director(), **more,
    }  # fmt: skip


def test_a_limit_set_lower_than_what_is_used_is_told_once():
    line = given.a_line("100")
    spend(line, D(50), **words("a"))
    assert looked() == 0
    BudgetLimit.objects.filter(action="warn").update(percent=40)

    assert looked() > 0
    assert looked() == looked(days=1) == 0
    assert Notice.objects.filter(subject=f"budget.budgetline:{line.pk}", title__contains="50.0").exists()


def test_what_the_posting_told_is_not_told_again():
    given.a_director()
    line = given.a_line("100")
    spend(line, D(85), **words("a"))
    assert Notice.objects.filter(subject=f"budget.budgetline:{line.pk}").exists()

    assert looked() == looked(days=1) == 0


def test_an_entry_without_an_approver_is_told_once_until_it_is_reversed():
    finance = given.a_person(Role.FINANCE)
    line = given.a_line("1000")
    spend(line, D(10), **words("a", approved_by=None))
    gone = spend(line, D(20), **words("b", approved_by=None))
    reverse(gone, reason="记错", on=NOW.date(), at=NOW, by=finance)

    looked()

    assert looked(days=1) == 0
    assert [n.title for n in Notice.objects.filter(recipient=finance)] == [
        "台账第 2 号（10.00 元）没有批准人"
    ]


def test_a_commitment_that_nobody_pays_is_told_after_a_month():
    finance = given.a_person(Role.FINANCE)
    line = given.a_line("1000")
    commit(line, D(10), **words("a"))
    assert looked(days=29) == 0

    assert looked(days=45) > 0  # the evenings in between were an outage

    assert looked(days=46) == 0
    assert Notice.objects.filter(recipient=finance).count() == 1


def test_it_is_in_the_schedule():
    assert SCHEDULE["watch_budget"]["task"] == "budget.tasks.watch"
