"""Append-only tables: the database itself refuses to change or delete a row (integrity rules 1, 9, 24).

In a migration, after the table exists::

    operations = [append_only("audit_auditevent", unique=("sequence",))]

A later migration that makes SQLite rebuild the table (most ``AlterField``) loses the triggers: repeat
the operation there. ``missing`` finds a table that has lost them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import migrations

SUFFIX = "append_only"


def append_only(table: str, *, unique: Iterable[str] = ()) -> migrations.RunPython:
    """A migration operation after which rows of ``table`` are only ever inserted.

    UPDATE, DELETE, REPLACE and TRUNCATE fail with ``IntegrityError``, by whatever route they come.
    ``unique`` names further unique columns: SQLite's ``INSERT OR REPLACE`` could push out a row
    through them without a delete trigger noticing, were ``recursive_triggers`` off.
    """
    columns = ("id", *unique)

    def guard(apps: Any, schema_editor: Any) -> None:
        for statement in _statements(schema_editor.connection.vendor, table, columns):
            # params=None: a % in the text is no placeholder.
            schema_editor.execute(statement, params=None)

    def release(apps: Any, schema_editor: Any) -> None:
        for statement in _dropping(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, release, elidable=False)


def _statements(vendor: str, table: str, columns: tuple[str, ...]) -> Iterator[str]:
    yield from _dropping(vendor, table)
    refusal = f"{table} is append-only"
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            yield (
                f'CREATE TRIGGER "{table}_no_{verb.lower()}_{SUFFIX}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        taken = " OR ".join(f'"{column}" = NEW."{column}"' for column in columns)
        is_there = f'EXISTS (SELECT 1 FROM "{table}" WHERE {taken})'  # noqa: S608 - names from a migration
        yield (
            f'CREATE TRIGGER "{table}_no_replace_{SUFFIX}" BEFORE INSERT ON "{table}" '
            f"WHEN {is_there} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
    elif vendor == "postgresql":
        yield (
            f'CREATE FUNCTION "{table}_{SUFFIX}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for name, event, level in (
            ("no_change", "UPDATE OR DELETE", "ROW"),
            ("no_truncate", "TRUNCATE", "STATEMENT"),
        ):
            trigger = f'"{table}_{name}_{SUFFIX}"'
            yield (
                f'CREATE TRIGGER {trigger} BEFORE {event} ON "{table}" '
                f'FOR EACH {level} EXECUTE FUNCTION "{table}_{SUFFIX}"()'
            )
            # ALWAYS: also for a session that plays a replica.
            yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {trigger}'


def _dropping(vendor: str, table: str) -> Iterator[str]:
    if vendor == "sqlite":
        for name in ("no_update", "no_delete", "no_replace"):
            yield f'DROP TRIGGER IF EXISTS "{table}_{name}_{SUFFIX}"'
    elif vendor == "postgresql":
        yield f'DROP FUNCTION IF EXISTS "{table}_{SUFFIX}"() CASCADE'


def guards(connection: Any) -> dict[str, list[tuple[str, str]]]:
    """The guarding triggers in the database: table → (trigger, the statement that makes it; SQLite)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
                [f"%{SUFFIX}"],
            )
        else:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname, '' FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgenabled = 'A' AND tgname LIKE %s",
                [f"%{SUFFIX}"],
            )
        found: dict[str, list[tuple[str, str]]] = {}
        for table, name, sql in cursor.fetchall():
            found.setdefault(table.strip('"'), []).append((name, sql))
    return found


def missing(connection: Any, *tables: str) -> list[str]:
    """Those of ``tables`` that are not fully guarded any more."""
    wanted = 3 if connection.vendor == "sqlite" else 2
    found = guards(connection)
    return [table for table in tables if len(found.get(table, ())) < wanted]
