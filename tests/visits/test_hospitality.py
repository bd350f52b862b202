"""公关招待: asked for before, reported after, then paid (R87)."""

import io
from datetime import timedelta
from decimal import Decimal as D

import pypdf
import pytest
import time_machine
from django.urls import reverse

from budget.actions.claims import withdraw_claim
from budget.actions.decisions import approve_claim, approve_difference, return_claim
from budget.actions.payments import pay_claim
from budget.choices import LimitAction
from budget.models import BudgetLine
from budget.receipts import ReceiptFile
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given
from visits.actions.hospitality import ask_for_guests, change_guests, report_guests, submit_guests
from visits.actions.trip_reminders import remind_guests
from visits.models import Hospitality, HospitalityRule

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 5, 9)
NOON = given.at(2012, 7, 6, 12)
EVENING = given.at(2012, 7, 6, 20)
INVOICE = ReceiptFile(b"pdf", "e" * 64, "发票.pdf", ".pdf")
FACTS = {
    "guests": "工会主席武岚等", "guest_count": 6, "host_count": 2, "starts_at": NOON,
    "place": "晋风楼", "content": "签约午餐", "over_cap_reason": "",
}  # fmt: skip


@pytest.fixture
def line():
    return given.a_budget(hospitality="5000").lines.get()


def asked(line, *, estimate="800", organisation=None, **facts):
    organisation = organisation or given.an_organisation()
    return ask_for_guests(
        organisation, line=line, estimate=D(estimate), by=organisation.owner, at=NOW, facts={**FACTS, **facts}
    )


def agreed(line, **more):
    guests = asked(line, **more)
    submit_guests(guests, by=guests.claim.requested_by, at=NOW)
    approve_claim(guests.claim, by=given.a_director(), on=NOW.date(), at=NOW)
    return guests


def reported(guests, actual="668", **more):
    values = {"result": "合同签订", "document": "发票0706", "receipts": [INVOICE], "at": EVENING}
    return report_guests(guests, actual=D(actual), by=guests.claim.requested_by, **{**values, **more})


def balance(line):
    return BudgetLine.objects.get(pk=line.pk).balance


def test_from_the_request_to_the_payment(line):
    guests = agreed(line)
    assert balance(line).committed == D(800)
    with pytest.raises(RuleViolation):
        pay_claim(guests.claim, by=given.a_marketer(), on=NOON.date(), at=EVENING)

    guests = reported(guests)
    pay_claim(guests.claim, by=given.a_marketer(), on=NOON.date(), at=EVENING)

    assert (balance(line).spent, balance(line).committed) == (D(668), D(0))
    assert (guests.result, guests.claim.document) == ("合同签订", "发票0706")


def test_more_than_approved_is_decided_anew(line):
    guests = agreed(line)
    with pytest.raises(RuleViolation) as refused:
        reported(guests, "880")
    assert refused.value.field == "reason"
    guests = reported(guests, "880", reason="多来两位")
    assert guests.claim.has_grown

    approve_difference(guests.claim, by=given.a_director(), on=NOON.date(), at=EVENING)

    assert balance(line).committed == D(880)


def test_before_they_come_and_not_after(line):
    guests = asked(line)
    given.a_director()
    with pytest.raises(RuleViolation) as refused:
        submit_guests(guests, by=guests.claim.requested_by, at=NOON)
    assert refused.value.field == "starts_at"
    submit_guests(guests, by=guests.claim.requested_by, at=NOW)
    approve_claim(guests.claim, by=given.a_director(), on=NOW.date(), at=NOW)

    with pytest.raises(RuleViolation):
        reported(guests, at=NOW)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"result": " "}, "result"), ({"receipts": []}, "receipts"), ({"actual": "0"}, "actual_amount")],
)
def test_a_report_says_what_came_of_it_with_the_invoice(line, more, field):
    guests = agreed(line)

    with pytest.raises(RuleViolation) as refused:
        reported(guests, **more)

    guests.refresh_from_db()
    assert (refused.value.field, guests.reported_at, guests.claim.actual_amount) == (field, None, None)


def test_only_whoever_asked_reports_on_what_was_approved(line):
    guests = asked(line)
    with pytest.raises(RuleViolation):
        reported(guests)
    with pytest.raises(RuleViolation):
        report_guests(guests, actual=D(1), result="好", document="", by=given.a_rep(), at=EVENING)


