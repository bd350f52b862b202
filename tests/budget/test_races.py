"""Money under many hands at once: exact, gapless, refused in words (integrity rules 2, 4, 6, 7)."""

from decimal import Decimal as D

import pytest

from budget.actions import requests as acts
from budget.actions.ledger import commit, spend
from budget.models import Entry
from keyaccounts.common.invariants import verdicts
from tests import given
from tests.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
NOW = given.at(2012, 7, 10)


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def told(source):
    return {"purpose": "准备", "source": source, "on": NOW.date(), "at": NOW, "by": given.a_marketer()}


def all_well():
    return [text for verdict in verdicts(range(1, 8)) for text in verdict.violations] == []


def test_two_payments_for_the_last_hundred_yuan_one_passes_in_words(tmp_path):
    line = given.a_line("2000")
    spend(line, D(1900), **told("before"))

    results = race(
        "spend", processes=2, folder=tmp_path, line=line.pk, by=given.a_marketer().pk, amount="100"
    )

    done = [result["value"] for result in results]
    assert sorted(one["booked"] for one in done) == [0, 1]
    refusal = next(one["refused"][0] for one in done if one["refused"])
    assert refusal.startswith("OverBudget")
    assert "100.00" in refusal
    line.refresh_from_db()
    assert line.balance.left == 0
    assert all_well()


def test_a_thousand_entries_of_sixteen_writers(tmp_path):
    line = given.a_line("1000")

    results = race(
        "spend", processes=16, folder=tmp_path, line=line.pk, by=given.a_marketer().pk, amount="1", times=65
    )

    done = [result["value"] for result in results]
    seconds = max(one["ended"] for one in done) - min(one["begun"] for one in done)
    print(f"{1000 / seconds:.0f} entries a second")
    line.refresh_from_db()
    assert sum(one["booked"] for one in done) == 1000
    assert sum(len(one["refused"]) for one in done) == 40  # of 1,040 wishes
    assert (line.spent_amount, line.balance.left) == (D(1000), 0)
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 1002))
    assert all_well()


def test_a_commitment_is_closed_once_however_many_try(tmp_path):
    line = given.a_line("2000")
    promised = commit(line, D(500), **told("c"))

    results = race(
        "close_commitment", processes=4, folder=tmp_path, commitment=promised.pk, by=given.a_marketer().pk
    )

    assert [("value" in result) for result in results].count(True) == 1
    assert all(result["error"].startswith("RuleViolation") for result in results if "error" in result)
    line.refresh_from_db()
    assert line.committed_amount == 0
    assert all_well()


def test_one_event_is_booked_once_however_many_book_it(tmp_path):
    line = given.a_line("2000")

    results = race(
        "spend",
        processes=4,
        folder=tmp_path,
        line=line.pk,
        by=given.a_marketer().pk,
        amount="10",
        source="claim:7",
    )

    assert sum(result["value"]["booked"] for result in results) == 1
    assert Entry.objects.filter(source="claim:7").count() == 1


def test_an_entry_is_reversed_once_however_many_try(tmp_path):
    line = given.a_line("2000")
    paid = spend(line, D(500), **told("p"))

    results = race("reverse_entry", processes=4, folder=tmp_path, entry=paid.pk, by=given.a_marketer().pk)

    assert [("value" in result) for result in results].count(True) == 1
    line.refresh_from_db()
    assert line.spent_amount == 0
    assert all_well()


def test_of_several_directors_one_decides_and_the_money_comes_once(tmp_path):
    line = given.a_line("2000")
    marketer = given.a_marketer()
    directors = [given.a_director().pk for _ in range(4)]
    report = acts.draft_supplement(
        line, amount=D(500), reason="不够", needed_on=NOW.date(), by=marketer, at=NOW
    )
    acts.hand_in(report, by=marketer, at=NOW)

    results = race(
        "decide_supplement", processes=4, folder=tmp_path, supplement=report.pk, directors=directors
    )

    decided = [result["value"] for result in results if "value" in result]
    report.refresh_from_db()
    line.refresh_from_db()
    assert decided == [report.state]
    assert line.allowed_amount == (D(2500) if report.state == "approved" else D(2000))
    assert all_well()
