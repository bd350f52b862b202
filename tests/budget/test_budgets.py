"""The budget from the plan: its gaps in words, confirming, approving, rolling up (R80–R91, C12, C13)."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from budget.actions import budgets as acts
from budget.actions.ledger import commit, release, spend, supplement, transfer
from budget.models import Budget, BudgetLine, Entry, Estimate
from budget.queries import burn, overview
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 5, 15)


@pytest.fixture
def drawn_up():
    return acts.start_from_plan(given.a_campaign(), by=given.a_marketer())


def in_force(budget):
    acts.approve(budget, by=given.a_director(), on=NOW.date(), at=NOW)
    return budget


def line(budget, number):
    return budget.lines.get(number=number)


def words(source, **more):
    return {
        "purpose": "出租车", "source": source, "on": date(2012, 7, 10), "at": given.at(2012, 7, 10),
        "by": given.a_marketer(), **more,
    }  # fmt: skip


def test_the_plans_budget_with_its_deduced_amounts_marked(drawn_up):
    amounts = dict(drawn_up.lines.values_list("number", "original_amount"))

    assert amounts == {
        "1": D(15000), "2": None, "2.1": D(5000), "2.2": None, "2.2.1": D(20000), "2.2.2": None,
        "3": D(5000), "4": D(2000), "5": D(5000),
    }  # fmt: skip
    assert sorted(drawn_up.lines.exclude(inferred=[]).values_list("number", flat=True)) == ["2.2.1", "3", "5"]
    assert line(drawn_up, "2.2.2").is_closed
    assert sorted(drawn_up.limits.values_list("percent", "action")) == [(80, "warn"), (100, "block")]


def test_the_gap_between_lines_and_total_in_figures(drawn_up):
    gaps = overview(drawn_up).gaps

    assert (gaps.total, gaps.stated, gaps.inferred, gaps.unassigned) == (D(52000), D(42000), D(10000), D(0))

    BudgetLine.objects.filter(budget=drawn_up, number="2.2.1").update(original_amount=None)
    gaps = overview(drawn_up).gaps
    assert gaps.unassigned == D(20000)
    assert [(row.line.number, row.gap) for row in gaps.headings] == [("2.2", D(20000))]

    acts.confirm_inferred(drawn_up, by=given.a_marketer())
    assert overview(drawn_up).gaps.inferred == 0


def test_confirming_one_line_and_then_the_rest(drawn_up):
    assert acts.confirm_inferred(drawn_up, by=given.a_director(), line=line(drawn_up, "3")) == 1
    assert acts.confirm_inferred(drawn_up, by=given.a_director()) == 2
    assert acts.confirm_inferred(drawn_up, by=given.a_director()) == 0


def test_a_draft_is_edited_and_an_edited_value_is_confirmed(drawn_up):
    hospitality = line(drawn_up, "3")

    acts.edit_line(hospitality, version=1, by=given.a_marketer(), original_amount=D(4000))
    added = acts.add_line(drawn_up, by=given.a_marketer(), number="4.1", name="油费", original_amount=D(10))

    hospitality.refresh_from_db()
    assert (hospitality.original_amount, hospitality.inferred) == (D(4000), [])
    numbers = [row.line.number for row in overview(drawn_up).rows]
    assert numbers.index("4.1") == numbers.index("4") + 1
    with pytest.raises(StaleEdit):
        acts.edit_line(hospitality, version=1, by=given.a_marketer(), original_amount=D(1))
    with pytest.raises(RuleViolation, match=r"编号|科目"):
        acts.add_line(drawn_up, by=given.a_marketer(), number="4.1", name="重复")
    acts.remove_line(added, by=given.a_marketer())
    with pytest.raises(RuleViolation, match="下级"):
        acts.remove_line(line(drawn_up, "2.2"), by=given.a_marketer())


def test_approved_the_amounts_are_frozen_and_open_the_ledger(drawn_up):
    in_force(drawn_up)

    assert Entry.objects.filter(kind="budget").count() == 6
    assert overview(drawn_up).total.left == D(52000)
    with pytest.raises(RuleViolation, match="追加或调剂"):
        acts.edit_line(line(drawn_up, "4"), version=None, by=given.a_director(), original_amount=D(1))
    acts.edit_line(line(drawn_up, "4"), version=None, by=given.a_director(), note="公交优先")
    with pytest.raises(RuleViolation, match="已经生效"):
        in_force(drawn_up)


def test_whoever_drew_it_up_approves_only_when_alone():
    director = given.a_director()
    budget = acts.start_from_plan(given.a_campaign(), by=director)
    other = given.a_director()
    with pytest.raises(RuleViolation, match="另一位总监"):
        acts.approve(budget, by=director, on=NOW.date(), at=NOW)
    type(other).objects.filter(pk=other.pk).update(is_active=False)

    acts.approve(budget, by=director, on=NOW.date(), at=NOW)

    budget.refresh_from_db()
    assert budget.state == "approved"


def test_lines_beyond_the_total_are_not_approved(drawn_up):
    acts.edit_budget(drawn_up, stated_amount=D(50000), version=None, by=given.a_marketer())

    with pytest.raises(RuleViolation, match=r"52,000\.00"):
        in_force(drawn_up)


def test_the_next_round_carries_lines_amounts_and_limits(drawn_up):
    in_force(drawn_up)
    supplement(line(drawn_up, "4"), D(500), **words("s"))
    following = given.a_campaign(
        name="第二轮", previous=drawn_up.campaign, starts_on=date(2012, 9, 1), ends_on=None
    )

    copied = acts.start_from_budget(following, model=drawn_up, by=given.a_marketer())

    assert copied.state == "draft"
    assert line(copied, "4").original_amount == D(2000)
    assert line(copied, "2.2.1").parent == line(copied, "2.2")
    assert copied.limits.count() == 2
    with pytest.raises(RuleViolation, match="已有预算"):
        acts.start_from_plan(following, by=given.a_marketer())


def test_headings_roll_up_every_figure(drawn_up):
    in_force(drawn_up)
    general, items, transport = (line(drawn_up, number) for number in ("2.1", "2.2.1", "4"))
    spend(general, D("4800"), **words("a"))
    commit(items, D("198"), **words("b"))
    transfer(items, general, D("1000"), **words("c"))
    supplement(transport, D("300"), **words("d"))
    Estimate.objects.create(line=items, source="x:1", label="礼盒", amount=D(50))

    view = overview(drawn_up)

    gift = next(row for row in view.rows if row.line.number == "2")
    sums = gift.sums
    assert (sums.original, sums.allowed, sums.spent, sums.committed, sums.estimated, sums.left) == (
        D(25000), D(25000), D(4800), D(198), D(50), D(20002),
    )  # fmt: skip
    key = next(row for row in view.rows if row.line.number == "2.2")
    assert (key.sums.transferred, key.sums.left) == (D(-1000), D(18802))
    four = next(row for row in view.rows if row.line.number == "4")
    assert (four.sums.supplement, four.sums.allowed) == (D(300), D(2300))
    assert (view.total.supplement, view.total.left, view.open_commitments) == (D(300), D(47302), 1)
    assert next(row for row in view.rows if row.line.number == "2.1").tone == "soon"


def test_the_burn_ends_at_what_is_spent(drawn_up):
    in_force(drawn_up)
    spend(line(drawn_up, "4"), D("86"), **words("a", on=date(2012, 5, 24)))
    commit(line(drawn_up, "4"), D("14"), **words("b", on=date(2012, 6, 1)))

    chart = burn(drawn_up, on=date(2012, 7, 10), total=D(52000))

    spent, held, allowed = chart.series
    assert (spent.values[-1], held.values[-1]) == (D(86), D(100))
    assert spent.values[0] == 0
    assert set(allowed.values) == {D(52000)}
    assert len(chart.labels) <= 61


# -- pages ------------------------------------------------------------------------------------------
def test_from_nothing_to_a_budget_in_force(sign_in):
    campaign = given.a_campaign()
    marketer, director = given.a_marketer(), given.a_director()
    client = sign_in(marketer)
    assert client.get(reverse("budget:current"), follow=True).status_code == 200

    answer = client.post(reverse("budget:start"), {"campaign": campaign.pk})
    budget = Budget.objects.get()
    page = client.get(budget.get_absolute_url()).content.decode()
    client.post(reverse("budget:confirm", args=[budget.pk]), {"line": line(budget, "3").pk})
    client.post(
        reverse("budget:line_new", args=[budget.pk]), {"number": "6", "name": "培训", "original_amount": ""}
    )

    assert answer.status_code == 302
    assert "¥42,000.00" in page
    assert "¥10,000.00" in page
    assert line(budget, "3").inferred == []
    assert line(budget, "6").original_amount is None

    client = sign_in(director)
    assert "尚未分配" in client.get(reverse("budget:approve", args=[budget.pk])).content.decode()
    client.post(reverse("budget:approve", args=[budget.pk]))
    budget.refresh_from_db()
    assert budget.state == "approved"


def test_every_figure_leads_to_rows_that_add_up_to_it(drawn_up, sign_in):
    in_force(drawn_up)
    general, items = line(drawn_up, "2.1"), line(drawn_up, "2.2.1")
    spend(general, D("4800"), **words("a"))
    spend(items, D("200"), **words("b"))
    spend(line(drawn_up, "4"), D("30"), **words("c"))
    client = sign_in(given.a_person(Role.FINANCE))

    page = client.get(drawn_up.get_absolute_url()).content.decode()
    rows = client.get(
        reverse("budget:ledger", args=[drawn_up.pk]), {"line": line(drawn_up, "2").pk, "counts": "spent"}
    )

    assert f"?line={line(drawn_up, '2').pk}&amp;counts=spent" in page
    assert "¥5,000.00" in page
    assert sum(entry.spent_change for entry in rows.context["listing"].rows) == D(5000)


def test_pages_papers_and_sheets_open(drawn_up, sign_in):
    in_force(drawn_up)
    Estimate.objects.create(line=line(drawn_up, "4"), source="x:1", label="打车", amount=D(50))
    client = sign_in(given.a_director())

    for address in (
        drawn_up.get_absolute_url(),
        line(drawn_up, "2").get_absolute_url(),
        line(drawn_up, "2.2.2").get_absolute_url(),
        reverse("budget:estimates", args=[drawn_up.pk]),
        reverse("budget:commitments", args=[drawn_up.pk]),
        reverse("budget:ledger", args=[drawn_up.pk]),
        reverse("budget:line_edit", args=[line(drawn_up, "4").pk]),
        drawn_up.get_absolute_url() + "?export=xlsx",
        reverse("budget:estimates", args=[drawn_up.pk]) + "?export=xlsx",
        reverse("budget:commitments", args=[drawn_up.pk]) + "?export=xlsx",
    ):
        assert client.get(address).status_code == 200, address
    paper = client.get(reverse("budget:execution_pdf", args=[drawn_up.pk]))
    assert paper.content.startswith(b"%PDF")


def test_a_rep_does_not_see_the_budget(drawn_up, sign_in):
    assert sign_in(given.a_rep()).get(drawn_up.get_absolute_url()).status_code == 403


@pytest.mark.parametrize("entries", [1, 30])
def test_the_pages_ask_the_database_the_same_however_many_entries(
    drawn_up, sign_in, entries, django_assert_max_num_queries
):
    in_force(drawn_up)
    for number in range(entries):
        spend(line(drawn_up, "1"), D(1), **words(f"e:{number}"))
    client = sign_in(given.a_person(Role.FINANCE))
    client.get(drawn_up.get_absolute_url())

    with django_assert_max_num_queries(25):
        client.get(drawn_up.get_absolute_url())
    with django_assert_max_num_queries(12):
        client.get(reverse("budget:ledger", args=[drawn_up.pk]))
    with django_assert_max_num_queries(12):
        client.get(reverse("budget:commitments", args=[drawn_up.pk]))


def test_a_budget_closes_when_nothing_hangs_and_then_takes_nothing(drawn_up, sign_in):
    budget = in_force(drawn_up)
    transport, director = line(budget, "3"), given.a_director()
    promised = commit(transport, D(80), **words("a"))
    client, address = sign_in(director), reverse("budget:close", args=[budget.pk])

    hanging = client.post(address, {"reason": "活动结束"})
    release(promised, **words("b"))
    silent = client.post(address, {"reason": ""})
    closed = client.post(address, {"reason": "活动结束,全部付清"})

    budget.refresh_from_db()
    assert (hanging.status_code, silent.status_code, closed.status_code) == (422, 422, 302)
    assert reverse("budget:commitments", args=[budget.pk]) in hanging.content.decode()
    assert budget.state == "closed"
    assert AuditEvent.objects.get(action="budget.budget.closed").reason == "活动结束,全部付清"
    with pytest.raises(RuleViolation, match="已结项"):
        spend(transport, D(1), **words("c"))
    assert client.get(address).url == budget.get_absolute_url()


def test_only_a_director_closes_a_budget(drawn_up, sign_in):
    budget = in_force(drawn_up)
    address = reverse("budget:close", args=[budget.pk])

    assert sign_in(given.a_marketer()).get(address).status_code == 403
    with pytest.raises(RuleViolation):
        acts.close(budget, reason="不需要", by=given.a_marketer())


def test_a_closed_budget_is_reopened_by_the_director_with_a_reason(drawn_up, sign_in):
    budget = in_force(drawn_up)
    director = given.a_director()
    address = reverse("budget:reopen", args=[budget.pk])
    client = sign_in(director)

    not_closed = client.get(address)
    with pytest.raises(RuleViolation, match="执行中"):
        acts.reopen(budget, reason="误操作", by=director)
    acts.close(budget, reason="活动结束", by=director)
    page = client.get(budget.get_absolute_url())
    silent = client.post(address, {"reason": " "})
    with pytest.raises(RuleViolation, match="总监"):
        acts.reopen(budget, reason="迟到的发票", by=given.a_marketer())
    opened = client.post(address, {"reason": "迟到的发票"})

    budget.refresh_from_db()
    assert not_closed.url == budget.get_absolute_url()
    assert address in page.text
    assert (silent.status_code, opened.status_code, budget.state) == (422, 302, "approved")
    event = AuditEvent.objects.get(action="budget.budget.reopened")
    assert (event.reason, event.from_state, event.to_state) == ("迟到的发票", "closed", "approved")
    assert spend(line(budget, "3"), D(1), **words("late")).amount == D(1)
    with pytest.raises(RuleViolation, match="执行中"):
        acts.reopen(budget, reason="再来一次", by=director)