def test_so_much_a_head(line):
    HospitalityRule.objects.update_or_create(pk=1, defaults={"cap_per_head": D(80)})
    with pytest.raises(RuleViolation) as refused:
        asked(line)
    assert refused.value.field == "over_cap_reason"
    assert asked(line, estimate="640").claim.claimed_amount == D(640)
    assert asked(line, over_cap_reason="全年合同").over_cap_reason == "全年合同"

    HospitalityRule.objects.update(over_cap=LimitAction.BLOCK)

    with pytest.raises(RuleViolation) as refused:
        asked(line, over_cap_reason="全年合同")
    assert refused.value.field == "estimate"


def test_changed_while_it_is_written(line):
    guests = asked(line)

    change_guests(
        guests, estimate=D(600), by=guests.claim.requested_by, at=NOW, version=guests.claim.version,
        facts={**FACTS, "guest_count": 5},
    )  # fmt: skip

    guests = Hospitality.objects.get()
    assert (guests.guest_count, guests.claim.claimed_amount, guests.heads) == (5, D(600), 7)


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (-3, "接待后须交接待报告：7月6日 周五 12:00起、7月7日 周六 18:00前"),
        (1, "请在7月7日 周六 18:00前提交接待报告"),
        (31, "接待报告应在7月7日 周六 18:00前提交，现已逾期"),
    ],
)
def test_that_a_report_follows_is_said_with_the_approval_and_on_the_page(line, sign_in, hours, says):
    HospitalityRule.objects.update_or_create(pk=1, defaults={"report_within_hours": 30})
    guests = asked(line)
    client, page = sign_in(guests.claim.requested_by), reverse("visits:guests", args=[guests.claim_id])
    submit_guests(guests, by=guests.claim.requested_by, at=NOW)
    with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
        assert "接待报告：" not in client.get(page).text

        approve_claim(guests.claim, by=given.a_director(), on=NOW.date(), at=NOW, note="注意节俭")

        notice = Notice.objects.get(kind=NoticeKind.DECISION)
        assert notice.body == "注意节俭 · 接待后请在7月7日 18:00前提交接待报告及发票。"
        assert says in client.get(page).text
        reported(guests)
        assert says not in client.get(page).text


def test_a_request_that_is_returned_is_told_of_no_report(line):
    guests = asked(line)
    submit_guests(guests, by=guests.claim.requested_by, at=NOW)

    return_claim(guests.claim, note="人数太多", by=given.a_director(), at=NOW)

    assert Notice.objects.get(kind=NoticeKind.DECISION).body == "人数太多"


def test_called_off_the_money_goes_back(line):
    guests = agreed(line)

    withdraw_claim(guests.claim, by=guests.claim.requested_by, on=NOW.date(), at=NOW)

    assert (guests.claim.state, balance(line).left) == (RequestState.WITHDRAWN, D(5000))


def test_public_sector_is_marked(line):
    assert asked(line, organisation=given.an_organisation(type="gov_organ")).is_public_sector
    assert not asked(line, organisation=given.an_organisation(type="chamber")).is_public_sector
    assert not asked(
        line, organisation=given.an_organisation(type="bank", public_sector=False)
    ).is_public_sector


def test_a_missing_report_reminds_once(line):
    guests = agreed(line)

    found = [remind_guests(at=NOON + timedelta(hours=hours)) for hours in (23, 24, 48)]

    assert found == [0, 1, 0]
    assert Notice.objects.get(kind=NoticeKind.REPORT_DUE).recipient == guests.claim.requested_by
    reported(guests)
    assert not Notice.objects.filter(kind=NoticeKind.REPORT_DUE, read_at=None).exists()
    Notice.objects.all().delete()
    assert remind_guests(at=NOON + timedelta(hours=72)) == 0


def test_its_paper_keeps_what_was_asked_and_decided_beside_what_came_of_it(line, sign_in):
    guests = reported(agreed(line))
    pay_claim(guests.claim, by=given.a_marketer(), on=NOON.date(), at=EVENING)

    paper = sign_in(guests.claim.requested_by).get(reverse("visits:guests_pdf", args=[guests.claim_id]))

    words = pypdf.PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    assert ("¥800.00" in words, "¥100.00" in words, "¥668.00" in words) == (True, True, True)
    assert ("已批准" in words, "已付款" in words) == (True, False)
