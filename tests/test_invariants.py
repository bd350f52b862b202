"""``check_invariants`` finds what is wrong and nothing else."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.actions.organisations import create_organisation, edit_organisation, move_stage
from accounts.models import KeyContact, Organisation
from keyaccounts.audit.actions import once, record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.campaigns.actions.work import move_work_item
from keyaccounts.campaigns.models import WorkItem
from keyaccounts.common.invariants import all_invariants, verdicts
from tests import given
from tests.flushing import unguarded
from visits.actions.appointments import move
from visits.actions.reports import submit_report
from visits.actions.reviews import return_report, review_report
from visits.answers import opens_with
from visits.choices import VisitState
from visits.models import Visit, VisitReport

pytestmark = pytest.mark.django_db
EVENING = given.at(2012, 7, 10, 18)


def checked(*arguments: str) -> str:
    out = io.StringIO()
    call_command("check_invariants", *arguments, stdout=out)
    return out.getvalue()


def violations(rule: int) -> list[str]:
    return [text for verdict in verdicts([rule]) for text in verdict.violations]


@pytest.fixture
def lived():
    """A little of everything, done by the actions themselves: nothing in it breaks a rule."""
    rep, director = given.a_rep(), given.a_director()
    organisation = create_organisation(name="北京汾河源商会", type="chamber", by=rep, on=EVENING.date())
    contact = given.a_contact(organisation)
    move_stage(organisation, to="negotiating", by=rep)
    for state in (VisitState.CONFIRMED, VisitState.DONE):
        given.a_visit(organisation, state=state, created_by=rep)
    visit = given.a_visit(organisation, planned_at=given.at(2012, 7, 10, 10))
    move(visit, VisitState.PREPARING, by=rep)
    move(visit, VisitState.CHECKED_IN, by=rep, number=2, checked_in_at=given.at(2012, 7, 10, 10))
    report = submit_report(
        visit,
        answers={**opens_with(visit), "intention": "A"},
        results={"outcome": ["met_key"]},
        contacts_met=[contact],
        version=0,
        by=rep,
        at=EVENING,
    )
    return_report(report, reason="补充人数", by=director, at=EVENING)
    visit.refresh_from_db()
    report = submit_report(
        visit,
        answers={**opens_with(visit), "intention": "A", "staff_count": 30},
        results={"outcome": ["met_key"]},
        contacts_met=[contact],
        version=VisitReport.objects.get().version,
        by=rep,
        at=EVENING,
    )
    review_report(report, by=director, at=EVENING)
    move_work_item(given.a_work_item(given.a_campaign()), to="doing", by=director, on=EVENING.date())


def test_what_the_actions_did_breaks_no_rule(lived):
    said = checked()

    assert {line[:2].strip() for line in said.splitlines()} >= {"12", "13", "14", "18", "19", "20", "24"}
    assert [text for verdict in verdicts() for text in verdict.violations] == []
    assert all(verdict.rows for verdict in verdicts([12, 13, 14, 18, 24]))


def test_the_shipped_demo_breaks_no_rule():
    call_command("load_demo", verbosity=0, stdout=io.StringIO())

    assert checked().count("\n") == len({(one.rule, str(one.name)) for one in all_invariants()})


def test_a_violation_is_named_and_ends_in_an_error(lived):
    Visit.objects.filter(number=2).update(number=5)

    with pytest.raises(CommandError, match="1"):
        checked("--rule", "13")
    assert violations(13) == [f"{Organisation.objects.get().code}: 1–5, 2"]


def test_a_key_contact_of_another_organisation(lived):
    KeyContact.objects.update(contact=given.a_contact(given.an_organisation()))

    assert len(violations(12)) == 1


def test_a_report_whose_first_moment_has_moved(lived):
    VisitReport.objects.update(first_submitted_at=EVENING + timedelta(days=9_000))

    assert len(violations(14)) == 2  # after it last came in, and after the trail was told


def test_a_state_that_nobody_wrote_down(lived):
    Organisation.objects.update(stage="cooperating")
    VisitReport.objects.update(state="submitted")
    WorkItem.objects.update(state="todo")

    found = violations(18)

    assert [text for text in found if text.startswith("accounts.organisation.")] != []
    assert [text for text in found if text.startswith("visits.visitreport.")] != []
    assert [text for text in found if text.startswith("campaigns.workitem.")] != []


def test_a_move_along_no_edge_and_a_gap_in_the_trail(lived):
    organisation = Organisation.objects.get()
    with transaction.atomic():
        record(
            organisation,
            "accounts.organisation.moved",
            by=None,
            from_state="scouting",
            to_state="maintaining",
        )
    Organisation.objects.update(stage="maintaining")

    found = violations(18)

    assert len(found) == 2, found


def test_a_form_without_its_answer(lived):
    rep, key = given.a_rep(), uuid.uuid4()
    once(key, by=rep, act=lambda: "/made/")
    assert violations(19) == []

    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_submission SET answer = ''")

    assert violations(19) == [f"{key}: –"]


def test_a_key_that_was_taken_twice(lived):
    once(key := uuid.uuid4(), by=given.a_rep(), act=lambda: "/made/")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The constraint is part of the table: the same table without it, until the end of the test.
            cursor.execute("CREATE TABLE bare AS SELECT * FROM audit_submission")
            cursor.execute("DROP TABLE audit_submission")
            cursor.execute("ALTER TABLE bare RENAME TO audit_submission")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE audit_submission DROP CONSTRAINT submission_once_per_person")
        cursor.execute(
            "INSERT INTO audit_submission (id, key, answer, at, user_id)"
            " SELECT id + 1, key, answer, at, user_id FROM audit_submission"
        )

    assert violations(19) == [f"{key}: 2"]


def test_an_edit_that_was_written_over(lived):
    organisation = Organisation.objects.get()
    for address in ("一号", "二号"):
        organisation = edit_organisation(
            organisation, by=organisation.owner, on=EVENING.date(), version=None, address=address
        )
    assert violations(20) == []

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_organisation SET version = 2")

    assert violations(20) == [f"accounts.organisation:{organisation.pk}: 2 edits, version 2"]


def test_a_changed_row_of_the_trail(lived):
    with unguarded(connection):
        AuditEvent.objects.filter(sequence=2).update(reason="ganz anders")

    assert violations(24) != []
