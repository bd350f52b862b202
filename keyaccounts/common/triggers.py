"""What the database itself keeps true, by whatever route a row comes (integrity rules 1, 3, 5, 9, 24).

In a migration, after the table exists::

    operations = [
        append_only("audit_auditevent", unique=("sequence",)),
        running_total("budget_entry", into="budget_budgetline", key="line_id", columns={"spent_amount": "spent_change"}),
        frozen("budget_budgetline", "original_amount", when="…"),
        numbered("budget_entry", into="budget_budget", key="budget_id"),
        chained("audit_auditevent", into="audit_auditchain"),
    ]

A later migration that makes SQLite rebuild such a table (most ``AlterField``, ``AddField`` with a default) would
lose its triggers, or stumble over one that names the table: write ``operations = rebuilding(AlterField(…), …)``.
``missing`` finds an append-only table that has lost its guards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import migrations

SUFFIX = "append_only"
TOTAL = "running_total"
FROZEN = "frozen"
CHAINED = "chained"
NUMBERED = "numbered"
OURS = (SUFFIX, TOTAL, FROZEN, CHAINED, NUMBERED)


def append_only(table: str, *, unique: Iterable[str | tuple[str, ...]] = ()) -> migrations.RunPython:
    """A migration operation after which rows of ``table`` are only ever inserted.

    UPDATE, DELETE, REPLACE and TRUNCATE fail with ``IntegrityError``, by whatever route they come.
    ``unique`` names further unique columns, or groups of columns: SQLite's ``INSERT OR REPLACE`` could push
    out a row through them without a delete trigger noticing, were ``recursive_triggers`` off.
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


def running_total(
    table: str, *, into: str, key: str, columns: Mapping[str, str], places: int = 2
) -> migrations.RunPython:
    """A migration operation after which each row inserted into ``table`` is added up in ``into``.

    ``columns`` maps a column of ``into`` to the column of ``table`` that is added to it, in the row whose id
    stands in ``table.key``. A check constraint of ``into`` thereby refuses the row that would break it. SQLite
    keeps decimals as floating point numbers: sums are rounded to ``places``.
    """
    name = f"{table}_{TOTAL}"

    def guard(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            sums = ", ".join(f'"{to}" = ROUND("{to}" + NEW."{of}", {places})' for to, of in columns.items())
            statements = [
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" '  # noqa: S608 - names from a migration
                f'BEGIN UPDATE "{into}" SET {sums} WHERE "id" = NEW."{key}"; END'
            ]
        else:
            sums = ", ".join(f'"{to}" = "{to}" + NEW."{of}"' for to, of in columns.items())
            statements = [
                f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '  # noqa: S608
                f'UPDATE "{into}" SET {sums} WHERE "id" = NEW."{key}"; RETURN NULL; END $$',
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
            ]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, _releasing(name), elidable=False)


def frozen(table: str, column: str, *, when: str) -> migrations.RunPython:
    """A migration operation after which ``column`` keeps its value in the rows for which ``when`` holds.

    ``when`` is an SQL condition on OLD; changing the value then fails with ``IntegrityError``.
    """
    name = f"{table}_{column}_{FROZEN}"
    refusal = f"{table}.{column} is frozen"

    def guard(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            statements = [
                f'CREATE TRIGGER "{name}" BEFORE UPDATE OF "{column}" ON "{table}" '
                f'WHEN OLD."{column}" IS NOT NEW."{column}" AND ({when}) '
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            ]
        else:
            statements = [
                f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
                f'IF OLD."{column}" IS DISTINCT FROM NEW."{column}" AND ({when}) THEN '
                f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN NEW; END $$",
                f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
            ]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, _releasing(name), elidable=False)


def numbered(table: str, *, into: str, key: str) -> migrations.RunPython:
    """A migration operation after which rows of ``table`` are numbered without gaps (integrity rule 6).

    The row of ``into`` whose id stands in ``table.key`` keeps the last ``number`` as ``last_number``; a row with
    the next number moves it on, any other fails with ``IntegrityError``.
    """
    name = f"{table}_{NUMBERED}"
    refusal = f"{table}: not the next number"
    follows = f'"id" = NEW."{key}" AND "last_number" = NEW."number" - 1'

    def guard(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            statements = [
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" BEGIN '  # noqa: S608 - names from a migration
                f"SELECT RAISE(ABORT, '{refusal}') WHERE NOT EXISTS (SELECT 1 FROM \"{into}\" WHERE {follows}); "
                f'UPDATE "{into}" SET "last_number" = NEW."number" WHERE "id" = NEW."{key}"; END'
            ]
        else:
            statements = [
                f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '  # noqa: S608
                f'UPDATE "{into}" SET "last_number" = NEW."number" WHERE {follows}; IF NOT FOUND THEN '
                f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN NULL; END $$",
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
            ]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, _releasing(name), elidable=False)


