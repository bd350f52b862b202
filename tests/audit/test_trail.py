"""The trail is chained, told in words, and one submission has one effect."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from keyaccounts.audit.actions import once, record
from keyaccounts.audit.models import AuditEvent, Submission
from keyaccounts.audit.queries import faults, history
from keyaccounts.common.errors import RuleViolation
from tests import given
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail():
    person = given.a_rep(name="陈立行")
    for reason in ("一", "二", "三"):
        with transaction.atomic():
            record(person, "people.user.changed", by=person, reason=reason, changes={"title": ["", "组长"]})
    return person


def tampered(sql, *values):
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_untouched_trail_has_no_faults(trail):
    assert list(faults()) == []


def test_a_changed_row_is_found(trail):
    tampered("UPDATE audit_auditevent SET reason = 'x' WHERE sequence = 2")

    assert [fault.sequence for fault in faults()] == [2]


def test_a_removed_row_is_found(trail):
    tampered("DELETE FROM audit_auditevent WHERE sequence = 2")

    assert [fault.sequence for fault in faults()] == [2]


def test_a_row_cut_off_at_the_end_is_found(trail):
    tampered("DELETE FROM audit_auditevent WHERE sequence = 3")

    assert [fault.sequence for fault in faults()] == [3]


def test_an_inserted_row_is_found(trail):
    tampered(
        "INSERT INTO audit_auditevent (sequence, at, action, subject, subject_label, under, from_state, to_state,"
        " reason, data, previous_digest, digest, actor_id) SELECT 4, at, action, subject, subject_label, under,"
        " from_state, to_state, reason, data, previous_digest, digest, actor_id FROM audit_auditevent WHERE sequence = 3"
    )

    assert {fault.sequence for fault in faults()} == {4}


def test_rows_that_changed_places_are_found(trail):
    tampered("UPDATE audit_auditevent SET sequence = 99 WHERE sequence = 1")
    tampered("UPDATE audit_auditevent SET sequence = 1 WHERE sequence = 2")
    tampered("UPDATE audit_auditevent SET sequence = 2 WHERE sequence = 99")

    assert {fault.sequence for fault in faults()} >= {1, 2}


def test_the_command_says_what_is_wrong_and_fails(trail):
    tampered("UPDATE audit_auditevent SET reason = 'x' WHERE sequence = 2")
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)

    assert out.getvalue().startswith("2: ")


def test_history_is_told_in_words(trail):
    entry = history(trail, limit=1)[0]

    assert (entry.who, entry.act, entry.reason) == ("陈立行", "修改了人员", "三")
    assert [(change.label, change.before, change.after) for change in entry.changes] == [
        ("职务", "未填", "组长")
    ]


def test_a_rolled_back_act_leaves_the_chain_whole(trail):
    @transaction.atomic
    def refused():
        record(trail, "people.user.changed", by=trail)
        raise RuleViolation("不行")

    with pytest.raises(RuleViolation):
        refused()

    assert (AuditEvent.objects.count(), list(faults())) == (3, [])


def test_an_act_outside_a_transaction_is_refused(transactional_db):
    person = given.a_rep()

    with pytest.raises(RuntimeError):
        record(person, "people.user.changed", by=person)


def test_the_same_submission_has_one_effect_and_one_answer():
    person, key, effects = given.a_rep(), uuid.uuid4(), []

    answers = [
        once(key, by=person, act=lambda: effects.append(1) or f"/made/{len(effects)}") for _ in range(2)
    ]

    assert (answers, effects) == (["/made/1", "/made/1"], [1])


def test_a_refused_submission_may_be_sent_again():
    person, key = given.a_rep(), uuid.uuid4()

    def refuse():
        raise RuleViolation("不行")

    with pytest.raises(RuleViolation):
        once(key, by=person, act=refuse)

    assert (Submission.objects.count(), once(key, by=person, act=lambda: "/made")) == (0, "/made")


def test_the_key_of_somebody_else_is_another_submission():
    key = uuid.uuid4()

    answers = [once(key, by=given.a_rep(), act=lambda name=name: name) for name in ("/a", "/b")]

    assert answers == ["/a", "/b"]
