"""Posting: what each kind of entry does to its line, what is refused, what the database itself guards."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction

from budget.actions.ledger import commit, refund, release, reverse, spend, supplement, transfer
from budget.errors import OverBudget
from budget.models import BudgetLine, Entry
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.triggers import not_whole
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def words(source="test:1", **more):
    """What every posting is told."""
    return {
        "purpose": "往返出租车",
        "source": source,
        "on": NOW.date(),
        "at": NOW,
        "by": given.a_marketer(),
        **more,
    }


def balance(line):
    line.refresh_from_db()
    return (line.allowed_amount, line.committed_amount, line.spent_amount)


def test_a_commitment_paid_with_less_gives_the_rest_back():
    line = given.a_line("2000")

    promised = commit(line, D("500"), **words("claim:1:commit"))
    spend(line, D("468.50"), commitment=promised, **words("claim:1:pay"))

    assert balance(line) == (D(2000), D(0), D("468.50"))
    assert list(Entry.objects.order_by("number").values_list("number", "kind", "amount")) == [
        (1, "budget", D(2000)), (2, "commit", D(500)), (3, "spend", D("468.50")),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(action="budget.entry.posted").count() == 3


def test_a_commitment_is_closed_once():
    line = given.a_line("2000")
    promised = commit(line, D("500"), **words("claim:1:commit"))
    release(promised, **words("claim:1:release"))

    with pytest.raises(RuleViolation, match="付清或释放"):
        spend(line, D("500"), commitment=promised, **words("claim:1:pay"))

    assert balance(line) == (D(2000), D(0), D(0))


def test_over_the_line_is_refused_with_the_missing_amount():
    line = given.a_line("2000")
    spend(line, D("1900"), **words("a:1"))

    with pytest.raises(OverBudget) as refused:
        spend(line, D("250.50"), **words("a:2"))

    assert refused.value.missing == D("150.50")
    assert "150.50" in str(refused.value)
    assert (refused.value.line, refused.value.source) == (line, "a:2")
    assert (balance(line), Entry.objects.count()) == ((D(2000), D(0), D(1900)), 2)


def test_numbers_have_no_gap_after_a_refusal():
    line = given.a_line("100")
    for number in range(3):
        with pytest.raises(OverBudget):
            spend(line, D("101"), **words(f"refused:{number}"))

    spend(line, D("100"), **words("passed"))

    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_an_event_posts_once():
    line = given.a_line()
    spend(line, D("10"), **words("claim:7:pay"))

    with pytest.raises(RuleViolation, match="已经记过"):
        spend(line, D("10"), **words("claim:7:pay"))

    assert balance(line)[2] == D(10)


def test_money_on_no_line_is_spent_by_nobody():
    line = given.a_line(None)

    with pytest.raises(OverBudget, match="尚未分配"):
        spend(line, D("1"), **words())

    supplement(line, D("50"), **words("supplement:1"))
    spend(line, D("50"), **words("b:2"))
    assert balance(line) == (D(50), D(0), D(50))


@pytest.mark.parametrize("amount", ["0", "-5", "0.001"])
def test_an_amount_is_more_than_zero(amount):
    with pytest.raises(RuleViolation):
        spend(given.a_line(), D(amount), **words())


def test_a_heading_and_a_closed_line_take_nothing():
    line = given.a_line()
    BudgetLine.objects.filter(pk=line.pk).update(is_closed=True, note="合规要求")
    with pytest.raises(RuleViolation, match="合规要求"):
        spend(line, D("5"), **words())

    heading = BudgetLine.objects.create(budget=line.budget, number="9", name="礼品", is_group=True)
    with pytest.raises(RuleViolation, match="礼品"):
        spend(heading, D("5"), **words())


def test_a_refund_in_parts_never_exceeds_the_payment():
    line = given.a_line()
    paid = spend(line, D("100"), **words("a"))
    refund(paid, D("60"), **words("b"))

    with pytest.raises(RuleViolation, match=r"40\.00"):
        refund(paid, D("40.01"), **words("c"))

    refund(paid, D("40"), **words("d"))
    assert balance(line) == (D(2000), D(0), D(0))


def test_a_reversal_takes_back_once_and_names_what_it_reverses():
    line = given.a_line()
    paid = spend(line, D("100"), **words("a"))
    args = {"reason": "记错科目", "on": NOW.date(), "at": NOW, "by": given.a_marketer()}

    entry = reverse(paid, **args)

    assert (entry.about, balance(line)) == (paid, (D(2000), D(0), D(0)))
    with pytest.raises(RuleViolation, match="已经冲销"):
        reverse(paid, **args)


def test_a_transfer_is_two_entries_or_none():
    budget = given.a_budget(transport="2000", contingency="300")
    transport, contingency = budget.lines.order_by("position")
    with pytest.raises(OverBudget):
        transfer(contingency, transport, D("300.01"), **words("t:1"))
    assert Entry.objects.count() == 2

    transfer(contingency, transport, D("300"), **words("t:2"))

    assert (balance(contingency), balance(transport)) == ((D(0), D(0), D(0)), (D(2300), D(0), D(0)))


def test_reaching_a_limit_tells_those_who_keep_the_budget_once_a_day():
    line = given.a_line("100")
    director = given.a_director()

    spend(line, D("79.99"), **words("a"))
    assert not Notice.objects.filter(kind=NoticeKind.BUDGET).exists()
    spend(line, D("5"), **words("b"))

    told = Notice.objects.get(kind=NoticeKind.BUDGET, recipient=director)
    assert "15.01" in told.title


def test_cents_that_floating_point_cannot_hold_fit_exactly():
    line = given.a_line("0.30")

    spend(line, D("0.10"), **words("a"))
    spend(line, D("0.20"), **words("b"))

    assert balance(line) == (D("0.30"), D(0), D("0.30"))


def raw_over_the_line(line):
    """An entry written past the action: the database still refuses it."""
    Entry.objects.create(
        budget=line.budget, number=99, line=line, kind="spend", amount=D("2000.01"), spent_change=D("2000.01"),
        booked_on=NOW.date(), purpose="绕过", source="raw", by=given.a_rep(), at=NOW,
    )  # fmt: skip


def raw_change_of_the_original(line):
    BudgetLine.objects.filter(pk=line.pk).update(original_amount=D(9999))


def raw_change_of_an_entry(line):
    Entry.objects.filter(line=line).update(amount=D(1))


def raw_deletion(line):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM budget_entry")


def raw_changes_that_do_not_follow_the_kind(line):
    Entry.objects.create(
        budget=line.budget, number=98, line=line, kind="spend", amount=D("5"), spent_change=D("1"),
        booked_on=NOW.date(), purpose="绕过", source="raw2", by=given.a_rep(), at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    "route",
    [
        raw_over_the_line,
        raw_change_of_the_original,
        raw_change_of_an_entry,
        raw_deletion,
        raw_changes_that_do_not_follow_the_kind,
    ],
    ids=lambda route: route.__name__,
)
def test_the_database_refuses_what_goes_past_the_actions(route):
    line = given.a_line("2000")

    with pytest.raises(IntegrityError), transaction.atomic():
        route(line)

    assert balance(line) == (D(2000), D(0), D(0))
    assert line.original_amount == D(2000)
    assert not_whole(connection, "budget_entry") == []


def test_a_number_left_out_or_given_twice_is_refused_by_the_database():
    line = given.a_line("2000")
    last = spend(line, D(5), **words("a"))

    for number in (last.number, last.number + 2):
        last.pk, last.number, last.source = None, number, f"raw:{number}"
        with pytest.raises(IntegrityError), transaction.atomic():
            last.save(force_insert=True)


def test_the_line_given_need_not_be_fresh():
    line = given.a_line("100")
    stale = BudgetLine.objects.get(pk=line.pk)
    spend(line, D(80), **words("a"))

    with pytest.raises(OverBudget) as refusal:
        spend(stale, D(30), **words("b"))

    assert refusal.value.missing == D(10)
