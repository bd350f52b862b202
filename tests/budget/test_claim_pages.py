"""The pages of claims: written with receipts from the phone, handed in, decided, paid, listed, printed."""

import io
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from budget.actions.decisions import approve_claim
from budget.models import BudgetLine, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.capitals import in_capitals
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 10)
PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"


def photo(name="发票.jpg", *, size=(2400, 1200)):
    held = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "somewhere"
    Image.new("RGB", size, "white").save(held, "JPEG", exif=exif)
    return SimpleUploadedFile(name, held.getvalue(), "image/jpeg")


def posted(line, **more):
    values = {"line": line.pk, "claimed_amount": "128.50", "spent_on": "2012-07-09", "purpose": "投影仪租用"}
    return {**values, **more}


def at(name, claim):
    return reverse(f"budget:{name}", args=[claim.pk])


def director():
    return User.objects.with_role(Role.DIRECTOR).order_by("pk").last()


def test_a_claim_by_phone_from_the_form_to_the_ledger(sign_in):
    line, rep, payer = given.a_line("2000"), given.a_rep(), given.a_marketer()
    client = sign_in(rep)

    answer = client.post(
        reverse("budget:claim_new"), posted(line, receipts=[photo(), SimpleUploadedFile("b.pdf", PDF)])
    )
    claim = ExpenseClaim.objects.get()
    assert (answer.status_code, answer.url) == (302, at("claim", claim))
    page = client.get(answer.url).content.decode()
    assert "提交" in page
    assert "¥128.50" in page
    client.post(at("claim_submit", claim))
    assert "¥1,871.50" in sign_in(director()).get(reverse("dashboard:approvals")).content.decode()
    decided = client.post(at("claim_decide", claim), {"decision": "approve"})
    assert decided.url == reverse("dashboard:approvals")
    client = sign_in(payer)
    assert "付款" in client.get(at("claim", claim)).content.decode()
    client.post(at("claim_pay", claim), {"document": "发票12"})

    claim.refresh_from_db()
    assert (claim.state, claim.payment.document) == (RequestState.FULFILLED, "发票12")
    assert BudgetLine.objects.get(pk=line.pk).spent_amount == D("128.50")


def test_receipts_are_small_and_say_nothing_of_where(sign_in):
    claim = given.a_claim()
    client = sign_in(claim.requested_by)

    client.post(at("claim_receipts", claim), {"receipts": [photo()]})
    row = claim.receipts.order_by("pk").last()
    served = client.get(reverse("budget:receipt", args=[row.pk]))

    with Image.open(io.BytesIO(b"".join(served.streaming_content))) as kept:
        assert (kept.size, dict(kept.getexif())) == ((1600, 800), {})
    assert served["X-Content-Type-Options"] == "nosniff"
    pdf = client.get(reverse("budget:receipt", args=[claim.receipts.order_by("pk").first().pk]))
    assert (pdf["Content-Type"], b"".join(pdf.streaming_content)[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"%PDF-1.4 cut sho"), ("a.pdf", b"MZ not a pdf"), ("a.jpg", b"<html>"), ("a.pdf", b"GIF89a;%PDF-1.4 %%EOF"), ("a.txt", b"")],
)  # fmt: skip
def test_what_is_no_receipt_is_refused_and_nothing_typed_is_lost(sign_in, name, content):
    line = given.a_line()

    answer = sign_in(given.a_rep()).post(
        reverse("budget:claim_new"), posted(line, receipts=[SimpleUploadedFile(name, content)])
    )

    assert (answer.status_code, "receipts" in answer.context["form"].errors) == (422, True)
    assert "投影仪租用" in answer.content.decode()
    assert not ExpenseClaim.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("claimed_amount", "0"),
        ("claimed_amount", "很多"),
        ("spent_on", "2999-01-01"),
        ("line", "999999"),
        ("purpose", ""),
    ],
)
def test_bad_input_stays_on_the_form(sign_in, field, typed):
    answer = sign_in(given.a_rep()).post(
        reverse("budget:claim_new"), {**posted(given.a_line()), field: typed}
    )

    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)


def test_twice_the_same_form_writes_one_claim(sign_in):
    line, client = given.a_line(), sign_in(given.a_rep())
    form = posted(
        line,
        submission_key=str(client.get(reverse("budget:claim_new")).context["form"].initial["submission_key"]),
    )

    client.post(reverse("budget:claim_new"), form)
    client.post(reverse("budget:claim_new"), form)

    assert ExpenseClaim.objects.count() == 1


def test_over_the_line_the_page_offers_the_supplement_report(sign_in):
    claim = given.a_claim(line=given.a_line("50"), amount="80")
    given.a_director()
    client = sign_in(claim.requested_by)

    shown = client.get(at("claim", claim)).content.decode()
    answer = client.post(at("claim_submit", claim), follow=True).content.decode()

    for page in (shown, answer):
        assert "30.00" in page
        assert reverse("budget:supplement_new") in page
    claim.refresh_from_db()
    assert claim.state == RequestState.DRAFT


def test_a_look_alike_is_handed_in_with_a_reason(sign_in):
    line, rep = given.a_line(), given.a_rep()
    first = given.a_handed_in_claim(line=line, by=rep)
    second = given.a_claim(line=line, by=rep)
    client = sign_in(rep)

    assert first.code in client.get(at("claim", second)).content.decode()
    client.post(at("claim_submit", second))
    second.refresh_from_db()
    assert second.state == RequestState.DRAFT
    client.post(at("claim_submit", second), {"duplicate_reason": "上下午各一次"})

    second.refresh_from_db()
    assert second.state == RequestState.PENDING
    assert "上下午各一次" in sign_in(director()).get(reverse("dashboard:approvals")).content.decode()


