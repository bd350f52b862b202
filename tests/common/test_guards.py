"""A trigger that is gone or does something else is named, and can be put back (integrity rules 1, 3, 5, 6, 9, 20, 24)."""

from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.invariants import verdicts
from keyaccounts.common.readiness import guards
from keyaccounts.common.triggers import (
    all_guards,
    append_only,
    chained,
    frozen,
    installed,
    not_whole,
    numbered,
    put_back,
    running_total,
)
from tests import given

pytestmark = pytest.mark.django_db


def drop(trigger, table):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        on = "" if connection.vendor == "sqlite" else f' ON "{table}"'
        cursor.execute(f'DROP TRIGGER "{trigger}"{on}')


def every_trigger():
    return [(guard.table, trigger) for guard in all_guards() for trigger in guard.triggers(connection.vendor)]


def replace(trigger, table):
    """The trigger as it is called and where it is, doing nothing."""
    drop(trigger, table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f'CREATE TRIGGER "{trigger}" BEFORE DELETE ON "{table}" WHEN 0 BEGIN SELECT 1; END'
            )
        else:
            cursor.execute(
                f'CREATE TRIGGER "{trigger}" BEFORE DELETE ON "{table}" FOR EACH STATEMENT'
                " EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            )
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{trigger}"')


def written_otherwise(guard, *, condition="", body=None, settings=""):
    """The triggers of a guard on PostgreSQL made as its statements make them, but for one thing."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in guard.statements("postgresql"):
            statement = statement.replace(" EXECUTE FUNCTION", f" {condition} EXECUTE FUNCTION")
            statement = statement.replace(" AS $$", f" {settings} AS $$")
            cursor.execute(statement.replace(guard.body, body or guard.body))


def an_act():
    person = given.a_rep()
    with transaction.atomic():
        record(person, "people.user.created", by=person)


def test_what_the_migrations_promise_is_what_is_there():
    assert set(installed(connection)) == set(every_trigger())
    assert not_whole(connection) == []
    assert {guard.table for guard in all_guards()} == {
        "accounts_fact", "audit_auditevent", "budget_budgetline", "budget_entry", "materials_stockmove",
        "visits_planline", "visits_planrevision", "visits_visitplan",
    }  # fmt: skip


@pytest.mark.parametrize(("table", "trigger"), every_trigger())
def test_each_lost_trigger_is_named(table, trigger):
    drop(trigger, table)

    assert not_whole(connection) == not_whole(connection, table) == [trigger]
    assert not_whole(connection, "people_user") == []
    assert (guards().is_well, guards().says) == (False, f"lost or replaced: {trigger}")
    assert [text for verdict in verdicts() for text in verdict.violations] == [trigger]


@pytest.mark.parametrize(("table", "trigger"), every_trigger())
def test_each_replaced_trigger_is_named_and_put_back(table, trigger):
    replace(trigger, table)

    assert not_whole(connection) == not_whole(connection, table) == [trigger]
    assert (guards().is_well, guards().says) == (False, f"lost or replaced: {trigger}")
    assert [text for verdict in verdicts() for text in verdict.violations] == [trigger]
    assert put_back(connection) == [trigger]
    assert not_whole(connection) == []


@pytest.mark.parametrize(
    "otherwise",
    [{"condition": "WHEN (false)"}, {"body": "RETURN NEW;"}, {"settings": "SET search_path = pg_catalog"}],
)
def test_a_guard_whose_function_or_condition_is_another_is_none(otherwise):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's triggers are one statement")
    for guard in all_guards():
        written_otherwise(guard, **otherwise)

    assert not_whole(connection) == [trigger for _table, trigger in every_trigger()]

    for guard in all_guards():
        written_otherwise(guard)

    assert not_whole(connection) == []


def test_what_a_guard_does_is_changed_by_a_migration():
    """Were this text another, older databases would be told that somebody replaced their guards.

    Whoever changes what ``common.triggers`` writes adds a migration with ``renewed(…)`` for each guard that is
    written differently now, and puts the new sum here.
    """
    one_of_each = (
        append_only("t", unique=("a", ("b", "c"))),
        running_total("t", into="sums", key="a", columns={"sum": "change"}),
        frozen("t", "a", when="OLD.b > 0"),
        numbered("t", into="ends", key="a"),
        chained("t", into="ends"),
    )

    said = [
        meaning
        for guard in one_of_each
        for vendor in ("sqlite", "postgresql")
        for meaning in guard.meanings(vendor).values()
    ]

    assert sha256("\n".join(said).encode()).hexdigest()[:16] == "df4d4a72d1a697bf"


def test_a_trigger_that_is_switched_off_is_no_guard():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no trigger that is switched off")
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "budget_entry" DISABLE TRIGGER "budget_entry_numbered"')

    assert not_whole(connection) == ["budget_entry_numbered"]


def test_a_trigger_of_that_name_on_another_table_is_no_guard():
    verb = "update" if connection.vendor == "sqlite" else "change"
    drop(name := f"accounts_fact_no_{verb}_append_only", "accounts_fact")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f'CREATE TRIGGER "{name}" AFTER UPDATE ON people_team BEGIN SELECT 1; END')
        else:
            cursor.execute(
                f'CREATE TRIGGER "{name}" BEFORE UPDATE ON people_team'
                ' FOR EACH ROW EXECUTE FUNCTION "accounts_fact_append_only"()'
            )

    assert not_whole(connection) == [name]


def test_lost_triggers_are_put_back_and_work():
    for table, trigger in every_trigger():
        drop(trigger, table)
    said = StringIO()

    call_command("restore_guards", stdout=said)

    assert said.getvalue().splitlines()[: len(every_trigger())] == [name for _table, name in every_trigger()]
    assert not_whole(connection) == put_back(connection) == []
    assert guards().says == "8 tables guarded"
    an_act()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.update(reason="另一个原因")


def test_what_was_written_unguarded_is_still_found():
    """The guards come back; the trail that was changed meanwhile does not get better by that."""
    an_act()
    for table, trigger in every_trigger():
        if table == "audit_auditevent":
            drop(trigger, table)
    AuditEvent.objects.update(reason="另一个原因")

    with pytest.raises(CommandError):
        call_command("restore_guards", stdout=StringIO())

    assert not_whole(connection) == []
