"""The report's pages: the form on a phone, reading, returning, side by side, paper, photos."""

import uuid
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.queries import choices
from tests import given
from visits.choices import ReportState, VisitState
from visits.documents import blank_sheet, report_pdf, sheets_of, with_reports
from visits.models import Visit, VisitPhoto, VisitReport

pytestmark = pytest.mark.django_db


def a_reported_visit(organisation=None, *, on=10, number=None, state=ReportState.SUBMITTED, **answers):
    organisation = organisation or given.an_organisation()
    more = {"number": number} if number else {}
    visit = given.a_visit(
        organisation, state=VisitState.REPORTED, planned_at=given.at(2012, 7, on, 10), **more
    )
    VisitReport.objects.create(
        visit=visit,
        state=state,
        organisation_name=organisation.name,
        first_submitted_at=given.at(2012, 7, on, 18),
        submitted_at=given.at(2012, 7, on, 18),
        submitted_by=visit.owner,
        **answers,
    )
    return visit


@pytest.fixture
def visit():
    organisation = given.an_organisation()
    given.a_contact(organisation)
    return given.a_visit(organisation, planned_at=given.at(2012, 7, 10, 10))


def posted(visit, **more):
    return {
        "submission_key": str(uuid.uuid4()),
        "version": 0,
        "intention": "A",
        "outcome": ["met_key"],
        "contacts_met": [c.pk for c in visit.organisation.contacts.all()],
        **more,
    }


def test_the_rep_hands_a_report_in(visit, sign_in):
    client = sign_in(visit.owner)
    address = reverse("visits:report", args=[visit.pk])

    opened = client.get(address)
    answer = client.post(
        address,
        posted(
            visit, staff_count="１，２１０人", avg_annual_income="8.5万", price_low="一百五", price_high="300"
        ),
    )

    report = VisitReport.objects.get(visit=visit)
    assert opened.status_code == 200
    assert (answer.status_code, answer.url) == (302, address)
    assert (report.state, report.staff_count, report.avg_annual_income) == ("submitted", 1210, 85000)
    assert (report.price_low, report.price_high) == (150, 300)
    assert client.get(address).status_code == 200


def test_two_taps_have_one_effect(visit, sign_in):
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])
    form = posted(visit)

    first, second = client.post(address, form), client.post(address, form)

    assert (first.status_code, second.status_code) == (302, 302)
    assert AuditEvent.objects.filter(action="visits.visitreport.submitted").count() == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("staff_count", "很多"),
        ("staff_count", "1.5"),
        ("minutes", "-3"),
        ("price_high", "50"),
        ("outcome", []),
    ],
)
def test_bad_input_stays_on_the_form(visit, sign_in, field, typed):
    client = sign_in(visit.owner)

    answer = client.post(
        reverse("visits:report", args=[visit.pk]),
        posted(visit, price_low="100", remark="别丢了", **{field: typed}),
    )

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "别丢了" in answer.content.decode()
    assert not VisitReport.objects.exists()


def test_another_organisations_people_are_not_offered_nor_taken(visit, sign_in):
    stranger = given.a_contact(given.an_organisation(owner=visit.owner), name="外人甲")
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])

    opened, answer = client.get(address), client.post(address, posted(visit, contacts_met=[stranger.pk]))

    assert "外人甲" not in opened.content.decode()
    assert (answer.status_code, "contacts_met" in answer.context["form"].errors) == (422, True)


def test_a_draft_is_kept_on_the_server(visit, sign_in):
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])

    client.post(address, {**posted(visit, main_business="发电"), "outcome": [], "draft": "1"})

    assert VisitReport.objects.get(visit=visit).state == ReportState.DRAFT
    assert "发电" in client.get(address).content.decode()


def test_a_stale_edit_shows_both_versions(visit, sign_in):
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])
    client.post(address, posted(visit, main_business="发电", draft="1"))

    answer = client.post(address, posted(visit, main_business="供热", draft="1", version=0))

    page = answer.content.decode()
    assert (answer.status_code, "发电" in page, "供热" in page) == (422, True, True)
    assert VisitReport.objects.get(visit=visit).main_business == "发电"


