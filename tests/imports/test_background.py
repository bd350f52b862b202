"""Long workbooks are read and written by jobs: one worker has them, a dead one's work goes on, nothing is done twice."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import Organisation
from keyaccounts.common.errors import RuleViolation
from keyaccounts.imports import actions, tasks
from keyaccounts.imports.choices import UploadState
from keyaccounts.imports.kinds import kinds
from keyaccounts.imports.models import Upload
from materials.models import Material
from tests import given

pytestmark = pytest.mark.django_db
NOON = given.at(2012, 7, 10, 12)
LATER = NOON + timedelta(minutes=4)


def a_workbook(*rows):
    book, held = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    return SimpleUploadedFile("名录.xlsx", held.getvalue())


def uploaded(kind, *rows, by, about=""):
    return actions.upload_workbook(kinds()[kind], a_workbook(*rows), about=about, by=by, at=NOON)


def organisations(*names, by):
    return uploaded("organisations", ["单位名称", "单位类型"], *([name, "大型厂矿"] for name in names), by=by)


def read(upload, at=NOON):
    return actions.read_upload(upload.pk, clock=lambda: at)


def names(count):
    return [f"北京第{n}机械厂" for n in range(1, count + 1)]


def test_what_another_worker_is_reading_is_left_to_it():
    upload = organisations("北京第一热电厂", by=given.a_rep())
    Upload.objects.update(heard_at=NOON, attempts=1)

    assert actions.due(at=NOON) == []
    assert read(upload).state == UploadState.READING
    assert actions.due(at=LATER) == [(upload.pk, "reading")]
    assert read(upload, at=LATER).state == UploadState.PREVIEW


def test_the_sweeper_reads_and_writes_what_was_left():
    rep = given.a_rep()
    waiting, half = organisations("北京第一热电厂", by=rep), read(organisations("北京第二热电厂", by=rep))
    actions.start_writing(half)

    tasks.resume_imports()

    assert dict(Upload.objects.values_list("pk", "state")) == {waiting.pk: "preview", half.pk: "written"}
    assert Organisation.objects.get().name == "北京第二热电厂"


def test_a_workbook_that_nobody_can_read_to_its_end_is_given_up_in_words(sign_in):
    rep = given.a_rep()
    upload = organisations("北京第一热电厂", by=rep)
    Upload.objects.update(attempts=actions.ATTEMPTS)

    assert read(upload).state == UploadState.FAILED
    assert "重新上传" in sign_in(rep).get(upload.get_absolute_url()).content.decode()


def test_a_reader_that_was_taken_over_writes_nothing():
    upload = organisations(*names(actions.STEP + 1), by=given.a_rep())

    def clock():
        Upload.objects.update(attempts=2)  # somebody else begins while this one reads
        return NOON

    assert actions.read_upload(upload.pk, clock=clock).lines.count() == 0
    assert read(upload, at=LATER).lines.count() == actions.STEP + 1


def test_the_progress_is_shown_while_it_is_read_and_written(sign_in):
    rep = given.a_rep()
    upload = organisations("北京第一热电厂", by=rep)
    site = sign_in(rep)

    Upload.objects.update(total=800, handled=200)
    page = site.get(upload.get_absolute_url()).content.decode()

    assert 'value="25"' in page
    assert "hx-trigger" in page
    assert reverse("imports:write", args=[upload.pk]) not in page


def test_writing_goes_on_where_it_stopped(monkeypatch):
    rep = given.a_rep()
    monkeypatch.setattr(actions, "CHUNK", 2)
    upload = read(organisations(*names(5), by=rep))
    actions.start_writing(upload)
    writer = kinds()["organisations"].writer(upload, at=NOON)
    actions._write_some(upload, writer, heard_at=NOON)
    upload.refresh_from_db()
    assert (upload.handled, Organisation.objects.count()) == (2, 2)

    actions.write_upload(upload, at=NOON)
    actions.write_upload(upload, at=NOON)

    assert (upload.state, upload.handled, Organisation.objects.count()) == ("written", 5, 5)


def test_a_list_written_in_two_turns_still_knows_what_it_had(monkeypatch):
    campaign = given.a_campaign()
    monkeypatch.setattr(actions, "CHUNK", 1)
    head = ["物料名称", "数量", "类别"]
    rows = [head, ["桌布", 20, "印刷宣传品"], ["桌布", 30, "印刷宣传品"]]
    upload = read(uploaded("materials", *rows, by=given.a_marketer(), about=str(campaign.pk)))
    actions.start_writing(upload)
    kind = kinds()["materials"]
    actions._write_some(upload, kind.writer(upload, at=NOON), heard_at=NOON)

    actions.write_upload(upload, at=NOON)

    assert list(upload.lines.order_by("pk").values_list("verdict", flat=True)) == ["create", "error"]
    assert Material.objects.get().quantity == 20


def test_lines_that_three_workers_could_not_write_are_left_out_and_come_back(sign_in, monkeypatch):
    rep = given.a_rep()
    monkeypatch.setattr(actions, "CHUNK", 2)
    upload = read(organisations(*names(3), by=rep))
    actions.start_writing(upload)
    whole = type(kinds()["organisations"]).writer

    def breaks_at_first(kind, upload, *, at):
        write = whole(kind, upload, at=at)

        def writer(lines):
            if lines[0].number == 2:
                raise OSError("the disk")
            write(lines)

        return writer

    monkeypatch.setattr(type(kinds()["organisations"]), "writer", breaks_at_first)
    for _turn in range(2):
        with pytest.raises(OSError, match="disk"):
            actions.write_upload(upload, at=NOON)
    actions.write_upload(upload, at=NOON)

    answer = sign_in(rep).get(reverse("imports:failed", args=[upload.pk]))
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)[3:]
    assert (upload.state, Organisation.objects.get().name) == ("written", "北京第3机械厂")
    assert [row[0] for row in rows] == names(2)
    assert all("没有写入" in row[-1] for row in rows)


def test_only_what_offers_a_way_back_is_taken_back():
    campaign, marketer = given.a_campaign(), given.a_marketer()
    rows = [["物料名称", "数量", "类别"], ["桌布", 20, "印刷宣传品"]]
    upload = read(uploaded("materials", *rows, by=marketer, about=str(campaign.pk)))
    actions.start_writing(upload)
    actions.write_upload(upload, at=NOON)

    with pytest.raises(RuleViolation, match="逐条"):
        actions.revert_upload(upload, by=marketer, at=NOON)

    upload.refresh_from_db()
    assert upload.state == UploadState.WRITTEN


def test_former_addresses_lead_on(sign_in):
    rep, other = given.a_rep(), given.a_rep()
    upload = organisations("北京第一热电厂", by=rep)
    Upload.objects.update(former_name="accounts.importbatch:77")
    old = reverse("accounts:import_batch", args=[77])

    assert sign_in(rep).get(old).headers["Location"] == upload.get_absolute_url()
    assert sign_in(rep).get(reverse("accounts:imports")).headers["Location"] == "/imports/organisations/"
    assert sign_in(other).get(old).status_code == 404


def test_the_director_sees_every_import_of_organisations_and_no_other(sign_in):
    rep, director = given.a_rep(), given.a_director()
    campaign = given.a_campaign()
    seen = read(organisations("北京第一热电厂", by=rep))
    hidden = read(
        uploaded("prices", ["品名", "单价"], ["折页", 1], by=given.a_marketer(), about=str(campaign.pk))
    )
    site = sign_in(director)

    assert rep.name in site.get(seen.get_absolute_url()).content.decode()
    assert site.get(hidden.get_absolute_url()).status_code == 404


def test_the_preview_asks_the_database_the_same_for_three_lines_as_for_forty(
    sign_in, django_assert_max_num_queries
):
    rep = given.a_rep()
    site = sign_in(rep)
    for count in (3, 40):
        upload = read(organisations(*names(count), by=rep))
        with django_assert_max_num_queries(12):
            site.get(upload.get_absolute_url())


def test_judging_more_lines_asks_the_database_no_more(django_assert_max_num_queries):
    rep = given.a_rep()
    for count in (10, 400):
        upload = organisations(*names(count), by=rep)
        with django_assert_max_num_queries(24):
            read(upload)
