"""The visit report on a phone with a bad connection: nothing typed is lost, nothing is sent twice."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.models import AuditEvent
from keyaccounts.vocabulary.queries import choices
from tests import given
from visits.choices import ReportState
from visits.models import VisitPhoto, VisitReport

from .conftest import PHONE, sign_in_here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


@pytest.fixture
def visit():
    organisation = given.an_organisation(owner=given.a_rep())
    given.a_contact(organisation, name="贾维舟")
    return given.a_visit(organisation)


def write(page, visit) -> None:
    """Open the report and fill in some of everything: numbers, chips, text, a date."""
    page.goto(f"/visits/{visit.pk}/report/")
    unfold(page)
    page.fill("#report-form input[name=staff_count]", "1,280")
    page.fill("#report-form textarea[name=gift_demand_text]", "中秋按人头发")
    page.click("#report-form label.chip:has(input[name=intention][value=A])")
    page.click("#report-form label.chip:has(input[name=outcome][value=met_key])")
    page.click("#report-form label.chip:has-text('贾维舟')")
    page.click("#div_id_next_on button[data-days='3']")
    page.fill("#report-form textarea[name=remark]", "门卫要登记")


def unfold(page) -> None:
    for summary in page.query_selector_all("#report-form details:not([open]) > summary"):
        summary.click()


def written(page) -> tuple[str, str, bool, bool, bool, str]:
    return (
        page.input_value("#report-form input[name=staff_count]"),
        page.input_value("#report-form textarea[name=gift_demand_text]"),
        page.is_checked("#report-form input[name=intention][value=A]"),
        page.is_checked("#report-form input[name=outcome][value=met_key]"),
        page.is_checked("#report-form label.chip:has-text('贾维舟') input"),
        page.input_value("#report-form textarea[name=remark]"),
    )


EVERYTHING = ("1,280", "中秋按人头发", True, True, True, "门卫要登记")
HAND_IN = "button[form=report-form][data-submit]"


def test_an_expired_sign_in_loses_nothing_of_a_report(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    write(page, visit)

    page.context.clear_cookies(name="sessionid")
    page.click(HAND_IN)
    page.wait_for_selector("[data-sign-in]")
    sign_in_here(page, visit.owner)
    restored = written(page)
    page.click(HAND_IN)
    page.wait_for_selector(".alert-success")

    report = VisitReport.objects.get()
    assert restored == EVERYTHING
    assert (report.state, report.staff_count, report.remark) == (ReportState.SUBMITTED, 1280, "门卫要登记")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []


def test_a_photo_sent_too_late_loses_nothing_that_was_written(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    write(page, visit)

    page.context.clear_cookies(name="sessionid")
    page.set_input_files("[data-photos] input[type=file]", a_photo("red"))
    page.wait_for_selector("[data-sign-in]")
    sign_in_here(page, visit.owner)
    signed_in.complaints[:] = [text for text in signed_in.complaints if "401" not in text]

    assert page.url.endswith(f"/visits/{visit.pk}/report/")
    assert written(page) == EVERYTHING


def test_the_words_of_a_decision_wait_for_the_sign_in(signed_in):
    director, claim = given.a_director(), given.a_handed_in_claim()
    page = signed_in(director, PHONE)
    page.goto("/approvals/")
    page.fill("input[name=note]", "请补上发票")

    page.context.clear_cookies(name="sessionid")
    page.click("button[value=return]")
    page.wait_for_selector("[data-sign-in]")
    sign_in_here(page, director)
    kept = page.input_value("input[name=note]")
    page.click("button[value=return]")
    page.wait_for_selector(".alert-success")
    claim.refresh_from_db()

    assert (kept, claim.state, claim.decision_note) == ("请补上发票", RequestState.RETURNED, kept)


def test_without_a_connection_the_report_waits_and_goes_by_itself(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    write(page, visit)

    page.context.set_offline(True)
    page.click(HAND_IN)
    page.wait_for_selector("[data-waits]:visible")
    still_there, nothing_sent = written(page), not VisitReport.objects.exists()
    page.context.set_offline(False)
    page.wait_for_selector(".alert-success")

    assert (still_there, nothing_sent) == (EVERYTHING, True)
    assert VisitReport.objects.get().state == ReportState.SUBMITTED
    assert AuditEvent.objects.filter(action="visits.visitreport.submitted").count() == 1


def test_a_tab_closed_at_once_keeps_the_last_letters(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    write(page, visit)
    page.type("#report-form textarea[name=remark]", "!")
    page.goto("/visits/today/")

    page.goto(f"/visits/{visit.pk}/report/")
    page.click("[data-draft-restore]")

    assert written(page) == (*EVERYTHING[:-1], "门卫要登记!")


def test_a_restored_draft_does_not_overwrite_what_was_saved_since(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    write(page, visit)
    page.goto("/visits/today/")
    VisitReport.objects.create(
        visit=visit, organisation_name=visit.organisation.name, version=1, main_business="同事写的"
    )

    page.goto(f"/visits/{visit.pk}/report/")
    page.click("[data-draft-restore]")
    page.click(HAND_IN)
    page.wait_for_selector("[data-error-summary]")

    assert "同事写的" in page.inner_text("#report-form")
    assert VisitReport.objects.get().state == ReportState.DRAFT


def test_what_is_new_is_marked_while_it_is_typed(signed_in, visit):
    organisation = visit.organisation
    organisation.staff_count, organisation.intention = 1210, "B"
    organisation.save()
    first = given.a_visit(organisation, state="reviewed", number=1)
    VisitReport.objects.create(
        visit=first, organisation_name=organisation.name, state="reviewed", staff_count=1210, intention="B",
        gift_demand=[code for code, _text in reversed(choices("gift_demand")[:3])],
        first_submitted_at=given.at(2012, 7, 1), submitted_at=given.at(2012, 7, 1), submitted_by=visit.owner,
    )  # fmt: skip
    page = signed_in(visit.owner, PHONE)
    page.goto(f"/visits/{visit.pk}/report/")
    folded = page.query_selector_all("#report-form details[data-section]:not([open])")
    unfold(page)
    before = page.locator(".report-field.is-changed").count()

    page.fill("#report-form input[name=staff_count]", "1280")
    page.click("#report-form label.chip:has(input[name=intention][value=A])")
    changed = page.locator(".report-field.is-changed").count()
    page.fill("#report-form input[name=staff_count]", "1210")

    assert len(folded) == 4
    assert (before, changed, page.locator(".report-field.is-changed").count()) == (0, 2, 1)
    assert page.locator(".report-field.is-changed .report-before").inner_text().startswith("上次")


def a_photo(colour: str, size=(3000, 2000)) -> dict:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_photos_are_shrunk_and_captions_stay(signed_in, visit):
    page = signed_in(visit.owner, PHONE)
    page.goto(f"/visits/{visit.pk}/report/")

    page.set_input_files("[data-photos] input[type=file]", [a_photo("red"), a_photo("blue")])
    expect(page.locator(".photo")).to_have_count(2)
    page.fill(".photo >> nth=0 >> input[type=text]", "会议室")
    page.set_input_files("[data-photos] input[type=file]", a_photo("green"))
    expect(page.locator(".photo")).to_have_count(3)
    caption = page.input_value(".photo >> nth=0 >> input[type=text]")
    page.context.set_offline(True)
    page.set_input_files("[data-photos] input[type=file]", a_photo("black"))
    page.wait_for_selector("[data-unsent]:visible")
    page.context.set_offline(False)
    expect(page.locator(".photo")).to_have_count(4)
    # A picture that was to be shown just then could not be fetched; nothing else went wrong.
    signed_in.complaints[:] = [
        text for text in signed_in.complaints if "ERR_INTERNET_DISCONNECTED" not in text
    ]

    assert caption == "会议室"
    with VisitPhoto.objects.first().image.open() as kept, Image.open(kept) as picture:
        assert max(picture.size) == 1600
