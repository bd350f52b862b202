"""补充费用报告 and 调剂: asked in writing, decided by somebody else, booked in the same moment (R91, R92)."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from budget.actions import requests as acts
from budget.actions.ledger import spend
from budget.models import Entry, Supplement, Transfer
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


@pytest.fixture
def budget():
    return given.a_budget(transport="2000", contingency="300")


@pytest.fixture
def transport(budget):
    return budget.lines.get(category="transport")


def a_supplement(line, *, by=None, amount="500", **more):
    values = {"reason": "7月拜访增加", "needed_on": date(2012, 7, 15), "at": NOW}
    return acts.draft_supplement(line, amount=D(amount), by=by or given.a_marketer(), **{**values, **more})


def decided(request, state=RequestState.APPROVED, *, by=None, note=""):
    acts.decide(request, state, note=note, by=by or given.a_director(), on=NOW.date(), at=NOW)


def test_approved_the_money_is_on_the_line_and_the_original_amount_stays(transport):
    director = given.a_director()
    report = a_supplement(transport)
    acts.hand_in(report, by=report.requested_by, at=NOW)

    decided(report, by=director)

    transport.refresh_from_db()
    assert (transport.original_amount, transport.allowed_amount) == (D(2000), D(2500))
    assert (report.code, report.state) == ("BCF2012-001", "approved")
    assert (report.entry.kind, report.entry.amount, report.entry.approved_by) == (
        "supplement", D(500), director,
    )  # fmt: skip
    told = Notice.objects.get(recipient=report.requested_by, kind=NoticeKind.DECISION)
    assert "BCF2012-001" in told.title
    assert Notice.objects.filter(recipient=director, kind=NoticeKind.APPROVAL).exists()


def test_what_waited_for_the_money_is_named_in_the_answer(transport):
    earlier = a_supplement(transport, amount="1")  # stands for any record with a page
    report = a_supplement(transport, by=earlier.requested_by, source=f"budget.supplement:{earlier.pk}")
    acts.hand_in(report, by=report.requested_by, at=NOW)

    decided(report)

    told = Notice.objects.get(recipient=report.requested_by, kind=NoticeKind.DECISION)
    assert earlier.code in told.title
    assert told.url == earlier.get_absolute_url()


def test_returned_it_is_changed_and_handed_in_again(transport):
    report = a_supplement(transport)
    acts.hand_in(report, by=report.requested_by, at=NOW)
    with pytest.raises(RuleViolation, match="原因"):
        decided(report, RequestState.RETURNED)
    decided(report, RequestState.RETURNED, note="金额偏高")

    acts.edit_request(report, version=report.version, by=report.requested_by, amount=D(300))
    acts.hand_in(report, by=report.requested_by, at=NOW)
    decided(report)

    transport.refresh_from_db()
    assert transport.allowed_amount == D(2300)
    with pytest.raises(RuleViolation):
        acts.edit_request(report, version=report.version, by=report.requested_by, amount=D(1))


def test_a_stale_edit_is_refused(transport):
    report = a_supplement(transport)
    acts.edit_request(report, version=1, by=report.requested_by, amount=D(300))

    with pytest.raises(StaleEdit):
        acts.edit_request(report, version=1, by=report.requested_by, amount=D(400))


def test_nobody_decides_about_their_own_report_and_nobody_twice(transport):
    director, other = given.a_director(), given.a_director()
    report = a_supplement(transport, by=director)
    acts.hand_in(report, by=director, at=NOW)
    with pytest.raises(RuleViolation):
        decided(report, by=director)

    decided(report, by=other)

    with pytest.raises(RuleViolation, match="已批准"):
        decided(report, by=other)
    assert Entry.objects.filter(kind="supplement").count() == 1


def test_the_only_director_prepares_it_for_a_colleague(transport, sign_in):
    director = given.a_director()
    type(director).objects.with_role(Role.DIRECTOR).exclude(pk=director.pk).update(is_active=False)
    marketer = given.a_marketer()
    client = sign_in(director)

    page = client.get(reverse("budget:supplement_new"), {"line": transport.pk, "amount": "150.50"})
    answer = client.post(
        reverse("budget:supplement_new"),
        {
            "line": transport.pk,
            "amount": "150.50",
            "needed_on": "2012-07-15",
            "reason": "不够",
            "requester": marketer.pk,
        },
    )

    assert "由谁提交" in page.content.decode()
    report = Supplement.objects.get()
    assert (answer.status_code, report.requested_by, report.state) == (302, marketer, "draft")
    assert Notice.objects.filter(recipient=marketer, kind=NoticeKind.BUDGET).exists()


def test_a_transfer_moves_money_or_nothing(budget, transport):
    contingency = budget.lines.get(category="contingency")
    marketer = given.a_marketer()
    with pytest.raises(RuleViolation, match=r"300\.00") as early:
        acts.draft_transfer(contingency, transport, amount=D(301), reason="不够", by=marketer, at=NOW)
    move = acts.draft_transfer(contingency, transport, amount=D(200), reason="不够", by=marketer, at=NOW)
    acts.hand_in(move, by=marketer, at=NOW)
    spend(
        contingency, D(150), purpose="投影仪", source="t", on=NOW.date(), at=NOW, by=marketer,
        approved_by=given.a_director(),
    )  # fmt: skip

    with pytest.raises(RuleViolation) as late:
        decided(move)
    # Not the line that has nothing to give, but the one that needs it.
    for refused, amount in ((early, "301"), (late, "200")):
        assert f"line={transport.pk}&amount={amount}" in refused.value.remedy.url
    move.refresh_from_db()
    assert (move.state, Entry.objects.filter(kind="transfer").count()) == ("pending", 0)

    decided(move, RequestState.RETURNED, note="余额不足")
    acts.edit_request(move, version=move.version, by=marketer, amount=D(150))
    acts.hand_in(move, by=marketer, at=NOW)
    decided(move)

    transport.refresh_from_db()
    contingency.refresh_from_db()
    assert (transport.allowed_amount, contingency.balance.left) == (D(2150), D(0))
    assert move.out_entry.amount == move.in_entry.amount == D(150)


# -- pages ----------------------------------------------------------------------------------------
def test_the_refusal_leads_to_a_report_that_is_filled_in(transport, sign_in):
    client = sign_in(given.a_rep())

    page = client.get(
        reverse("budget:supplement_new"),
        {"line": transport.pk, "amount": "150.50", "source": "nothing.known:1", "for": "往返出租车"},
    ).content.decode()

    assert 'value="150.50"' in page
    assert f'<option value="{transport.pk}" selected>' in page
    assert "往返出租车" in page


def test_a_rep_hands_in_and_the_director_approves_from_the_card(transport, sign_in):
    rep, director = given.a_rep(), given.a_director()
    client = sign_in(rep)
    client.post(
        reverse("budget:supplement_new"),
        {"line": transport.pk, "amount": "1,200", "needed_on": "2012-07-15", "reason": "7月拜访增加"},
    )
    report = Supplement.objects.get()
    assert (report.state, report.amount) == ("pending", D(1200))

    client = sign_in(director)
    cards = client.get(reverse("dashboard:approvals")).content.decode()
    answer = client.post(reverse("budget:supplement_decide", args=[report.pk]), {"decision": "approve"})

    assert "7月拜访增加" in cards
    assert "¥3,200.00" in cards  # what is left after
    assert answer.status_code == 302
    report.refresh_from_db()
    assert report.state == "approved"


def test_a_reason_chip_is_enough_to_return_it(transport, sign_in):
    report = a_supplement(transport)
    acts.hand_in(report, by=report.requested_by, at=NOW)

    sign_in(given.a_director()).post(
        reverse("budget:supplement_decide", args=[report.pk]), {"decision": "return", "reason": "金额偏高"}
    )

    report.refresh_from_db()
    assert (report.state, report.decision_note) == ("returned", "金额偏高")


@pytest.mark.parametrize("name", ["supplement", "supplement_edit", "supplement_pdf"])
def test_another_reps_report_is_not_there(transport, sign_in, name):
    report = a_supplement(transport, by=given.a_rep())

    assert sign_in(given.a_rep()).get(reverse(f"budget:{name}", args=[report.pk])).status_code == 404


def test_who_may_not(transport, sign_in):
    report = a_supplement(transport)

    assert sign_in(given.a_person(Role.SYSADMIN)).get(report.get_absolute_url()).status_code == 403
    finance = sign_in(given.a_person(Role.FINANCE))
    assert finance.post(reverse("budget:supplement_decide", args=[report.pk])).status_code == 403
    assert finance.get(reverse("budget:supplement_edit", args=[report.pk])).status_code == 403
    assert finance.post(reverse("budget:supplement_withdraw", args=[report.pk])).status_code == 403


def test_lists_papers_and_the_balance_beside_the_form(budget, transport, sign_in):
    marketer = given.a_marketer()
    report = a_supplement(transport, by=marketer)
    move = acts.draft_transfer(
        transport, budget.lines.get(category="contingency"), amount=D(5), reason="调剂", by=marketer, at=NOW
    )
    client = sign_in(marketer)

    for name in ("supplements", "transfers"):
        assert client.get(reverse(f"budget:{name}")).status_code == 200
        assert client.get(reverse(f"budget:{name}"), {"export": "xlsx"}).status_code == 200
    for row in (report, move):
        assert client.get(row.get_absolute_url()).status_code == 200
        paper = client.get(reverse(f"budget:{row._meta.model_name}_pdf", args=[row.pk]))
        assert paper.content.startswith(b"%PDF")
    shown = client.get(
        reverse("budget:preview"), {"act": "booking", "line": transport.pk, "amount": "2,300"}
    ).content.decode()
    assert "¥300.00" in shown


@pytest.mark.parametrize("rows", [1, 4])
def test_the_list_asks_the_database_the_same_however_many(
    transport, sign_in, rows, django_assert_max_num_queries
):
    for _n in range(rows):
        a_supplement(transport)
    client = sign_in(given.a_marketer())

    with django_assert_max_num_queries(12):
        client.get(reverse("budget:supplements"))
    assert Transfer.objects.count() == 0
