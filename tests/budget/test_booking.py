"""Booking by hand and what may follow an entry: pay, release, money back, reverse (R91, R93)."""

import uuid
from decimal import Decimal as D

import pytest
from django.urls import reverse

from budget.actions import booking
from budget.actions import requests as requests_acts
from budget.actions.ledger import commit
from budget.models import Entry
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


@pytest.fixture
def line():
    return given.a_line()


def a_booking(line, amount="100", kind="spend", **more):
    values = {
        "kind": kind, "purpose": "投影仪租用", "approved_by": given.a_director(), "key": uuid.uuid4(),
        "on": NOW.date(), "at": NOW, "by": given.a_marketer(),
    }  # fmt: skip
    return booking.book(line, D(amount), **{**values, **more})


def left(line):
    line.refresh_from_db()
    return line.balance.left


def test_one_form_books_once(line):
    key = uuid.uuid4()
    a_booking(line, key=key)

    with pytest.raises(RuleViolation, match="已经记过"):
        a_booking(line, key=key)

    assert left(line) == D(1900)


def test_nobody_books_what_they_approved_or_what_is_to_come(line):
    marketer = given.a_marketer()
    with pytest.raises(RuleViolation, match="批准人"):
        a_booking(line, approved_by=marketer, by=marketer)
    with pytest.raises(RuleViolation, match="今天"):
        a_booking(line, on=given.at(2012, 7, 11).date())

    assert left(line) == D(2000)


def test_a_commitment_is_paid_with_less_or_released_with_a_reason(line):
    first, second = a_booking(line, kind="commit"), a_booking(line, kind="commit")
    booking.pay(first, D(80), on=NOW.date(), at=NOW, by=given.a_marketer())
    with pytest.raises(RuleViolation):
        booking.release(second, reason=" ", on=NOW.date(), at=NOW, by=given.a_marketer())

    booking.release(second, reason="取消", on=NOW.date(), at=NOW, by=given.a_marketer())

    assert left(line) == D(1920)


def test_what_a_record_committed_is_settled_there(line):
    marketer = given.a_marketer()
    owner = requests_acts.draft_supplement(
        line, amount=D(1), reason="x", needed_on=NOW.date(), by=marketer, at=NOW
    )
    promised = commit(
        line,
        D(50),
        purpose="x",
        source=f"budget.supplement:{owner.pk}:commit",
        on=NOW.date(),
        at=NOW,
        by=marketer,
    )

    with pytest.raises(RuleViolation, match=owner.code) as refused:
        booking.pay(promised, D(50), on=NOW.date(), at=NOW, by=marketer)

    assert refused.value.remedy.url == owner.get_absolute_url()


def test_the_form_books_and_the_refusal_offers_the_supplement(line, sign_in):
    director = given.a_director()
    client = sign_in(given.a_person(Role.FINANCE))
    form = {
        "kind": "spend", "line": line.pk, "amount": "1,950.00", "on": "2012-07-10", "purpose": "投影仪租用",
        "approved_by": director.pk, "submission_key": str(uuid.uuid4()),
    }  # fmt: skip

    first = client.post(reverse("budget:book"), form)
    again = client.post(reverse("budget:book"), form)
    refused = client.post(reverse("budget:book"), {**form, "submission_key": str(uuid.uuid4())})

    entry = Entry.objects.get(kind="spend")
    assert (first.status_code, first.url, again.url) == (
        302,
        entry.get_absolute_url(),
        entry.get_absolute_url(),
    )
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "1,900.00" in page
    assert "amount=1900.00" in page
    assert "申请补充费用" in page


def test_what_may_follow_an_entry_and_what_followed_it(line, sign_in):
    entry = a_booking(line)
    client = sign_in(given.a_marketer())

    page = client.get(entry.get_absolute_url()).content.decode()
    assert reverse("budget:entry_act", args=[entry.pk, "reverse"]) in page
    assert client.get(reverse("budget:entry_act", args=[entry.pk, "refund"])).status_code == 200
    client.post(
        reverse("budget:entry_act", args=[entry.pk, "refund"]),
        {"amount": "30", "on": "2012-07-10", "reason": "退押金"},
    )
    assert left(line) == D(1930)
    refused = client.post(reverse("budget:entry_act", args=[entry.pk, "reverse"]), {"reason": "记错"})

    assert refused.status_code == 422
    back = Entry.objects.get(kind="refund")
    client.post(reverse("budget:entry_act", args=[back.pk, "reverse"]), {"reason": "记错"})
    client.post(reverse("budget:entry_act", args=[entry.pk, "reverse"]), {"reason": "记错"})
    assert left(line) == D(2000)
    done = client.get(entry.get_absolute_url()).content.decode()
    assert reverse("budget:entry_act", args=[entry.pk, "reverse"]) not in done
    assert "退押金" in done


def test_a_commitment_is_paid_from_the_page(line, sign_in):
    entry = a_booking(line, kind="commit", amount="500")
    client = sign_in(given.a_person(Role.FINANCE))
    listed = client.get(reverse("budget:commitments", args=[line.budget_id]))

    client.post(
        reverse("budget:entry_act", args=[entry.pk, "pay"]),
        {"amount": "468", "on": "2012-07-10", "document": "发票 0123"},
    )

    paid = Entry.objects.get(kind="spend")
    assert "投影仪租用" in listed.content.decode()
    assert (paid.about, paid.amount, paid.document, paid.approved_by) == (
        entry, D(468), "发票 0123", entry.approved_by,
    )  # fmt: skip
    assert left(line) == D(1532)


def test_who_may_not(line, sign_in):
    entry = a_booking(line)

    assert sign_in(given.a_director()).get(reverse("budget:book")).status_code == 403
    assert (
        sign_in(given.a_director()).get(reverse("budget:entry_act", args=[entry.pk, "reverse"])).status_code
        == 403
    )
    assert sign_in(given.a_director()).get(entry.get_absolute_url()).status_code == 200
    assert sign_in(given.a_rep()).get(entry.get_absolute_url()).status_code == 403
    assert sign_in(given.a_marketer()).get(reverse("budget:entry", args=[0])).status_code == 404
