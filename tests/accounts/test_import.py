"""Organisations and contacts come in from the company's own workbooks (D6)."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from accounts.actions.journal import log_contact
from accounts.models import Contact, Fact, Organisation
from accounts.search import matching
from keyaccounts.common.errors import RuleViolation
from keyaccounts.imports.actions import (
    decide_line,
    revert_upload,
    start_writing,
)
from keyaccounts.imports.choices import LineVerdict, UploadState
from keyaccounts.imports.models import Upload
from tests import given
from tests.accounts.uploads import JULY_10, a_file, read, write

pytestmark = pytest.mark.django_db
HEAD = ["单位名称", "单位类型", "所属区", "在职人数", "联系人", "职务", "手机"]


def a_workbook(*rows, head=HEAD, above=()):
    return a_file(*above, head, *rows, name="名录.xlsx")


def test_a_line_becomes_an_organisation_with_its_contact_and_facts():
    rep = given.a_rep()
    file = a_workbook(["北京第一热电厂", "大型厂矿", "朝阳区", "1,250人", "贾维舟", "工会主席", "13900001234"])  # fmt: skip

    write(read(file, by=rep))

    organisation = Organisation.objects.get()
    assert (organisation.name, organisation.type, organisation.owner, organisation.staff_count) == (
        "北京第一热电厂",
        "factory_mine",
        rep,
        1250,
    )
    assert list(Contact.objects.values_list("name", "position", "mobile")) == [
        ("贾维舟", "union_chair", "13900001234")
    ]
    assert Fact.objects.get(field="staff_count").source == f"imports.upload:{Upload.objects.get().pk}"
    assert list(matching(Organisation.objects.all(), "dyrdc")) == [organisation]


def test_title_lines_blank_lines_and_full_width_digits_do_not_disturb():
    rep = given.a_rep()
    file = a_workbook(
        [None] * 7,
        ["北京第二热电厂", "大型厂矿", "", "１２００", "", "", ""],
        above=[["大客户单位名录(2012年)"], [None]],
    )

    batch = read(file, by=rep)

    assert [
        (row.number, row.verdict, row.values["organisation"]["staff_count"]) for row in batch.lines.all()
    ] == [(5, LineVerdict.CREATE, 1200)]


def test_importing_the_same_file_again_changes_nothing():
    rep = given.a_rep()
    row = ["北京第一热电厂", "大型厂矿", "朝阳区", 1250, "贾维舟", "工会主席", "13900001234"]
    write(read(a_workbook(row), by=rep))
    facts = Fact.objects.count()

    again = read(a_workbook(row), by=rep)
    write(again)

    assert [r.verdict for r in again.lines.all()] == [LineVerdict.SAME]
    assert (Organisation.objects.count(), Contact.objects.count(), Fact.objects.count()) == (1, 1, facts)


def test_two_lines_of_one_organisation_bring_two_contacts():
    rep = given.a_rep()
    file = a_workbook(
        ["北京第一热电厂", "大型厂矿", "", "", "贾维舟", "工会主席", "13900001234"],
        ["北京第一热电厂", "", "", "", "柳知夏", "", "13900001235"],
    )

    write(read(file, by=rep))

    assert list(Organisation.objects.get().contacts.values_list("name", flat=True)) == ["贾维舟", "柳知夏"]


def test_wrong_values_are_named_and_come_back_as_a_workbook(sign_in):
    rep = given.a_rep()
    file = a_workbook(
        ["", "大型厂矿", "", "", "", "", ""],
        ["北京第三热电厂", "厂矿", "", "很多", "", "", "1.39E+10"],
        ["北京第四热电厂", "学校", "", "", "", "", ""],
    )
    batch = write(read(file, by=rep))

    answer = sign_in(rep).get(f"/imports/uploads/{batch.pk}/failed/")
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)

    assert Organisation.objects.values_list("name", flat=True).get() == "北京第四热电厂"
    assert [row[-1] for row in rows[3:]] != []
    assert "“厂矿”不在选项中" in rows[4][-1] or "厂矿" in rows[4][-1]
    assert "很多" in rows[4][-1]


def test_somebody_elses_organisation_is_a_look_alike_that_shows_little():
    other = given.an_organisation(
        owner=given.a_rep(name="周晓棠"),
        name="北京第一热电厂",
        normalised_name="第一热电厂",
        district="朝阳区",
    )
    rep = given.a_rep()

    batch = read(a_workbook([other.name, "大型厂矿", "", 99, "", "", ""]), by=rep)
    write(batch)

    row = batch.lines.get()
    assert row.verdict == LineVerdict.DUPLICATE
    assert "周晓棠" in row.messages[0]
    assert Organisation.objects.count() == 1


def test_a_look_alike_goes_on_with_a_reason():
    given.an_organisation(name="北京第一热电厂", normalised_name="第一热电厂")
    rep = given.a_rep()
    batch = read(a_workbook(["北京第一热电厂", "大型厂矿", "", "", "", "", ""]), by=rep)
    row = batch.lines.get()

    with pytest.raises(RuleViolation):
        decide_line(row, decision="different", reason="", by=rep)
    decide_line(row, decision="different", reason="同名,不同区", by=rep)
    write(batch)

    assert Organisation.objects.filter(owner=rep).count() == 1


def test_an_untouched_import_can_be_taken_back():
    rep = given.a_rep()
    batch = write(read(a_workbook(["北京第一热电厂", "大型厂矿", "", 10, "贾维舟", "", ""]), by=rep))

    revert_upload(batch, by=rep, at=JULY_10)

    assert batch.lines.count() == 1
    assert list(Organisation.objects.visible_to(rep)) == []
    assert Upload.objects.get().state == UploadState.REVERTED


def test_a_touched_import_is_not_taken_back():
    rep = given.a_rep()
    batch = write(read(a_workbook(["北京第一热电厂", "大型厂矿", "", "", "", "", ""]), by=rep))
    organisation = Organisation.objects.get()
    log_contact(organisation, channel="phone", on=JULY_10.date(), at=JULY_10, by=rep)

    with pytest.raises(RuleViolation, match="北京第一热电厂"):
        revert_upload(batch, by=rep, at=JULY_10)

    assert list(Organisation.objects.visible_to(rep)) == [organisation]


def test_pressing_import_twice_writes_once():
    rep = given.a_rep()
    batch = read(a_workbook(["北京第一热电厂", "大型厂矿", "", "", "", "", ""]), by=rep)
    write(batch)

    with pytest.raises(RuleViolation):
        start_writing(batch)

    assert Organisation.objects.count() == 1


def a_bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.xlsx", b""),
        ("text.xlsx", "单位名称,单位类型".encode()),
        ("old.xlsx", b"\xd0\xcf\x11\xe0" + b"0" * 600),
        ("bomb.xlsx", a_bomb()),
        ("damaged.xlsx", b"PK\x03\x04" + b"0" * 200),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(sign_in, name, content):
    client = sign_in(given.a_rep())

    answer = client.post("/imports/organisations/", {"file": SimpleUploadedFile(name, content)})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert Upload.objects.count() == 0


def test_a_header_without_lines_is_not_called_a_missing_header(sign_in):
    batch = read(a_workbook(), by=given.a_rep())

    assert (batch.state, batch.problem) == ("failed", "表头下面没有可导入的行。")


def test_a_name_too_long_is_not_called_a_missing_one():
    batch = read(a_workbook(["很" * 101, "大型厂矿"]), by=given.a_rep())

    assert batch.lines.get().messages == ["单位名称：最多 100 个字。"]


def test_only_a_word_much_like_it_is_offered():
    batch = read(
        a_workbook(["云霄机械厂", "写字楼", "浦东新区", "1"], ["云岫机械厂", "大型厂矿", "朝阳区", "1"]),
        by=given.a_rep(),
    )

    assert batch.lines.first().messages == [
        "单位类型：没有“写字楼”这个选项，是不是“写字楼企业”？",
        "所属区：没有“浦东新区”这个选项。",
    ]


def test_somebody_elses_import_is_not_there(sign_in):
    batch = read(a_workbook(["北京第一热电厂", "大型厂矿", "", "", "", "", ""]), by=given.a_rep())

    answer = sign_in(given.a_rep()).get(f"/imports/uploads/{batch.pk}/")

    assert answer.status_code == 404


def test_the_template_can_be_filled_in_and_imported(sign_in):
    rep = given.a_rep()
    answer = sign_in(rep).get("/imports/organisations/template/")

    batch = read(SimpleUploadedFile("t.xlsx", b"".join(answer.streaming_content)), by=rep)

    assert [row.verdict for row in batch.lines.all()] == [LineVerdict.CREATE]
