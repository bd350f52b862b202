"""The trail is chained, told in words, and one submission has one effect."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from keyaccounts.audit import tasks
from keyaccounts.audit.actions import digest_of, once, record
from keyaccounts.audit.models import AuditEvent, Submission
from keyaccounts.audit.queries import faults, history
from keyaccounts.common.errors import RuleViolation
from keyaccounts.schedule import SCHEDULE
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


def appended_by_hand(sequence, **values):
    """A row written past the actions, with the hash it would have: whoever does it knows how the hash is made."""
    last = AuditEvent.objects.get(sequence=sequence - 1)
    event = AuditEvent(
        sequence=sequence, at=last.at, actor=last.actor, action=last.action, subject=last.subject,
        subject_label=last.subject_label, under=last.under, previous_digest=last.digest, **values,
    )  # fmt: skip
    event.digest = digest_of(event)
    with unguarded(connection):
        event.save(force_insert=True)
    return event


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE audit_auditevent SET reason = 'x' WHERE sequence = 2"], "2: 被改动"),
        (["UPDATE audit_auditevent SET at = '2012-01-01 00:00:00+00:00' WHERE sequence = 1"], "1: 被改动"),
        (["UPDATE audit_auditevent SET actor_id = NULL WHERE sequence = 2"], "2: 被改动"),
        (["UPDATE audit_auditevent SET data = '{}' WHERE sequence = 3"], "3: 被改动"),
        (["DELETE FROM audit_auditevent WHERE sequence = 1"], "1: 被删除"),
        (["DELETE FROM audit_auditevent WHERE sequence = 2"], "2: 被删除"),
        (["DELETE FROM audit_auditevent WHERE sequence = 3"], "3: 末尾"),
        (["DELETE FROM audit_auditevent"], "1: 末尾"),
        (
            [
                "UPDATE audit_auditevent SET sequence = 99 WHERE sequence = 1",
                "UPDATE audit_auditevent SET sequence = 1 WHERE sequence = 2",
                "UPDATE audit_auditevent SET sequence = 2 WHERE sequence = 99",
            ],
            "1: 被改动",
        ),
        (["UPDATE audit_auditchain SET last_sequence = 2"], "3: "),
        (["UPDATE audit_auditchain SET last_digest = '0'"], "3: "),
        (["DELETE FROM audit_auditchain"], "3: "),
    ],
)
def test_the_command_names_what_was_done_behind_its_back(trail, statements, said):
    for statement in statements:
        tampered(statement)

    assert said in verified()


def test_a_row_appended_by_hand_is_found_though_its_hash_is_right(trail):
    appended_by_hand(4, reason="补记")

    assert "4: " in verified()


def test_a_row_rewritten_with_its_hash_breaks_the_one_after_it(trail):
    event = AuditEvent.objects.get(sequence=2)
    event.reason = "改过"
    tampered(
        "UPDATE audit_auditevent SET reason = %s, digest = %s WHERE sequence = 2", "改过", digest_of(event)
    )

    assert "3: " in verified()


def test_a_trail_rewritten_up_to_its_end_disagrees_with_the_chain(trail):
    event = AuditEvent.objects.get(sequence=3)
    event.reason = "改过"
    tampered(
        "UPDATE audit_auditevent SET reason = %s, digest = %s WHERE sequence = 3", "改过", digest_of(event)
    )

    assert "3: " in verified()


def test_the_command_names_the_table_that_lost_its_guards(trail):
    with unguarded(connection):
        assert "audit_auditevent" in verified()


def verified():
    """What verify_audit says when it fails."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)
    return out.getvalue()


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


def test_keys_are_forgotten_when_nobody_sends_their_form_again():
    person, now = given.a_rep(), timezone.now()
    old, new = uuid.uuid4(), uuid.uuid4()
    for key in (old, new):
        once(key, by=person, act=lambda: "/made")
    Submission.objects.filter(key=old).update(at=now - timedelta(days=91))
    Submission.objects.filter(key=new).update(at=now - timedelta(days=89))

    assert tasks.forget_submissions() == 1

    assert [row.key for row in Submission.objects.all()] == [new]
    assert SCHEDULE["forget_submissions"]["task"] == tasks.forget_submissions.name
