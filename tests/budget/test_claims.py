"""报销: written, handed in, decided, paid – and what each step refuses (R72, R87)."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from budget.actions.claims import edit_claim, submit_claim, withdraw_claim, write_claim
from budget.actions.decisions import approve_claim, approve_difference, reject_claim, return_claim
from budget.actions.ledger import supplement
from budget.actions.payments import pay_claim, settle_claim
from budget.actions.receipts import add_receipts, remove_receipt
from budget.actions.reminders import remind_unpaid
from budget.choices import ClaimKind
from budget.errors import OverBudget
from budget.models import BudgetLine, ClaimRule, Entry, Estimate, ExpenseClaim
from budget.receipts import ReceiptFile
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice, NoticeKind
from keyaccounts.people.models import User
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 10)
ON = NOW.date()


def director():
    return User.objects.with_role(Role.DIRECTOR).order_by("pk").last()


def balance(claim):
    return BudgetLine.objects.get(pk=claim.line_id).balance


def approved(**more):
    claim = given.a_handed_in_claim(**more)
    return approve_claim(claim, by=director(), on=ON, at=NOW)


def paid(claim, **more):
    return pay_claim(claim, by=given.a_marketer(), on=ON, at=NOW, **more)


def test_a_claim_from_the_draft_to_the_ledger():
    claim = given.a_handed_in_claim(amount="86")
    assert (claim.code, claim.state) == ("BX2012-001", RequestState.PENDING)
    assert Estimate.objects.get().amount == D(86)
    assert Notice.objects.filter(recipient=director(), kind=NoticeKind.APPROVAL).exists()

    approve_claim(claim, by=director(), on=ON, at=NOW)
    assert not Estimate.objects.exists()
    assert (balance(claim).committed, balance(claim).left) == (D(86), D(1914))

    entry = paid(claim, document="发票0012")

    claim.refresh_from_db()
    assert (claim.state, claim.payment, entry.document) == (RequestState.FULFILLED, entry, "发票0012")
    assert (entry.about, entry.approved_by) == (claim.commitment, director())
    assert (balance(claim).committed, balance(claim).spent) == (D(0), D(86))
    assert Notice.objects.filter(recipient=claim.requested_by, kind=NoticeKind.DECISION).count() == 2


def test_less_than_claimed_is_approved_with_a_reason_and_paid():
    claim = given.a_handed_in_claim(amount="100")
    with pytest.raises(RuleViolation) as refused:
        approve_claim(claim, amount=D(80), by=director(), on=ON, at=NOW)
    assert refused.value.field == "note"

    approve_claim(claim, amount=D(80), note="按标准", by=director(), on=ON, at=NOW)

    assert paid(claim).amount == D(80)


def test_never_more_than_claimed_by_any_route():
    claim = given.a_handed_in_claim(amount="100")
    with pytest.raises(RuleViolation, match="100"):
        approve_claim(claim, amount=D("100.01"), by=director(), on=ON, at=NOW)

    claim.refresh_from_db()
    assert (claim.state, Entry.objects.filter(kind="commit").count()) == (RequestState.PENDING, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseClaim.objects.filter(pk=claim.pk).update(approved_amount=D("100.01"))


def test_over_the_line_is_refused_with_the_way_to_the_supplement_report():
    line = given.a_line("50")
    claim = given.a_claim(line=line, amount="80")
    given.a_director()

    with pytest.raises(OverBudget) as refused:
        submit_claim(claim, by=claim.requested_by, at=NOW)

    assert (refused.value.missing, refused.value.source) == (D(30), f"budget.expenseclaim:{claim.pk}")
    assert "supplements/new/?" in refused.value.remedy.url
    supplement(line, D(30), purpose="追加", source="s:1", on=ON, at=NOW, by=given.a_marketer())
    submit_claim(claim, by=claim.requested_by, at=NOW)
    approve_claim(claim, by=director(), on=ON, at=NOW)
    assert balance(claim).left == 0


def test_when_the_money_went_meanwhile_nothing_is_decided():
    line = given.a_line("100")
    first, second = (
        given.a_handed_in_claim(line=line, amount="60"),
        given.a_handed_in_claim(line=line, amount="60"),
    )
    approve_claim(first, by=director(), on=ON, at=NOW)

    with pytest.raises(OverBudget) as refused:
        approve_claim(second, by=director(), on=ON, at=NOW)

    second.refresh_from_db()
    assert (second.state, second.decided_by, refused.value.missing) == (RequestState.PENDING, None, D(20))
    assert Estimate.objects.get().source == f"budget.expenseclaim:{second.pk}"


def test_a_look_alike_needs_a_reason():
    line, rep = given.a_line(), given.a_rep()
    first = given.a_handed_in_claim(line=line, by=rep)
    second = given.a_claim(line=line, by=rep)

    with pytest.raises(RuleViolation, match=first.code) as refused:
        submit_claim(second, by=rep, at=NOW)
    submit_claim(second, by=rep, at=NOW, duplicate_reason="上下午各一次")

    assert refused.value.field == "duplicate_reason"
    assert second.duplicate_reason == "上下午各一次"
    withdraw_claim(first, by=rep, on=ON, at=NOW)
    withdraw_claim(second, by=rep, on=ON, at=NOW)
    submit_claim(given.a_claim(line=line, by=rep), by=rep, at=NOW)


def test_nobody_decides_or_pays_their_own():
    marketer = given.a_person(Role.MARKETING, Role.DIRECTOR)
    given.a_director()
    claim = given.a_handed_in_claim(by=marketer)
    with pytest.raises(RuleViolation):
        approve_claim(claim, by=marketer, on=ON, at=NOW)
    approve_claim(claim, by=director(), on=ON, at=NOW)

    with pytest.raises(RuleViolation):
        pay_claim(claim, by=marketer, on=ON, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseClaim.objects.filter(pk=claim.pk).update(decided_by=marketer)


def test_the_rule_says_who_decides():
    ClaimRule.objects.update_or_create(kind=ClaimKind.OTHER, defaults={"approver_role": Role.FINANCE})
    finance, claimant = given.a_person(Role.FINANCE), given.a_rep()
    claim = given.a_handed_in_claim(by=claimant)

    with pytest.raises(RuleViolation):
        approve_claim(claim, by=given.a_director(), on=ON, at=NOW)

    assert list(ExpenseClaim.objects.to_decide_by(finance)) == [claim]
    assert not ExpenseClaim.objects.to_decide_by(director()).exists()
    assert approve_claim(claim, by=finance, on=ON, at=NOW).state == RequestState.APPROVED


def test_a_receipt_is_needed_unless_the_rule_says_otherwise():
    rep = given.a_rep()
    given.a_director()
    claim = write_claim(
        kind=ClaimKind.OTHER, line=given.a_line(), amount=D(20), spent_on=ON, purpose="打印", by=rep, at=NOW
    )
    with pytest.raises(RuleViolation) as refused:
        submit_claim(claim, by=rep, at=NOW)
    assert refused.value.field == "receipts"

    ClaimRule.objects.update_or_create(kind=ClaimKind.OTHER, defaults={"is_receipt_needed": False})

    assert submit_claim(claim, by=rep, at=NOW).state == RequestState.PENDING


def test_returned_it_is_put_right_and_handed_in_again():
    claim = given.a_handed_in_claim()
    with pytest.raises(RuleViolation) as refused:
        return_claim(claim, note=" ", by=director(), at=NOW)
    assert refused.value.field == "note"
    return_claim(claim, note="金额偏高", by=director(), at=NOW)
    assert not Estimate.objects.exists()

    edit_claim(claim, claimed_amount=D(60), by=claim.requested_by, at=NOW, version=claim.version)
    submit_claim(claim, by=claim.requested_by, at=NOW)

    claim.refresh_from_db()
    assert (claim.state, claim.claimed_amount, Estimate.objects.get().amount) == (
        RequestState.PENDING,
        D(60),
        D(60),
    )


@pytest.mark.parametrize("close", [reject_claim, return_claim])
def test_decided_once(close):
    claim = given.a_handed_in_claim()
    close(claim, note="不需要", by=director(), at=NOW)

    with pytest.raises(RuleViolation):
        approve_claim(claim, by=director(), on=ON, at=NOW)

    assert not Entry.objects.filter(kind="commit").exists()


def test_withdrawn_after_approval_the_money_goes_back():
    claim = approved(amount="300")
    with pytest.raises(RuleViolation):
        withdraw_claim(claim, by=given.a_rep(), on=ON, at=NOW)

    withdraw_claim(claim, by=claim.requested_by, on=ON, at=NOW)

    assert (claim.state, balance(claim).left) == (RequestState.WITHDRAWN, D(2000))
    with pytest.raises(RuleViolation):
        paid(claim)


def test_paid_once_by_those_who_pay():
    claim = approved()
    with pytest.raises(RuleViolation):
        pay_claim(claim, by=given.a_rep(), on=ON, at=NOW)
    paid(claim)

    with pytest.raises(RuleViolation):
        paid(claim)
    with pytest.raises(RuleViolation):
        withdraw_claim(claim, by=claim.requested_by, on=ON, at=NOW)

    assert balance(claim).spent == D(86)


def test_a_stale_edit_and_somebody_elses_hand_are_refused():
    claim = given.a_claim()
    with pytest.raises(StaleEdit):
        edit_claim(claim, purpose="改", by=claim.requested_by, at=NOW, version=claim.version + 1)
    with pytest.raises(RuleViolation):
        edit_claim(claim, purpose="改", by=given.a_rep(), at=NOW)

    submit_claim_by_another = pytest.raises(RuleViolation)
    given.a_director()
    with submit_claim_by_another:
        submit_claim(claim, by=given.a_rep(), at=NOW)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": "0"}, "claimed_amount"),
        ({"amount": "-3"}, "claimed_amount"),
        ({"spent_on": date(2012, 7, 11)}, "spent_on"),
    ],
)
def test_what_cannot_be_written(more, field):
    with pytest.raises(RuleViolation) as refused:
        given.a_claim(**more)

    assert (refused.value.field, ExpenseClaim.objects.count()) == (field, 0)


def test_receipts_are_kept_once_and_stay_when_it_is_decided():
    claim = given.a_claim()
    same = ReceiptFile(b"jpg", "a" * 64, "车票.jpg", ".jpg")

    assert add_receipts(claim, receipts=[same, same], by=claim.requested_by, at=NOW) == 1
    assert add_receipts(claim, receipts=[same], by=claim.requested_by, at=NOW) == 0
    with pytest.raises(RuleViolation):
        add_receipts(claim, receipts=[same], by=given.a_rep(), at=NOW)

    given.a_director()
    submit_claim(claim, by=claim.requested_by, at=NOW)
    with pytest.raises(RuleViolation):
        remove_receipt(claim.receipts.first(), by=claim.requested_by)
    assert claim.receipts.count() == 2


def settled(claim, actual, **more):
    return settle_claim(claim, actual=D(actual), by=claim.requested_by, at=NOW, **more)


def test_what_came_to_more_waits_for_the_difference():
    claim = approved(kind=ClaimKind.HOSPITALITY, amount="500")
    with pytest.raises(RuleViolation, match="接待报告"):
        paid(claim)
    with pytest.raises(RuleViolation) as refused:
        settled(claim, "560")
    assert refused.value.field == "reason"

    settled(claim, "560", reason="多来两位")
    with pytest.raises(RuleViolation):
        paid(claim)
    assert list(ExpenseClaim.objects.to_decide_by(director())) == [claim]
    approve_difference(claim, by=director(), on=ON, at=NOW)

    assert (balance(claim).committed, claim.approved_amount) == (D(560), D(560))
    assert paid(claim).amount == D(560)
    assert balance(claim).left == D(1440)


def test_the_difference_needs_the_line():
    claim = approved(kind=ClaimKind.HOSPITALITY, line=given.a_line("520"), amount="500")
    settled(claim, "560", reason="多来两位")

    with pytest.raises(OverBudget) as refused:
        approve_difference(claim, by=director(), on=ON, at=NOW)

    claim.refresh_from_db()
    assert (refused.value.missing, balance(claim).committed, claim.has_grown) == (D(40), D(500), True)


def test_what_came_to_less_gives_the_rest_back():
    claim = approved(kind=ClaimKind.HOSPITALITY, amount="500")
    settled(claim, "468")

    paid(claim)

    assert (balance(claim).spent, balance(claim).left) == (D(468), D(1532))


def test_unpaid_claims_remind_once():
    approved()
    payer = given.a_marketer()

    early = remind_unpaid(at=given.at(2012, 7, 13, 9))
    first, second = remind_unpaid(at=given.at(2012, 7, 13, 11)), remind_unpaid(at=given.at(2012, 7, 15, 11))

    assert (early, first, second) == (0, 1, 0)
    assert Notice.objects.get(recipient=payer, kind=NoticeKind.BUDGET).title.startswith("尚未付款")
