"""Rules 1–7 hold over what the actions do, and each is found broken when somebody goes behind their back."""

from decimal import Decimal as D

import pytest
from django.db import connection

from budget.actions import ledger
from budget.models import Budget, BudgetLine, Entry, Supplement
from keyaccounts.common.invariants import verdicts
from tests import given
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def violations(rule):
    return [text for verdict in verdicts([rule]) for text in verdict.violations]


@pytest.fixture
def line():
    """A little of everything."""
    budget = given.a_budget(transport="2000", contingency="300")
    transport, contingency = budget.lines.order_by("position")
    told = {
        "purpose": "x",
        "on": NOW.date(),
        "at": NOW,
        "by": given.a_marketer(),
        "approved_by": given.a_director(),
    }
    paid = ledger.spend(transport, D(100), source="a", **told)
    ledger.refund(paid, D(10), source="b", **told)
    promised = ledger.commit(transport, D(50), source="c", **told)
    ledger.spend(transport, D(40), commitment=promised, source="d", **told)
    ledger.release(ledger.commit(transport, D(5), source="e", **told), source="f", **told)
    wrong = ledger.spend(contingency, D(7), source="g", **told)
    ledger.reverse(wrong, reason="记错", on=NOW.date(), at=NOW, by=told["by"])
    ledger.transfer(contingency, transport, D(100), source="h", **told)
    ledger.supplement(transport, D(1), source="i", **told)
    return transport


def behind_the_back(line, **values):
    """An entry written with the guards off."""
    row = {
        "budget": line.budget, "number": Budget.objects.get(pk=line.budget_id).last_number + 1, "line": line,
        "kind": "spend", "amount": D(5), "spent_change": D(5), "booked_on": NOW.date(), "purpose": "绕过",
        "source": "raw", "by": given.a_rep(), "at": NOW,
    }  # fmt: skip
    with unguarded(connection):
        entry = Entry.objects.create(**{**row, **values})
    Budget.objects.filter(pk=entry.budget_id).update(last_number=entry.number)
    return entry


def changed(entries, **values):
    with unguarded(connection):
        Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(**values)


def test_what_the_actions_did_breaks_no_rule(line):
    found = list(verdicts(range(1, 8)))

    assert [text for verdict in found for text in verdict.violations] == []
    assert [verdict.rule for verdict in found if verdict.rows] == [1, 2, 3, 4, 5, 6, 7]


def test_1_a_reversal_of_something_else(line):
    changed(Entry.objects.filter(kind="reversal"), about=Entry.objects.get(source="a"))
    assert violations(1) != []


def test_1_a_ledger_without_its_guards(line):
    with unguarded(connection):
        found = violations(1)

    assert "budget_entry" in found[0]


def test_2_more_spent_than_allowed(line):
    changed(Entry.objects.filter(source="a"), amount=D(9000), spent_change=D(9000))
    assert len(violations(2)) == 2  # the line, and the whole budget


def test_3_more_money_that_nobody_approved_and_a_changed_original(line):
    changed(Entry.objects.filter(kind="supplement"), approved_by=None)
    changed(Entry.objects.filter(kind="budget", line=line), amount=D(2500), allowed_change=D(2500))
    assert len(violations(3)) == 2


def test_3_an_entry_on_another_budgets_line(line):
    other = given.a_line(campaign=given.a_campaign())
    changed(Entry.objects.filter(source="a"), line=other)
    assert violations(3) != []


def test_4_a_payment_that_closes_something_else(line):
    changed(Entry.objects.filter(source="d"), about=Entry.objects.get(source="a"))
    assert violations(4) != []


def test_5_a_balance_that_is_not_the_sum(line):
    BudgetLine.objects.filter(pk=line.pk).update(spent_amount=D(131))
    assert violations(5) != []


def test_6_a_number_left_out(line):
    behind_the_back(line, number=Budget.objects.get(pk=line.budget_id).last_number + 2)
    assert len(violations(6)) == 1


def test_7_a_decision_that_reached_no_ledger(line):
    Supplement.objects.create(
        code="BCF2012-009", budget=line.budget, line=line, amount=D(5), reason="x", needed_on=NOW.date(),
        left_amount=D(0), requested_by=given.a_rep(), state="approved", decided_at=NOW,
    )  # fmt: skip
    assert violations(7) == ["BCF2012-009: approved and not booked"]
