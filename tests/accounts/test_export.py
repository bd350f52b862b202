"""Excel of what the list shows, with its people; phones leave whole with the director only (D6, roles, rule 25)."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from accounts.exports import exported_columns
from keyaccounts.audit.models import AuditEvent
from keyaccounts.imports.actions import read_upload, upload_workbook
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.kinds import kinds
from tests import given

pytestmark = pytest.mark.django_db
ADDRESS = "/organisations/?export=xlsx"


def exported(client, address=ADDRESS) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def cells(content: bytes) -> str:
    book = load_workbook(io.BytesIO(content))
    return "|".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None)


def an_organisation_with_a_person(rep):
    organisation = given.an_organisation(owner=rep, name="北京燕岭重型铸造厂", type="factory_mine")
    given.a_contact(organisation, name="邢国桢", mobile="19900001003", email="xing@example.com")
    return organisation


def test_the_director_gets_whole_numbers_and_the_trail_knows(sign_in):
    an_organisation_with_a_person(given.a_rep())
    director = given.a_director()

    text = cells(exported(sign_in(director)))

    assert "19900001003" in text
    event = AuditEvent.objects.get(action="exports.export.requested")
    assert (event.actor, event.data["total"]) == (director, 1)


@pytest.mark.parametrize("who", ["rep", "marketing"])
def test_everybody_else_gets_masked_numbers(sign_in, who):
    rep = given.a_rep()
    an_organisation_with_a_person(rep)

    text = cells(exported(sign_in(rep if who == "rep" else given.a_marketer())))

    assert "邢国桢" in text
    assert "199****1003" in text
    assert "19900001003" not in text
    assert "xing@example.com" not in text


def test_only_what_the_list_shows_leaves(sign_in):
    rep = given.a_rep()
    an_organisation_with_a_person(rep)
    given.a_contact(given.an_organisation(name="北京别家机械厂"), name="路人甲")
    given.a_contact(
        given.an_organisation(owner=rep, name="北京停办机械厂", stage="parked", stage_reason="other")
    )

    text = cells(exported(sign_in(rep), f"{ADDRESS}&stage=scouting"))

    assert "北京燕岭重型铸造厂" in text
    assert "北京别家机械厂" not in text
    assert "路人甲" not in text
    assert "北京停办机械厂" not in text


def test_words_that_begin_like_a_formula_stay_words(sign_in):
    rep = given.a_rep()
    given.an_organisation(owner=rep, name="=1+1商会")

    book = load_workbook(io.BytesIO(exported(sign_in(rep))))

    names = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "=1+1商会"]
    assert [cell.data_type for cell in names] == ["s"]


def test_what_was_exported_can_be_imported_and_changes_nothing(sign_in):
    rep = given.a_rep()
    an_organisation_with_a_person(rep)
    content = exported(sign_in(rep))

    file, at = SimpleUploadedFile("back.xlsx", content), given.at(2012, 7, 10)
    made = upload_workbook(kinds()["organisations"], file, about="", by=rep, at=at)
    batch = read_upload(made.pk, clock=lambda: at)

    assert batch.problem == ""
    assert [row.verdict for row in batch.lines.all()] == [LineVerdict.SAME, LineVerdict.SAME]


def test_no_two_columns_have_one_name():
    titles = [str(column.label) for column in exported_columns()]

    assert len(titles) == len(set(titles))
    assert "下次日期" in titles