def test_a_stale_edit_shows_what_was_agreed_too(visit, sign_in):
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])
    other = given.a_contact(visit.organisation, name="邢国桢")
    client.post(address, posted(visit, next_step="送样品", draft="1"))

    answer = client.post(
        address, posted(visit, next_step="签合同", contacts_met=[other.pk], draft="1", version=0)
    )

    differing = {
        str(row["label"]): (row["theirs"], row["mine"]) for row in answer.context["stale"] if row["differs"]
    }
    assert differing["下一步"] == ("送样品", "签合同")
    assert differing["见到的人"][1] == "邢国桢"


def test_changed_cells_are_marked(sign_in):
    first = a_reported_visit(staff_count=100, intention="B")
    second = given.a_visit(first.organisation, planned_at=given.at(2012, 7, 11, 10))
    given.a_contact(first.organisation)
    client = sign_in(first.owner)

    answer = client.post(
        reverse("visits:report", args=[second.pk]),
        posted(second, staff_count="120", intention="B", outcome=[]),
    )

    fields = {f["name"]: f["is_changed"] for s in answer.context["sections"] for f in s["fields"]}
    assert (fields["staff_count"], fields["intention"]) == (True, False)


def test_strangers_find_nothing(visit, sign_in):
    reported = a_reported_visit()
    photo = VisitPhoto.objects.create(visit=reported, image="x.jpg", digest="d", by=reported.owner)
    client = sign_in(given.a_rep())

    addresses = [
        reverse("visits:report", args=[visit.pk]),
        reverse("visits:report_pdf", args=[reported.pk]),
        reverse("visits:compare", args=[reported.organisation_id]),
        reverse("visits:organisation_reports_pdf", args=[reported.organisation_id]),
        reverse("visits:organisation_blank_pdf", args=[reported.organisation_id]),
        reverse("visits:photo", args=[photo.pk]),
    ]

    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
    assert client.post(reverse("visits:photos", args=[visit.pk])).status_code == 404
    assert client.post(reverse("visits:photo_remove", args=[photo.pk])).status_code == 404


def test_other_roles_are_refused(visit, sign_in):
    client = sign_in(given.a_person(Role.FINANCE))

    assert client.get(reverse("visits:report", args=[visit.pk])).status_code == 403
    assert client.get(reverse("visits:to_review")).status_code == 403


