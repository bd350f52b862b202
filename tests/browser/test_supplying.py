"""Money, materials and vehicles from end to end, as their users do it: by the screen's own links, on their own devices."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db.models import Sum
from django.utils import timezone
from openpyxl import load_workbook

from budget.choices import EntryKind
from budget.models import BudgetLine, Entry, ExpenseClaim, Supplement
from keyaccounts.common.invariants import verdicts
from materials.models import Requisition
from tests import given
from tests.dashboard.test_workbook import Computed, row_named
from visits.models import TravelClaim, VehicleRequest, Visit

from .conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


@pytest.fixture(autouse=True)
def _nothing_is_broken_afterwards():
    yield
    assert [text for verdict in verdicts() for text in verdict.violations] == []


@pytest.fixture
def receipt(tmp_path):
    file = tmp_path / "发票.pdf"
    file.write_bytes(b"%PDF-1.4 receipt %%EOF")
    return file


def a_visit_in(days: int, **more) -> Visit:
    """A visit of that many days from now, at 10:00, which the rep has agreed."""
    rep = given.a_rep(name="周晓棠")
    day = timezone.localtime() + timedelta(days=days)
    organisation = given.an_organisation(owner=rep, name="北京第一热电厂", address="景和区热电路1号")
    return given.a_visit(
        organisation, planned_at=day.replace(hour=10, minute=0, second=0, microsecond=0), **more
    )


def press(page, selector: str) -> None:
    """Press a button that is answered by a page which says that it is done."""
    page.click(selector)
    page.wait_for_selector(".alert-success")


def open_notice(page, words: str) -> None:
    page.goto("/notices/")
    page.click(f"main a:has-text('{words}')")


def fits(page) -> bool:
    return not page.evaluate("document.scrollingElement.scrollWidth > innerWidth")


def test_materials_are_asked_for_issued_in_parts_and_confirmed_on_phones(signed_in):
    visit, marketer = a_visit_in(1, materials={"项目折页": 40, "茶具": 2}), given.a_marketer(name="林茂")
    leaflets, tea = given.a_material(name="项目折页", on_hand=60), given.a_material(name="茶具", on_hand=5)
    rep = signed_in(visit.owner, PHONE)
    store = signed_in(marketer, PHONE)

    rep.goto(visit.get_absolute_url())
    rep.click(f"main a[href='/visits/{visit.pk}/materials/']")
    rep.fill("li:has(label:has-text('项目折页')) input", "50")
    assert rep.input_value("li:has(label:has-text('茶具')) input") == "2"
    press(rep, "[data-submit]")
    asked = Requisition.objects.get()

    for part in (30, 20):
        store.goto("/")
        store.click(f"main .supply-job h2 a:has-text('{asked.purpose}')")
        assert fits(store)
        store.fill("form[action$='/issue/'] input[aria-label='项目折页']", str(part))
        press(store, "form[action$='/issue/'] button.btn-primary")
        open_notice(rep, f"项目折页 {part}")
        assert fits(rep)
        press(rep, "form[action$='/confirm/'] button.btn-primary")

    asked.refresh_from_db()
    leaflets.refresh_from_db()
    tea.refresh_from_db()
    assert asked.state == "fulfilled"
    assert [handover.confirmed_by for handover in asked.handovers.all()] == [visit.owner] * 2
    assert (leaflets.on_hand, leaflets.reserved, tea.on_hand, tea.reserved) == (10, 0, 3, 0)
    assert "已落实" in rep.inner_text("main")


def write_a_claim(page, line: BudgetLine, amount: str, receipt) -> ExpenseClaim:
    page.goto("/budget/claims/")
    page.click("main a[href='/budget/claims/new/']:visible")
    page.fill("input[name=claimed_amount]", amount)
    page.fill("input[name=spent_on]", timezone.localdate().isoformat())
    page.select_option("select[name=line]", str(line.pk))
    page.fill("input[name=purpose]", "说明会投影仪租用")
    page.set_input_files("input[name=receipts]", receipt)
    press(page, "[data-submit]")
    return ExpenseClaim.objects.get()


def approve_the_card(page, code: str) -> None:
    """The director's home or the approvals page on a phone: one tap."""
    page.goto("/approvals/")
    assert fits(page)
    press(page, f"article.approval:has-text('{code}') button[value=approve]")


