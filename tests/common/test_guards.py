"""A trigger that is gone is missed by name, and can be put back (integrity rules 1, 3, 5, 6, 9, 20, 24)."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.invariants import verdicts
from keyaccounts.common.readiness import guards
from keyaccounts.common.triggers import all_guards, installed, missing, put_back
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


def an_act():
    person = given.a_rep()
    with transaction.atomic():
        record(person, "people.user.created", by=person)


def test_what_the_migrations_promise_is_what_is_there():
    assert set(installed(connection)) == {trigger for _table, trigger in every_trigger()}
    assert missing(connection) == []
    assert {guard.table for guard in all_guards()} == {
        "accounts_fact", "audit_auditevent", "budget_budgetline", "budget_entry", "materials_stockmove",
    }  # fmt: skip


@pytest.mark.parametrize(("table", "trigger"), every_trigger())
def test_each_lost_trigger_is_named(table, trigger):
    drop(trigger, table)

    assert missing(connection) == missing(connection, table) == [trigger]
    assert missing(connection, "people_user") == []
    assert (guards().is_well, guards().says) == (False, f"lost: {trigger}")
    assert [text for verdict in verdicts() for text in verdict.violations] == [trigger]


def test_a_trigger_that_is_switched_off_is_no_guard():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no trigger that is switched off")
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "budget_entry" DISABLE TRIGGER "budget_entry_numbered"')

    assert missing(connection) == ["budget_entry_numbered"]


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

    assert missing(connection) == [name]


def test_lost_triggers_are_put_back_and_work():
    for table, trigger in every_trigger():
        drop(trigger, table)
    said = StringIO()

    call_command("restore_guards", stdout=said)

    assert said.getvalue().splitlines()[: len(every_trigger())] == [name for _table, name in every_trigger()]
    assert missing(connection) == put_back(connection) == []
    assert guards().says == "5 tables guarded"
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

    assert missing(connection) == []