def test_the_marketing_centre_reads_and_never_writes(visit, sign_in):
    client, address = sign_in(given.a_marketer()), reverse("visits:report", args=[visit.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, posted(visit)).status_code == 403


def test_a_rep_cannot_review(sign_in):
    reported = a_reported_visit()

    answer = sign_in(reported.owner).post(reverse("visits:report_review", args=[reported.pk]))

    assert answer.status_code == 403


def test_the_director_reads_the_queue_one_after_another(sign_in):
    first, second = (
        a_reported_visit(on=9),
        a_reported_visit(on=10, changed_fields=["intention"], intention="A"),
    )
    client = sign_in(given.a_director())

    queue = client.get(reverse("visits:to_review"))
    answer = client.post(
        reverse("visits:report_review", args=[first.pk]), {"submission_key": str(uuid.uuid4()), "next": "1"}
    )

    assert [visit.pk for visit in queue.context["visits"]] == [first.pk, second.pk]
    assert answer.url == reverse("visits:report", args=[second.pk])
    assert VisitReport.objects.get(visit=first).state == ReportState.REVIEWED
    assert "▲" in client.get(answer.url).content.decode()


def test_the_director_returns_with_a_reason(sign_in):
    reported = a_reported_visit()
    client = sign_in(given.a_director())

    client.post(reverse("visits:report_return", args=[reported.pk]), {"note": ""})
    unchanged = VisitReport.objects.get(visit=reported).state
    client.post(reverse("visits:report_return", args=[reported.pk]), {"note": "补上价格"})

    report = VisitReport.objects.get(visit=reported)
    assert (unchanged, report.state, report.return_reason) == ("submitted", "returned", "补上价格")
    page = sign_in(reported.owner).get(reverse("visits:report", args=[reported.pk])).content.decode()
    assert "补上价格" in page


def test_the_director_reopens_with_a_reason(sign_in):
    reported = a_reported_visit(state=ReportState.REVIEWED)
    Visit.objects.filter(pk=reported.pk).update(state=VisitState.REVIEWED)
    client = sign_in(given.a_director())

    client.post(reverse("visits:report_reopen", args=[reported.pk]), {"reason": "人数有误"})

    assert VisitReport.objects.get(visit=reported).reopen_reason == "人数有误"


def test_the_queue_costs_the_same_at_one_and_three_rows(sign_in, django_assert_max_num_queries):
    client, address = sign_in(given.a_director()), reverse("visits:to_review")
    a_reported_visit()
    client.get(address)

    with django_assert_max_num_queries(12) as one:
        client.get(address)
    a_reported_visit()
    a_reported_visit()
    with django_assert_max_num_queries(12) as three:
        client.get(address)

    assert len(one) == len(three)


def test_the_form_stays_within_its_queries(visit, sign_in, django_assert_max_num_queries):
    for _n in range(5):
        given.a_contact(visit.organisation)
    a_reported_visit(visit.organisation, on=8)
    client, address = sign_in(visit.owner), reverse("visits:report", args=[visit.pk])
    client.get(address)

    with django_assert_max_num_queries(25):
        client.get(address)


def test_side_by_side_marks_differences(sign_in):
    organisation = given.an_organisation()
    for day, staff in ((1, 100), (2, 100), (3, 120)):
        a_reported_visit(organisation, on=day, staff_count=staff)
    client = sign_in(organisation.owner)

    two = client.get(reverse("visits:compare", args=[organisation.pk]))
    every = client.get(reverse("visits:compare", args=[organisation.pk]) + "?all=1")

    assert [v.number for v in two.context["chosen"]] == [2, 3]
    row = next(r for g in every.context["groups"] for r in g["rows"] if r["cells"][0]["text"] == "100 人")
    assert [cell["differs"] for cell in row["cells"]] == [False, False, True]


def test_paper_of_all_visits_of_an_organisation(sign_in):
    organisation = given.an_organisation(name="北京第一热电厂")
    for day in (1, 2, 3):
        a_reported_visit(organisation, on=day, staff_count=100 + day, changed_fields=["staff_count"])
    client = sign_in(organisation.owner)

    answer = client.get(reverse("visits:organisation_reports_pdf", args=[organisation.pk]))

    pages = PdfReader(BytesIO(answer.content)).pages
    text = (pages[0].extract_text() + pages[1].extract_text()).replace("\n", "")
    assert (answer["Content-Type"], len(pages)) == ("application/pdf", 2)
    for words in ("北京第一热电厂", "第一次拜访", "第三次拜访", "备注", "农产品礼品需求", "103 人", "▲"):
        assert words in text
    assert AuditEvent.objects.filter(action="visits.visitreport.printed").count() == 1


def test_paper_of_a_week_and_blank_paper(sign_in):
    reported = a_reported_visit(on=10)
    client = sign_in(reported.owner)

    week = client.get(reverse("visits:week_reports_pdf") + "?from=2012-07-09")
    nothing = client.get(reverse("visits:week_reports_pdf") + "?from=2011-07-09")
    blank = client.get(reverse("visits:blank_report_pdf"))
    own = client.get(reverse("visits:organisation_blank_pdf", args=[reported.organisation_id]))

    assert [a.status_code for a in (week, nothing, blank, own)] == [200, 302, 200, 200]
    assert "第二次拜访" in PdfReader(BytesIO(own.content)).pages[0].extract_text()


@pytest.mark.parametrize(("changed", "has_bold"), [([], False), (["staff_count"], True)])
def test_bold_is_what_has_changed_and_nothing_else(changed, has_bold):
    visit = a_reported_visit(staff_count=1419, changed_fields=changed)

    content = report_pdf([visit], by=visit.owner, at=given.at(2012, 7, 11))

    [page] = PdfReader(BytesIO(content)).pages
    fonts = [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]
    assert any(name.endswith("Bold") for name in fonts) == has_bold
    assert ("▲" in page.extract_text()) == has_bold


def test_the_blank_column_offers_the_short_words_of_the_intentions():
    rows = {row.label: row.cells for group in blank_sheet().groups for row in group.rows}

    assert rows["农产品礼品意向"][0].shown == "□S 强烈 □A 明确 □B 有兴趣 □C 观望\n□N 无意向"


def test_a_long_sheet_loses_no_line():
    """Every sentence of an answer and of the remarks is on one of its pages, once."""
    answers = [f"第{n}处办公楼分东西两栋" for n in range(60)]
    remarks = [f"第{n}条备注门卫登记需提前" for n in range(90)]
    visit = a_reported_visit(office_environment="。".join(answers), remark="\n".join(remarks))

    content = report_pdf([visit], by=visit.owner, at=given.at(2012, 7, 11))

    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).replace("\n", "")
    assert [text.count(sentence) for sentence in answers + remarks] == [1] * 150


