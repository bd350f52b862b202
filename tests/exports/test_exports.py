"""Excel out: at once or by a job, with the row that says who exported what."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.exports import actions, answers, tasks
from keyaccounts.exports.choices import ExportState
from keyaccounts.exports.models import Export
from keyaccounts.notices.models import Notice
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)
LIST = reverse("accounts:organisations") + "?export=xlsx"


@pytest.fixture
def by_job(settings, monkeypatch):
    """Every export is a long one, and nobody takes the message: the sweeper finds the row."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(answers, "AT_ONCE", -1)


def sheet_of(answer):
    content = b"".join(answer.streaming_content)
    return load_workbook(io.BytesIO(content), read_only=True).worksheets[0]


def test_a_small_export_is_answered_at_once_and_leaves_its_row(sign_in):
    rep = given.a_rep()
    organisation = given.an_organisation(owner=rep)

    rows = list(sheet_of(sign_in(rep).get(LIST)).values)

    assert rows[3][1] == organisation.name
    export = Export.objects.get()
    assert (export.state, export.total, export.requested_by) == (ExportState.HANDED_OUT, 1, rep)
    assert AuditEvent.objects.get(action="exports.export.requested").data["total"] == 1


def test_a_long_export_is_written_by_the_job_within_the_owners_scope(sign_in, by_job):
    rep = given.a_rep()
    own, other = given.an_organisation(owner=rep), given.an_organisation()

    answer = sign_in(rep).get(LIST)
    export = Export.objects.get()
    assert (answer.status_code, answer.url, export.state) == (302, export.get_absolute_url(), "waiting")
    tasks.resume_exports()

    export.refresh_from_db()
    assert (export.state, export.written, export.total) == (ExportState.READY, 1, 1)
    rows = sheet_of(sign_in(rep).get(reverse("exports:download", args=[export.pk]))).values
    names = [row[1] for row in rows if len(row) > 1]
    assert (own.name in names, other.name in names) == (True, False)
    assert Notice.objects.get(recipient=rep).url == export.get_absolute_url()


def test_a_right_taken_away_meanwhile_is_not_exported(sign_in, by_job):
    rep = given.a_rep()
    sign_in(rep).get(LIST)
    rep.grants.all().delete()

    for _attempt in range(actions.ATTEMPTS):
        tasks.resume_exports()

    assert Export.objects.get().state == ExportState.FAILED


def test_progress_is_seen_and_a_dead_workers_export_is_taken_over():
    export = actions.note_export(
        title="台账", address=LIST, filters="", total=2000, at_once=False, by=given.a_rep(), at=NOW
    )
    seen = []

    def die(_export, progress, _path):
        progress(1000)
        seen.append(Export.objects.get().percent)
        raise SystemExit

    with pytest.raises(SystemExit):
        actions.write(export.pk, render=die, clock=lambda: NOW)

    assert seen == [50]
    assert actions.due(at=NOW + timedelta(minutes=1)) == []
    assert actions.due(at=NOW + timedelta(minutes=4)) == [export.pk]


def test_a_stopped_export_stops_and_leaves_no_file(sign_in):
    rep = given.a_rep()
    export = actions.note_export(
        title="台账", address=LIST, filters="", total=9, at_once=False, by=rep, at=NOW
    )

    def stopped_while_writing(_export, progress, _path):
        sign_in(rep).post(reverse("exports:stop", args=[export.pk]))
        progress(5)

    actions.write(export.pk, render=stopped_while_writing, clock=lambda: NOW)

    export.refresh_from_db()
    assert (export.state, bool(export.file)) == (ExportState.CANCELLED, False)


def test_it_is_tried_three_times_and_then_said():
    rep = given.a_rep()
    export = actions.note_export(
        title="台账", address=LIST, filters="", total=9, at_once=False, by=rep, at=NOW
    )

    def fail(*_args):
        raise OSError

    tried = [actions.write(export.pk, render=fail, clock=lambda: NOW) for _attempt in range(4)]

    export.refresh_from_db()
    assert (tried, export.state) == ([True, True, True, False], ExportState.FAILED)
    assert "台账" in Notice.objects.get(recipient=rep).title


@pytest.mark.parametrize("name", ["exports:export", "exports:download"])
def test_somebody_elses_export_is_not_there(sign_in, name):
    export = actions.note_export(
        title="台账", address=LIST, filters="", total=9, at_once=True, by=given.a_rep(), at=NOW
    )

    assert sign_in(given.a_director()).get(reverse(name, args=[export.pk])).status_code == 404


def test_the_list_of_ones_exports(sign_in, by_job):
    rep = given.a_rep()
    sign_in(rep).get(LIST)

    page = sign_in(rep).get(reverse("exports:exports")).content.decode()
    detail = sign_in(rep).get(Export.objects.get().get_absolute_url()).content.decode()

    assert ("等待中" in page, 'hx-trigger="load delay:1s"' in detail) == (True, True)


def test_old_files_go_and_the_row_stays(sign_in, by_job):
    rep = given.a_rep()
    sign_in(rep).get(LIST)
    tasks.resume_exports()
    export = Export.objects.get()
    stored = export.file.storage

    gone = actions.remove_old_files(at=export.finished_at + actions.KEPT + timedelta(days=1))

    assert (gone, stored.exists(export.file.name)) == (1, False)
    assert Export.objects.get().state == ExportState.REMOVED


@pytest.mark.parametrize(
    "text", ["=1+1", "+861", "-5", "@x", "\t=1", "=2", "#N/A", "#REF!", "'=1", "正常\x00文字"]
)
def test_what_people_wrote_never_becomes_a_formula(text):
    book, held = Workbook(write_only=True), io.BytesIO()

    write_sheet(
        book, title="表", columns=[Column("a", "甲"), Column("b", "乙")], rows=[[text, Decimal("1.50")]]
    )
    book.save(held)

    cell, money = load_workbook(held).active[4]
    assert (cell.data_type, cell.value) == ("s", text.replace("\x00", ""))
    assert (money.value, money.number_format) == (1.5, "#,##0.00")


def test_no_link_to_an_export_keeps_the_browser_from_following_it():
    """A long export answers with the page of its progress: ``download`` would save that page as a file."""
    exporting = re.compile(r"<a [^>]*(?:export=xlsx|export\.address)[^>]*>")
    links = [
        link
        for template in (settings.BASE_DIR / "templates").rglob("*.html")
        for link in exporting.findall(template.read_text(encoding="utf-8"))
    ]

    assert len(links) >= 5
    assert [link for link in links if " download" in link] == []
