"""What must hold when several people, or several workers, do the same thing at once (integrity rules C)."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.choices import KeyState
from accounts.models import (
    ContactLog,
    KeyContact,
    KeyContactChange,
    Merge,
    Organisation,
)
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.codes import save_with_code
from keyaccounts.imports.actions import write_upload
from keyaccounts.imports.choices import LineVerdict, UploadState
from keyaccounts.imports.models import Upload, UploadLine
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given
from tests.racing import race
from visits.actions.locking import lock_organisation
from visits.choices import VisitState
from visits.models import Visit, VisitPlan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def test_one_key_contact_however_many_visits_fix_one(tmp_path):
    organisation = given.an_organisation()
    contacts = [given.a_contact(organisation).pk for _ in range(6)]

    results = race(
        "confirm_key_contact",
        processes=6,
        folder=tmp_path,
        organisation=organisation.pk,
        contacts=contacts,
        by=organisation.owner.pk,
    )

    winner = KeyContact.objects.get(organisation=organisation)
    assert [result.get("value") for result in results] == [winner.contact_id] * 6


def test_visit_numbers_are_consecutive_however_many_finish_at_once(tmp_path):
    organisation = given.an_organisation()
    visits = [given.a_visit(organisation, state=VisitState.CONFIRMED).pk for _ in range(8)]

    results = race("finish_visit", processes=8, folder=tmp_path, visits=visits, by=organisation.owner.pk)

    assert sorted(result.get("value", result) for result in results) == list(range(1, 9))
    assert list(Visit.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 9))
    assert Organisation.objects.get().visits_made == 8


def test_one_visit_finished_by_several_is_finished_once(tmp_path):
    organisation = given.an_organisation()
    visit = given.a_visit(organisation, state=VisitState.CONFIRMED)

    results = race(
        "finish_visit", processes=4, folder=tmp_path, visits=[visit.pk] * 4, by=organisation.owner.pk
    )

    assert [("error" in result) for result in results].count(False) == 1
    assert Organisation.objects.get().visits_made == 1


def test_the_trail_stays_whole_under_many_writers(tmp_path):
    person = given.a_rep()

    results = race("append_to_trail", processes=8, folder=tmp_path, subject=person.pk, times=20)

    assert results == [{"value": 20}] * 8
    sequences = list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, 161))
    call_command("verify_audit", verbosity=0)


def test_the_same_form_from_several_windows_has_one_effect(tmp_path):
    organisation = given.an_organisation()

    results = race(
        "submit",
        processes=4,
        folder=tmp_path,
        key=str(uuid.uuid4()),
        organisation=organisation.pk,
        by=organisation.owner.pk,
    )

    log = ContactLog.objects.get()
    assert results == [{"value": f"/logged/{log.pk}/"}] * 4


def test_several_schedulers_tell_each_person_once(tmp_path):
    given.a_director()
    visit = given.a_visit(
        given.an_organisation(), state=VisitState.DONE, checked_in_at=given.at(2012, 7, 9, 10)
    )

    results = race("remind", processes=4, folder=tmp_path)

    assert [result for result in results if "error" in result] == []
    told = list(Notice.objects.order_by("dedupe_key").values_list("dedupe_key", flat=True))
    assert len(told) == len(set(told)) == 3, visit


def test_codes_are_unique_however_many_enter_organisations(tmp_path):
    rep = given.a_rep()

    results = race("create_organisations", processes=6, folder=tmp_path, by=rep.pk, times=4)

    codes = [code for result in results for code in result.get("value", [result])]
    assert sorted(codes) == [f"KH2012-{n:03}" for n in range(1, 25)]


def test_of_several_edits_of_one_version_one_is_kept_and_the_others_are_told(tmp_path):
    organisation = given.an_organisation()

    results = race(
        "edit",
        processes=4,
        folder=tmp_path,
        organisation=organisation.pk,
        version=organisation.version,
        by=organisation.owner.pk,
    )

    before = organisation.version
    organisation.refresh_from_db()
    winners = [result["value"] for result in results if "value" in result]
    assert [organisation.address] == [f"{index}号" for index in winners]
    assert organisation.version == before + 1
    assert [result["error"].partition(":")[0] for result in results if "error" in result] == ["StaleEdit"] * 3
    assert AuditEvent.objects.filter(action="accounts.organisation.edited").count() == 1


def test_of_two_directors_one_decides(tmp_path):
    organisation = given.an_organisation()
    key = KeyContact.objects.create(
        organisation=organisation, contact=given.a_contact(organisation), since_on=date(2012, 6, 1)
    )
    change = KeyContactChange.objects.create(
        organisation=organisation, from_key=key, reason="离职", requested_by=organisation.owner
    )
    directors = [given.a_director().pk for _ in range(4)]

    results = race("decide", processes=4, folder=tmp_path, change=change.pk, directors=directors)

    decided = [result["value"] for result in results if "value" in result]
    change.refresh_from_db()
    key.refresh_from_db()
    assert decided == [change.state]
    assert (key.state == KeyState.VOID_CHANGED) == (change.state == "approved")


def test_several_workers_deliver_each_notice_once(tmp_path):
    person = given.a_rep()
    organisation = given.an_organisation(owner=person)
    early = given.at(2012, 7, 10, 8)
    tell_all(
        [
            Message(
                person, NoticeKind.SILENCE, organisation, f"通知{n}", step=str(n), due_on=date(2012, 7, 10)
            )
            for n in range(60)
        ],
        at=early,
        deliver_from=early,
    )

    results = race("deliver", processes=4, folder=tmp_path)

    assert sum(result["value"] for result in results) == 60
    assert Notice.objects.filter(delivered_at__isnull=True).count() == 0


def two_files():
    kept, merged = given.an_organisation(), given.an_organisation()
    for file in (kept, merged):
        given.a_contact(file)
        given.a_visit(file, state=VisitState.REVIEWED, planned_at=given.at(2012, 6, 1))
    return kept, merged


def test_two_files_are_merged_once(tmp_path):
    kept, merged = two_files()
    visit = given.a_visit(merged, planned_at=given.at(2012, 7, 10, 9))

    results = race(
        "merge_files",
        processes=4,
        folder=tmp_path,
        files=[kept.pk, merged.pk],
        by=given.a_director().pk,
    )

    [row] = Merge.objects.all()
    assert sorted("error" in result for result in results) == [False, True, True, True]
    assert {result["error"].partition(":")[0] for result in results if "error" in result} == {"RuleViolation"}
    visit.refresh_from_db()
    assert visit.organisation == row.kept
    assert list(row.kept.visits.exclude(number=None).order_by("number").values_list("number", flat=True)) == [
        1,
        2,
    ]
    call_command("verify_audit", verbosity=0)


def test_a_report_handed_in_during_a_merge_ends_up_in_the_kept_file(tmp_path):
    kept, merged = two_files()
    visit = given.a_visit(merged, planned_at=given.at(2012, 7, 10, 9))

    results = race(
        "merge_or_report",
        processes=4,
        folder=tmp_path,
        kept=kept.pk,
        merged=merged.pk,
        visit=visit.pk,
        contact=merged.contacts.get().pk,
        by=given.a_director().pk,
    )

    visit.refresh_from_db()
    kept.refresh_from_db()
    assert sorted(result.get("value", "refused") for result in results) == [
        "merged",
        "refused",
        "refused",
        "reported",
    ], results
    assert (visit.organisation, visit.state, visit.number) == (kept, VisitState.REPORTED, 3)
    assert (kept.staff_count, kept.visits_made, kept.visits.count()) == (2350, 1, 3)
    assert not merged.visits.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="There one transaction writes at a time.")
def test_who_follows_a_visit_to_the_kept_file_lets_go_of_the_merged_one():
    """Else a second merge, which holds the kept file and asks for the merged one, and they would wait for each other."""
    kept, merged = two_files()
    opened = given.a_visit(merged)
    Visit.objects.filter(pk=opened.pk).update(organisation=kept)

    def follow() -> Any:
        with transaction.atomic():
            lock_organisation(opened)
        connection.close()
        return opened.organisation

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Organisation.objects.select_for_update().get(pk=kept.pk)
            following = pool.submit(follow)
            somebody_waits()
            Organisation.objects.select_for_update(nowait=True).get(pk=merged.pk)
        assert following.result(20) == kept


def somebody_waits() -> None:
    """Until another connection waits for a lock (PostgreSQL)."""
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            time.sleep(0.02)
    raise TimeoutError("Nobody waits for a lock.")


def test_two_imports_take_different_codes(tmp_path):
    rep = given.a_rep()
    batches = []
    for number in range(3):
        batch = Upload.objects.create(
            kind="organisations",
            file_name=f"{number}.xlsx",
            state=UploadState.WRITING,
            by=rep,
            total=40,
            handled=40,
        )
        UploadLine.objects.bulk_create(
            UploadLine(
                upload=batch, sheet="单位", number=line, raw={}, verdict=LineVerdict.CREATE,
                values={"organisation": {"name": f"单位{number}号{line}厂"}, "contacts": []},
            )
            for line in range(40)
        )  # fmt: skip
        batches.append(batch.pk)

    results = race("write_import", processes=3, folder=tmp_path, batches=batches)

    assert results == [{"value": "written"}] * 3
    codes = list(Organisation.objects.values_list("code", flat=True))
    assert sorted(codes) == [f"KH2012-{n:03}" for n in range(1, 121)]


@pytest.mark.parametrize("turn", range(3))
def test_what_an_import_brought_is_either_taken_back_or_worked_on(tmp_path, turn):
    rep = given.a_rep()
    batch = Upload.objects.create(
        kind="organisations", file_name="名录.xlsx", state=UploadState.WRITING, by=rep, total=40, handled=0
    )
    UploadLine.objects.bulk_create(
        UploadLine(
            upload=batch, sheet="单位", number=line, raw={}, verdict=LineVerdict.CREATE,
            values={"organisation": {"name": f"单位{line}厂"}, "contacts": [{"name": f"联系{line}"}]},
        )
        for line in range(40)
    )  # fmt: skip
    write_upload(batch, at=given.at(2012, 7, 10, 9))
    files = list(Organisation.objects.order_by("pk"))

    results = race(
        "revert_or_work",
        processes=4,
        folder=tmp_path,
        batch=batch.pk,
        organisations=[file.pk for file in files[-4:]],
        contacts=[file.contacts.get().pk for file in files[-4:]],
        by=rep.pk,
    )

    said = [result.get("value", result) for result in results]
    batch.refresh_from_db()
    worked = AuditEvent.objects.filter(
        action__in=["accounts.organisation.edited", "accounts.contact.added", "accounts.contact.edited"],
        sequence__gt=AuditEvent.objects.get(action="imports.upload.written").sequence,
    ).count()
    if batch.state == UploadState.REVERTED:
        assert said[0] == "reverted"
        assert ["随导入撤销" in text for text in said[1:]] == [True] * 3, said
        assert (worked, Organisation.objects.present().count()) == (0, 0)
    else:
        assert "不能撤销导入" in said[0], said
        assert set(said[1:]) == {"worked"}
        assert (worked, Organisation.objects.present().count()) == (3, 40)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="There one transaction writes at a time.")
def test_codes_for_many_wait_for_nobody(tmp_path):
    rep = given.a_rep()
    batch = Upload.objects.create(
        kind="organisations", file_name="1.xlsx", state=UploadState.WRITING, by=rep, total=3
    )
    UploadLine.objects.bulk_create(
        UploadLine(
            upload=batch, sheet="单位", number=line, raw={}, verdict=LineVerdict.CREATE,
            values={"organisation": {"name": f"单位{line}厂"}, "contacts": []},
        )
        for line in range(3)
    )  # fmt: skip

    with transaction.atomic():
        # Somebody's insert that is not committed until the import has been written.
        save_with_code(Organisation(name="北京燕岭重型铸造厂", normalised_name="燕岭重型铸造厂"), "KH2012-")
        results = race("write_import", processes=1, folder=tmp_path, batches=[batch.pk])

    assert results == [{"value": "written"}]
    codes = Organisation.objects.order_by("code").values_list("code", flat=True)
    assert list(codes) == [f"KH2012-{n:03}" for n in range(1, 5)]


def test_one_plan_however_many_windows_hand_it_in(tmp_path):
    rep = given.a_rep()
    given.a_director()
    organisations = [given.an_organisation(owner=rep).pk for _ in range(3)]

    results = race(
        "hand_in_plan", processes=4, folder=tmp_path, by=rep.pk, organisations=organisations, day="2012-07-17"
    )

    plan = VisitPlan.objects.get()
    assert [result["value"] for result in results if "value" in result] == [plan.code]
    assert [result["error"].split(":")[0] for result in results if "error" in result] == ["RuleViolation"] * 3
    assert (plan.state, plan.last_number, Visit.objects.count()) == ("pending", 1, 3)
    assert plan.revisions.get().lines.count() == 3


def test_plans_of_several_people_do_not_wait_for_each_other_for_ever(tmp_path):
    given.a_director()
    reps = [given.a_rep() for _ in range(4)]
    shared = [given.an_organisation(owner=reps[0]) for _ in range(4)]

    results = race(
        "hand_in_own_plan",
        processes=4,
        folder=tmp_path,
        by=[rep.pk for rep in reps],
        day="2012-07-17",
        organisations=[row.pk for row in shared],
    )

    assert sorted(result.get("value", result) for result in results) == [1, 1, 1, 1]
    assert sorted(VisitPlan.objects.values_list("code", flat=True)) == [f"JH2012-00{n}" for n in range(1, 5)]
    assert Visit.objects.count() == 16