def a_jpeg(colour="red") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (2000, 1000), colour).save(out, "JPEG")
    out.seek(0)
    out.name = "现场.jpg"
    return out


def test_photos_come_and_go_until_the_report_is_in(visit, sign_in):
    client = sign_in(visit.owner)
    address = reverse("visits:photos", args=[visit.pk])

    client.post(address, {"photos": [a_jpeg(), a_jpeg("blue"), a_jpeg()]})
    client.post(address, {"photos": [a_jpeg()]})
    photos = list(VisitPhoto.objects.filter(visit=visit))
    shown = client.get(reverse("visits:photo", args=[photos[0].pk]))
    small = client.get(reverse("visits:photo", args=[photos[0].pk]) + "?small=1")

    assert len(photos) == 2
    assert Image.open(BytesIO(b"".join(shown.streaming_content))).size == (1600, 800)
    assert Image.open(BytesIO(b"".join(small.streaming_content))).size == (320, 160)
    assert (shown["X-Content-Type-Options"], "private" in shown["Cache-Control"]) == ("nosniff", True)
    client.post(reverse("visits:photo_remove", args=[photos[0].pk]))
    assert VisitPhoto.objects.filter(visit=visit).count() == 1
    client.post(
        reverse("visits:report", args=[visit.pk]), posted(visit, **{f"caption_{photos[1].pk}": "会议室"})
    )
    assert VisitPhoto.objects.get(visit=visit).caption == "会议室"
    assert client.post(reverse("visits:photo_remove", args=[photos[1].pk])).status_code == 422
    assert client.post(address, {"photos": [a_jpeg("green")]}).status_code == 422


def test_a_file_that_is_no_photo_is_refused_in_words(visit, sign_in):
    fake = BytesIO(b"<script>alert(1)</script>")
    fake.name = "x.jpg"

    answer = sign_in(visit.owner).post(reverse("visits:photos", args=[visit.pk]), {"photos": [fake]})

    assert answer.status_code == 422
    assert "x.jpg" in answer.content.decode()


def test_more_photos_than_a_visit_holds_are_refused(visit, sign_in):
    for n in range(12):
        VisitPhoto.objects.create(visit=visit, image=f"{n}.jpg", digest=str(n), by=visit.owner)

    answer = sign_in(visit.owner).post(reverse("visits:photos", args=[visit.pk]), {"photos": [a_jpeg()]})

    assert answer.status_code == 422
    assert VisitPhoto.objects.filter(visit=visit).count() == 12