def test_returned_with_a_chip_edited_and_handed_in_again(sign_in):
    claim = given.a_handed_in_claim()
    sign_in(director()).post(at("claim_decide", claim), {"decision": "return", "reason": "金额偏高"})
    client = sign_in(claim.requested_by)

    assert "金额偏高" in client.get(at("claim", claim)).content.decode()
    claim.refresh_from_db()
    edited = client.post(
        at("claim_edit", claim), posted(claim.line, claimed_amount="60", version=claim.version)
    )
    stale = client.post(
        at("claim_edit", claim), posted(claim.line, claimed_amount="61", version=claim.version)
    )
    client.post(at("claim_submit", claim))

    claim.refresh_from_db()
    assert (edited.status_code, stale.status_code) == (302, 422)
    assert (claim.state, claim.claimed_amount) == (RequestState.PENDING, D(60))


def test_less_is_approved_from_the_page_with_a_reason(sign_in):
    claim = given.a_handed_in_claim(amount="100")
    client = sign_in(director())

    client.post(at("claim_decide", claim), {"decision": "approve", "amount": "80", "back": "claim"})
    claim.refresh_from_db()
    assert claim.state == RequestState.PENDING
    client.post(
        at("claim_decide", claim), {"decision": "approve", "amount": "80", "note": "按标准", "back": "claim"}
    )

    claim.refresh_from_db()
    assert (claim.state, claim.approved_amount) == (RequestState.APPROVED, D(80))


def test_strangers_see_nothing_and_readers_change_nothing(sign_in):
    claim = given.a_claim()
    row = claim.receipts.get()

    stranger = sign_in(given.a_rep())
    for name in ("claim", "claim_edit", "claim_pdf"):
        assert stranger.get(at(name, claim)).status_code == 404
    assert stranger.get(reverse("budget:receipt", args=[row.pk])).status_code == 404
    for name in ("claim_submit", "claim_withdraw", "claim_receipts"):
        assert stranger.post(at(name, claim)).status_code == 404
    assert stranger.post(at("claim_decide", claim)).status_code == 403
    assert stranger.post(at("claim_pay", claim)).status_code == 403

    reader = sign_in(given.a_marketer())
    assert reader.get(at("claim", claim)).status_code == 200
    assert reader.get(at("claim_edit", claim)).status_code == 403
    assert reader.post(at("claim_withdraw", claim)).status_code == 403
    assert reader.post(reverse("budget:receipt_remove", args=[row.pk])).status_code == 403
    assert sign_in(given.a_person(Role.SYSADMIN)).get(at("claim", claim)).status_code == 403


def test_the_list_shows_ones_own_and_readers_all_in_the_same_few_queries(
    sign_in, django_assert_max_num_queries
):
    line, rep = given.a_line(), given.a_rep()
    given.a_claim(line=line, by=rep)
    given.a_claim(line=line, amount="20")
    client = sign_in(rep)
    assert [row.requested_by for row in client.get(reverse("budget:claims")).context["listing"].page] == [rep]

    reader = sign_in(given.a_marketer())
    with django_assert_max_num_queries(12):
        assert len(reader.get(reverse("budget:claims")).context["listing"].page) == 2
    for amount in ("1", "2", "3"):
        given.a_claim(line=line, amount=amount)
    with django_assert_max_num_queries(12):
        assert len(reader.get(reverse("budget:claims")).context["listing"].page) == 5


def test_filtered_and_exported(sign_in):
    claim = given.a_handed_in_claim()
    approve_claim(claim, by=director(), on=NOW.date(), at=NOW)
    given.a_claim(line=claim.line, amount="20", purpose="=cmd()")
    client, url = sign_in(given.a_marketer()), reverse("budget:claims")

    waiting = client.get(url, {"waits": "payment"}).context["listing"].page
    undecided = client.get(url, {"waits": "decision"}).context["listing"].page
    found = (
        client.get(url, {"q": "投影", "kind": "other", "line": claim.line_id, "state": "approved"})
        .context["listing"]
        .page
    )
    sheet = load_workbook(io.BytesIO(b"".join(client.get(url, {"export": "xlsx"}).streaming_content))).active

    assert (waiting, undecided, found) == ([claim], [], [claim])
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert {row[4]: row[6] for row in rows} == {"=cmd()": 20, "说明会投影仪租用": 86}


def test_the_paper_has_the_amount_in_capitals(sign_in):
    claim = given.a_handed_in_claim(amount="1234.56")

    answer = sign_in(claim.requested_by).get(at("claim_pdf", claim))

    assert answer.content.startswith(b"%PDF-")
    assert in_capitals(D("1234.56")) == "壹仟贰佰叁拾肆元伍角陆分"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("18", "壹拾捌元整"), ("100.05", "壹佰元零伍分"), ("1010", "壹仟零壹拾元整"),
        ("10020", "壹万零贰拾元整"), ("24666.00", "贰万肆仟陆佰陆拾陆元整"), ("10000001", "壹仟万零壹元整"),
        ("100000000", "壹亿元整"), ("0.995", "壹元整"),
    ],
)  # fmt: skip
def test_amounts_in_capitals(amount, words):
    assert in_capitals(D(amount)) == words


def test_what_has_no_capitals():
    for amount in ("-0.01", "1000000000000"):
        with pytest.raises(ValueError, match=amount.lstrip("-")):
            in_capitals(D(amount))