def chained(table: str, *, into: str) -> migrations.RunPython:
    """A migration operation after which a row of ``table`` is only added at the end of its chain (rule 24).

    The one row of ``into`` names the end (``last_sequence``, ``last_digest``); a row that follows it by
    ``sequence`` and ``previous_digest`` becomes the end, any other fails with ``IntegrityError``.
    """
    name = f"{table}_{CHAINED}"
    refusal = f"{table}: not the end of its chain"

    def guard(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            statements = [
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" BEGIN '  # noqa: S608 - names from a migration
                f"SELECT RAISE(ABORT, '{refusal}') WHERE NOT EXISTS (SELECT 1 FROM \"{into}\" "
                'WHERE "last_sequence" = NEW."sequence" - 1 AND "last_digest" = NEW."previous_digest"); '
                f'UPDATE "{into}" SET "last_sequence" = NEW."sequence", "last_digest" = NEW."digest"; END'
            ]
        else:
            # Once a statement, not a row: a thousand rows at once would update the end a thousand times.
            statements = [
                f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '  # noqa: S608
                f'UPDATE "{into}" SET "last_sequence" = newest."sequence", "last_digest" = newest."digest" '
                'FROM (SELECT "sequence", "digest" FROM added ORDER BY "sequence" DESC LIMIT 1) AS newest '
                'WHERE newest."sequence" - "last_sequence" = (SELECT count(*) FROM added '
                f'JOIN (SELECT "sequence", "digest" FROM added '
                f'UNION ALL SELECT "last_sequence", "last_digest" FROM "{into}") AS previous '
                'ON previous."sequence" = added."sequence" - 1 AND previous."digest" = added."previous_digest"); '
                "IF NOT FOUND AND EXISTS (SELECT 1 FROM added) THEN "
                f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                "RETURN NULL; END $$",
                f'CREATE TRIGGER "{name}" AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS added '
                f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
            ]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, _releasing(name), elidable=False)


def rebuilding(*operations: Any) -> list[Any]:
    """The operations of a migration that rebuilds guarded tables on SQLite: triggers off before, the same on after."""
    kept: list[str] = []

    def off(apps: Any, schema_editor: Any) -> None:
        kept.clear()
        if schema_editor.connection.vendor != "sqlite":
            return  # PostgreSQL alters tables in place
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = [(name, sql) for name, sql in cursor.fetchall() if name.endswith(OURS)]
        for name, sql in found:
            schema_editor.execute(f'DROP TRIGGER "{name}"', params=None)
            kept.append(sql)

    def on(apps: Any, schema_editor: Any) -> None:
        for sql in kept:
            schema_editor.execute(sql, params=None)

    return [
        migrations.RunPython(off, on, elidable=False),
        *operations,
        migrations.RunPython(on, off, elidable=False),
    ]


def _releasing(name: str) -> Any:
    def release(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        statement = f'DROP TRIGGER IF EXISTS "{name}"' if is_sqlite else f'DROP FUNCTION "{name}"() CASCADE'
        schema_editor.execute(statement, params=None)

    return release


def _statements(vendor: str, table: str, columns: tuple[str | tuple[str, ...], ...]) -> Iterator[str]:
    yield from _dropping(vendor, table)
    refusal = f"{table} is append-only"
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            yield (
                f'CREATE TRIGGER "{table}_no_{verb.lower()}_{SUFFIX}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        groups = [(column,) if isinstance(column, str) else column for column in columns]
        taken = " OR ".join(
            "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in group) + ")" for group in groups
        )
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
    """The triggers that refuse rows: table → (trigger, the statement that makes it; SQLite)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname, '' FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgenabled = 'A'"
            )
        found: dict[str, list[tuple[str, str]]] = {}
        for table, name, sql in cursor.fetchall():
            if name.endswith((SUFFIX, CHAINED, NUMBERED)):
                found.setdefault(table.strip('"'), []).append((name, sql))
    return found


def missing(connection: Any, *tables: str) -> list[str]:
    """Those of ``tables`` that are not fully guarded any more."""
    wanted = 3 if connection.vendor == "sqlite" else 2
    found = guards(connection)
    return [
        table
        for table in tables
        if sum(name.endswith(SUFFIX) for name, _sql in found.get(table, ())) < wanted
    ]