@pytest.mark.parametrize(
    ("characters", "is_long"), [(0, False), (34, False), (68, False), (136, False), (150, True), (400, True)]
)
def test_a_sheet_laid_out_for_one_page_takes_one_page(characters, is_long):
    """A half empty sheet is the tallest usual one: its blank column has all the boxes for the hand."""
    visit = a_reported_visit(
        office_environment="会" * characters,
        gift_demand_text="粮" * (characters // 2),
        changed_fields=["office_environment", "gift_demand"],
    )
    visits = with_reports(Visit.objects.filter(pk=visit.pk))
    [sheet] = sheets_of(visits)

    pages = len(PdfReader(BytesIO(report_pdf(visits, by=visit.owner, at=given.at(2012, 7, 11)))).pages)

    assert (sheet.is_long, pages) == (is_long, 2 if is_long else 1)


def test_the_week_holds_what_was_made_in_it_whenever_it_was_planned(sign_in):
    early = a_reported_visit(on=18)
    Visit.objects.filter(pk=early.pk).update(checked_in_at=given.at(2012, 7, 13, 10))
    client, address = sign_in(early.owner), reverse("visits:week_reports_pdf")

    made, planned = client.get(address, {"from": "2012-07-09"}), client.get(address, {"from": "2012-07-16"})

    assert (made["Content-Type"], planned.status_code) == ("application/pdf", 302)


def test_captions_survive_the_next_photo(visit, sign_in):
    client, address = sign_in(visit.owner), reverse("visits:photos", args=[visit.pk])
    client.post(address, {"photos": [a_jpeg()]})
    [first] = VisitPhoto.objects.filter(visit=visit)

    answer = client.post(
        address, {"photos": [a_jpeg("blue")], f"caption_{first.pk}": "会议室"}, HTTP_HX_REQUEST="true"
    )

    first.refresh_from_db()
    assert (first.caption, "会议室" in answer.content.decode()) == ("会议室", True)


def test_a_photo_keeps_no_place_and_no_camera(visit, sign_in):
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 15.0), 3: "E", 4: (116.0, 24.0, 26.0)}
    out = BytesIO()
    Image.new("RGB", (800, 600), "red").save(out, "JPEG", exif=exif)
    sent = out.getvalue()
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)
    upload = BytesIO(sent)
    upload.name = "a.jpg"

    client = sign_in(visit.owner)
    client.post(reverse("visits:photos", args=[visit.pk]), {"photos": [upload]})

    photo = VisitPhoto.objects.get(visit=visit)
    kept = b"".join(client.get(reverse("visits:photo", args=[photo.pk])).streaming_content)
    assert not Image.open(BytesIO(kept)).getexif()
    assert b"PhoneMaker" not in kept
    assert b"Exif" not in kept


def test_the_same_choices_in_another_order_are_no_difference(sign_in):
    organisation = given.an_organisation()
    some = [code for code, _text in choices("gift_demand")[:3]]
    a_reported_visit(organisation, on=1, gift_demand=some)
    a_reported_visit(organisation, on=2, gift_demand=some[::-1])

    answer = sign_in(organisation.owner).get(reverse("visits:compare", args=[organisation.pk]))

    needs = answer.context["groups"][2]["rows"][0]
    assert needs["cells"][0]["text"] == needs["cells"][1]["text"]
    assert not needs["differs"]


@pytest.mark.parametrize("name", ["compare", "organisation_reports_pdf"])
def test_pages_of_an_organisation_cost_the_same_at_one_and_at_three_visits(
    sign_in, django_assert_max_num_queries, name
):
    organisation = given.an_organisation()
    client, address = sign_in(organisation.owner), reverse(f"visits:{name}", args=[organisation.pk])
    a_reported_visit(organisation, on=1)
    client.get(address)

    with django_assert_max_num_queries(25) as one:
        client.get(address, {"all": "1"})
    a_reported_visit(organisation, on=2)
    a_reported_visit(organisation, on=3)
    with django_assert_max_num_queries(25) as three:
        client.get(address, {"all": "1"})

    assert len(one) == len(three)


def test_a_refused_report_keeps_what_was_typed_under_its_photos(visit, sign_in):
    photo = VisitPhoto.objects.create(visit=visit, image="x.jpg", digest="d", by=visit.owner)

    answer = sign_in(visit.owner).post(
        reverse("visits:report", args=[visit.pk]),
        posted(visit, outcome=[], **{f"caption_{photo.pk}": "食堂门口的展台"}),
    )

    assert answer.status_code == 422
    assert f'name="caption_{photo.pk}" form="report-form" value="食堂门口的展台"' in answer.content.decode()