def test_a_claim_over_the_line_goes_on_by_a_supplement_until_it_is_paid(signed_in, receipt):
    line = given.a_line("1000.00")
    person, director, marketer = given.a_rep(name="周晓棠"), given.a_director(), given.a_marketer()
    rep = signed_in(person, PHONE)
    claim = write_a_claim(rep, line, "1260.50", receipt)
    rep.click("#hand-in button.btn-primary")
    rep.wait_for_selector(".alert-danger")
    assert "260.50" in rep.inner_text(".alert-danger")
    claim.refresh_from_db()
    assert claim.state == "draft"

    rep.click("a.remedy[href*='/budget/supplements/new/']")
    assert rep.input_value("input[name=amount]") == "260.50"
    assert rep.input_value("select[name=line]") == str(line.pk)
    assert claim.code in rep.input_value("textarea[name=reason]")
    press(rep, "[data-submit]")
    report = Supplement.objects.get()
    if report.state == "draft":
        press(rep, "form[action$='/hand-in/'] button")
    boss = signed_in(director, PHONE)
    approve_the_card(boss, report.code)

    open_notice(rep, report.code)  # leads on to what waited for the money
    rep.wait_for_url(f"**/budget/claims/{claim.pk}/")
    press(rep, "#hand-in button.btn-primary")
    approve_the_card(boss, claim.code)
    payer = signed_in(marketer, DESK)
    payer.goto("/budget/claims/")
    payer.click(f"main a:has-text('{claim.code}')")
    press(payer, "form[action$='/pay/'] button.btn-primary")

    claim.refresh_from_db()
    line.refresh_from_db()
    assert (claim.state, line.allowed_amount, line.spent_amount) == ("fulfilled", D("1260.50"), D("1260.50"))
    payer.goto(f"/budget/{line.budget_id}/ledger/")
    row = payer.inner_text(f"main tr:has-text('{claim.code}'):has-text('支出')")
    assert "1,260.50" in row
    open_notice(rep, f"{claim.code}")
    assert "1,260.50" in rep.inner_text("main")


def test_the_workbook_adds_up_to_the_ledger_to_the_fen(signed_in):
    budget = given.a_budget(ad="15000", transport="2000.05")
    director, marketer = given.a_director(name="梁静远"), given.a_marketer()
    given.a_material(campaign=budget.campaign, on_hand=5)
    page = signed_in(marketer, DESK)
    for line, amount in zip(budget.lines.order_by("position"), ("4000.10", "86.35"), strict=True):
        page.goto(f"/budget/lines/{line.pk}/")
        page.click("main a[href*='/budget/book/']")
        page.fill("input[name=amount]", amount)
        page.fill("[name=purpose]", "往返")
        page.select_option("select[name=approved_by]", str(director.pk))
        press(page, "[data-submit]")

    page.click("button.person")
    page.click("a[href='/workbook/']:visible")
    with page.expect_download() as download:
        page.click("main form button.btn-primary")
    with open(download.value.path(), "rb") as file:
        book = load_workbook(io.BytesIO(file.read()))

    compute, sheet = Computed(book), book["预算执行"]
    total = row_named(sheet, "合计")
    ledger = Entry.objects.aggregate(allowed=Sum("allowed_change"), spent=Sum("spent_change"))
    assert ledger["spent"] == D("4086.45")
    assert Entry.objects.filter(kind=EntryKind.SPEND).count() == 2
    assert [compute("预算执行", f"{column}{total}") for column in "CFHIK"] == [
        D("17000.05"), ledger["allowed"], ledger["spent"], ledger["allowed"] - ledger["spent"], ledger["spent"],
    ]  # fmt: skip
    assert compute("预算执行", f"K{total + 2}") == 0
    for line in budget.lines.all():
        row = row_named(sheet, line.name)
        assert compute("预算执行", f"H{row}") == compute("预算执行", f"K{row}") == line.spent_amount


def test_without_a_vehicle_the_rep_is_told_and_claims_the_journey(signed_in, receipt):
    visit, line = a_visit_in(3), given.a_line("2000")
    marketer = given.a_marketer()
    given.a_vehicle()
    rep = signed_in(visit.owner, PHONE)
    rep.goto(visit.get_absolute_url())
    rep.click(f"main a[href='/visits/{visit.pk}/vehicle/']")
    assert rep.input_value("input[name=to_place]") == "景和区热电路1号"
    press(rep, "[data-submit]")
    trip = VehicleRequest.objects.get()

    store = signed_in(marketer, PHONE)
    store.goto("/")
    store.click(f"main a[href*='/visits/vehicles/{trip.pk}/']")
    store.wait_for_selector("#refuse")
    assert fits(store)
    store.click("#refuse label.chip >> nth=0")
    store.fill("#refuse input[name=note]", "当天送检")
    press(store, "#refuse button[type=submit], #refuse button.btn:not(.btn-icon)")

    # The day of the visit has come.
    Visit.objects.filter(pk=visit.pk).update(planned_at=visit.planned_at - timedelta(days=3))
    open_notice(rep, "用车")
    assert rep.is_checked(f"input[name=visits][value='{visit.pk}']")
    rep.click("label.chip:has(input[name=mode]) >> nth=0")
    rep.fill("input[name=claimed_amount]", "45.50")
    rep.set_input_files("input[name=receipts]", receipt)
    press(rep, "[data-submit]")
    press(rep, "#hand-in button.btn-primary")

    travel = TravelClaim.objects.get()
    trip.refresh_from_db()
    assert (trip.state, travel.claim.state, travel.claim.claimed_amount) == (
        "rejected",
        "pending",
        D("45.50"),
    )
    assert (travel.claim.line, list(travel.visits.all())) == (line, [visit])
