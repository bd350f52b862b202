"""The main job from end to end, as its users do it: from a workbook to the two-column report."""

from __future__ import annotations

import io

import pypdf
import pytest
from openpyxl import Workbook

from accounts.models import KeyContact, Organisation
from tests import given
from visits.models import Visit

from .conftest import DESK, PHONE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def a_workbook(path):
    book = Workbook()
    book.active.append(["单位名称", "单位类型", "所属区", "在职人数", "联系人", "职务", "手机"])
    book.active.append(
        ["北京第一热电厂", "大型厂矿", "朝阳区", "1,250人", "贾维舟", "工会主席", "19900001001"]
    )
    book.active.append(["北京清槐实验中学", "学校", "海淀区", 268, "田雅筠", "工会主席", "19900001006"])
    book.save(path)
    return path


def find(page, text: str, name: str) -> None:
    """Type into the search of the frame and open what it finds."""
    page.goto("/")
    page.fill("input[data-search]", text)
    page.press("input[data-search]", "Enter")
    page.click(f"main a:has-text('{name}')")
    page.wait_for_selector(f"h1:has-text('{name}')")


def visit_and_report(page, *, staff: str, gift: str) -> Visit:
    """From the organisation's page: plan a visit for today, check in, finish and hand in the report."""
    page.click("main a.btn-primary[href*='/visits/plan/?organisation=']")
    page.click("button[data-days='0']")
    page.click("label.chip:has-text('贾维舟')")
    page.check("input[name=is_confirmed]")
    page.click("[data-submit]")
    page.wait_for_url("**/visits/*/")
    page.click("form[action$='/check-in/'] button")
    page.click("form[action$='/finish/'] button")
    page.wait_for_url("**/report/")
    for summary in page.query_selector_all("#report-form details:not([open]) > summary"):
        summary.click()
    page.fill("#report-form input[name=staff_count]", staff)
    page.fill("#report-form textarea[name=gift_demand_text]", gift)
    page.click("#report-form label.chip:has(input[name=outcome][value=met_key])")
    if not page.is_checked("#report-form label.chip:has-text('贾维舟') input"):
        page.click("#report-form label.chip:has-text('贾维舟')")
    for question in ("intention", "intention_after"):
        page.click(f"#report-form label.chip:has(input[name={question}][value=A])")
    page.fill("#report-form input[name=next_step]", "送样并报价")
    page.click("button[form=report-form][data-submit]")
    page.wait_for_selector(".alert-success, [data-error-summary]")
    refusal = page.query_selector("[data-error-summary]")
    assert refusal is None, refusal.inner_text()
    return Visit.objects.order_by("-pk").first()


def test_from_the_workbook_to_the_two_column_report(signed_in, tmp_path):
    rep, director = given.a_rep(name="周晓棠"), given.a_director(name="梁静远")
    desk = signed_in(rep, DESK)
    desk.goto("/organisations/")
    desk.click("header button.dropdown-toggle:has-text('新建')")
    desk.click("a[href='/organisations/imports/']:visible")
    desk.set_input_files("input[type=file]", a_workbook(tmp_path / "名录.xlsx"))
    desk.click("[data-submit]")
    desk.click("form[action$='/write/'] button")
    desk.wait_for_selector(".alert-success")

    phone = signed_in(rep, PHONE)
    find(phone, "dyrdc", "北京第一热电厂")
    organisation = Organisation.objects.get(name="北京第一热电厂")
    first = visit_and_report(phone, staff="１２８０", gift="高温慰问用小米")

    reader = signed_in(director, DESK)
    reader.click("a[href='/visits/reports/to-review/']:visible")
    reader.click("main a:has-text('北京第一热电厂')")
    reader.click("form[action$='/report/review/'] button.btn-primary")
    reader.wait_for_selector(".alert-success")
    first.refresh_from_db()
    assert (first.state, first.number) == ("reviewed", 1)

    find(phone, "dyrdc", "北京第一热电厂")
    visit_and_report(phone, staff="1300", gift="中秋福利按人头发")

    organisation.refresh_from_db()
    assert (organisation.staff_count, organisation.visits_made) == (1300, 2)
    assert KeyContact.objects.get().contact.name == "贾维舟"
    printed = phone.request.get(phone.get_attribute("main a[href$='/report.pdf']", "href"))
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed.body())).pages)
    for said in ("第一次拜访", "第二次拜访", "高温慰问用小米", "中秋福利按人头发"):
        assert said in text


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_main_pages_fit_and_the_browser_has_nothing_to_say(signed_in, size):
    rep, director = given.a_rep(), given.a_director()
    organisation = given.an_organisation(owner=rep, name="北京" + "很长的名字" * 7 + "有限公司")
    given.a_contact(organisation)
    visit = given.a_visit(organisation)
    own = ["/", "/organisations/", f"/organisations/{organisation.pk}/", "/organisations/new/", "/visits/",
           f"/visits/{visit.pk}/", "/visits/calls/", "/visits/week/", "/visits/plan/", "/notices/", "/people/me/",
           "/organisations/ranking/"]  # fmt: skip
    whole = [
        "/",
        "/approvals/",
        "/organisations/news/",
        "/visits/reports/to-review/",
        "/audit/",
        "/campaigns/",
    ]
    too_wide = []

    for person, pages in ((rep, own), (director, whole)):
        page = signed_in(person, size)
        for address in pages:
            answer = page.goto(address)
            page.wait_for_load_state("networkidle")
            assert answer is not None
            assert answer.status == 200, address
            if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                too_wide.append(address)

    assert too_wide == []


def test_the_list_one_is_on_is_in_sight_on_a_phone(signed_in):
    """The row of lists is cut off at 390 pixels, and all visits is the last of them."""
    page = signed_in(given.a_rep(), PHONE)
    page.goto("/visits/?all=1")
    page.wait_for_load_state("networkidle")
    here = page.locator(".tabs [aria-current]").bounding_box()
    assert here is not None
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= PHONE["width"]


def test_a_half_written_form_survives_an_expired_sign_in(signed_in):
    rep = given.a_rep()
    page = signed_in(rep, PHONE)
    page.goto("/organisations/new/")
    page.fill("input[name=name]", "北京第九热电厂")
    page.wait_for_timeout(700)

    page.context.clear_cookies()
    page.goto("/organisations/new/")
    page.wait_for_selector("[data-sign-in]")
    sign_in(page, rep)
    page.goto("/organisations/new/")
    page.click("[data-draft-restore]")

    assert page.input_value("input[name=name]") == "北京第九热电厂"
