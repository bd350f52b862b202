"""No route changes or deletes a row of the trail (integrity rules 18, 24)."""

import pytest
from django.db import IntegrityError, connection, transaction

from keyaccounts.audit.actions import Act, record, record_all
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import faults
from keyaccounts.common.triggers import not_whole
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    person = given.a_rep()
    with transaction.atomic():
        record(person, "people.user.created", by=person)
    return AuditEvent.objects.get()


def by_save(event):
    event.reason = "另一个原因"
    event.save()


def by_update(event):
    AuditEvent.objects.filter(pk=event.pk).update(reason="另一个原因")


def by_bulk_update(event):
    event.reason = "另一个原因"
    AuditEvent.objects.bulk_update([event], ["reason"])


def by_delete(event):
    event.delete()


def by_queryset_delete(event):
    AuditEvent.objects.all().delete()


def by_raw_sql(event):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditevent SET reason = 'x'")


def by_raw_delete(event):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditevent")


def by_upsert(event):
    event.reason = "另一个原因"
    AuditEvent.objects.bulk_create(
        [event], update_conflicts=True, unique_fields=["sequence"], update_fields=["reason"]
    )


def by_truncate(event):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "TRUNCATE audit_auditevent"
            if connection.vendor == "postgresql"
            else "DELETE FROM audit_auditevent"
        )


def by_replace(event):
    if connection.vendor == "postgresql":
        raise IntegrityError  # there is no REPLACE
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
        try:
            cursor.execute(
                "REPLACE INTO audit_auditevent SELECT id + 1, sequence, at, action, subject, subject_label, under,"
                " from_state, to_state, 'x', data, previous_digest, digest, actor_id FROM audit_auditevent"
            )
        finally:
            cursor.execute("PRAGMA recursive_triggers = ON")


ROUTES = [
    by_save, by_update, by_bulk_update, by_delete, by_queryset_delete,
    by_raw_sql, by_raw_delete, by_upsert, by_truncate, by_replace,
]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_every_route_is_refused(event, route):
    with pytest.raises(IntegrityError), transaction.atomic():
        route(event)

    assert AuditEvent.objects.get().reason == ""


def test_a_row_may_be_added(event):
    with transaction.atomic():
        record(event.actor, "people.user.created", by=event.actor)

    assert AuditEvent.objects.count() == 2


def test_the_tables_are_guarded_after_all_migrations():
    assert not_whole(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_can_empty_its_database():
    given.the_vocabulary()
    person = given.a_rep()

    with transaction.atomic():
        record(person, "people.user.created", by=person)

    assert not_whole(connection, "audit_auditevent") == []


def test_a_row_that_does_not_follow_the_last_one_is_refused(event):
    """Whatever wrote it: the database takes a row at the end of the chain only."""
    stray = AuditEvent(
        sequence=event.sequence + 2, at=event.at, action="people.user.changed", subject=event.subject,
        subject_label="x", previous_digest=event.digest, digest="0" * 64,
    )  # fmt: skip
    forged = AuditEvent(
        sequence=event.sequence + 1, at=event.at, action="people.user.changed", subject=event.subject,
        subject_label="x", previous_digest="1" * 64, digest="0" * 64,
    )  # fmt: skip

    for row in (stray, forged):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def test_many_rows_at_once_are_a_chain_too(event):
    person = event.actor
    with transaction.atomic():
        record_all([Act(person, "people.user.changed", reason=str(n)) for n in range(700)], by=person)

    assert list(faults()) == []
