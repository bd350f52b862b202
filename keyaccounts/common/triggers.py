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
The migrations are also the list of what has to be there: ``missing`` names each trigger of theirs that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.db import migrations, transaction
from django.db.migrations.loader import MigrationLoader

SUFFIX = "append_only"
TOTAL = "running_total"
FROZEN = "frozen"
CHAINED = "chained"
NUMBERED = "numbered"
OURS = (SUFFIX, TOTAL, FROZEN, CHAINED, NUMBERED)
REFUSING = (SUFFIX, CHAINED, NUMBERED)


class Guard(migrations.RunPython):
    """A migration operation that puts triggers on a table; the same again makes them whole.

    Args:
        name: what the function of PostgreSQL's triggers is called.
        sqlite: by the name of the trigger, when it fires and what it does.
        postgresql: by the name of the trigger, when it fires; what it does is ``body``, in PL/pgSQL.
    """

    def __init__(
        self, table: str, name: str, *, sqlite: Mapping[str, str], postgresql: Mapping[str, str], body: str
    ) -> None:
        self.table, self.name = table, name
        self.sqlite, self.postgresql, self.body = sqlite, postgresql, body
        super().__init__(self._put_on, self._take_off, elidable=False)

    def triggers(self, vendor: str) -> tuple[str, ...]:
        """The names of the triggers on this kind of database."""
        return tuple(self.sqlite if vendor == "sqlite" else self.postgresql)

    def statements(self, vendor: str) -> Iterator[str]:
        """What makes all its triggers anew on this kind of database."""
        yield from self._dropping(vendor)
        yield from self._making(vendor)

    def _put_on(self, apps: Any, schema_editor: Any) -> None:
        for statement in self.statements(schema_editor.connection.vendor):
            # params=None: a % in the text is no placeholder.
            schema_editor.execute(statement, params=None)

    def _take_off(self, apps: Any, schema_editor: Any) -> None:
        for statement in self._dropping(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def _making(self, vendor: str) -> Iterator[str]:
        if vendor == "sqlite":
            for trigger, does in self.sqlite.items():
                yield f'CREATE TRIGGER "{trigger}" {does}'
            return
        yield (
            f'CREATE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {self.body} END $$'
        )
        for trigger, fires in self.postgresql.items():
            yield f'CREATE TRIGGER "{trigger}" {fires} EXECUTE FUNCTION "{self.name}"()'
            # ALWAYS: also for a session that plays a replica.
            yield f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{trigger}"'

    def _dropping(self, vendor: str) -> Iterator[str]:
        if vendor == "sqlite":
            for trigger in self.sqlite:
                yield f'DROP TRIGGER IF EXISTS "{trigger}"'
        else:
            yield f'DROP FUNCTION IF EXISTS "{self.name}"() CASCADE'


def append_only(table: str, *, unique: Iterable[str | tuple[str, ...]] = ()) -> Guard:
    """A migration operation after which rows of ``table`` are only ever inserted.

    UPDATE, DELETE, REPLACE and TRUNCATE fail with ``IntegrityError``, by whatever route they come.
    ``unique`` names further unique columns, or groups of columns: SQLite's ``INSERT OR REPLACE`` could push
    out a row through them without a delete trigger noticing, were ``recursive_triggers`` off.
    """
    refusal = f"{table} is append-only"
    groups = [(column,) if isinstance(column, str) else column for column in ("id", *unique)]
    taken = " OR ".join(
        "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in group) + ")" for group in groups
    )
    is_there = f'EXISTS (SELECT 1 FROM "{table}" WHERE {taken})'  # noqa: S608 - names from a migration
    return Guard(
        table,
        f"{table}_{SUFFIX}",
        sqlite={
            f"{table}_no_update_{SUFFIX}": f'BEFORE UPDATE ON "{table}" BEGIN {_abort(refusal)}; END',
            f"{table}_no_delete_{SUFFIX}": f'BEFORE DELETE ON "{table}" BEGIN {_abort(refusal)}; END',
            f"{table}_no_replace_{SUFFIX}": (
                f'BEFORE INSERT ON "{table}" WHEN {is_there} BEGIN {_abort(refusal)}; END'
            ),
        },
        postgresql={
            f"{table}_no_change_{SUFFIX}": f'BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW',
            f"{table}_no_truncate_{SUFFIX}": f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT',
        },
        body=_raise(refusal),
    )


def running_total(table: str, *, into: str, key: str, columns: Mapping[str, str], places: int = 2) -> Guard:
    """A migration operation after which each row inserted into ``table`` is added up in ``into``.

    ``columns`` maps a column of ``into`` to the column of ``table`` that is added to it, in the row whose id
    stands in ``table.key``. A check constraint of ``into`` thereby refuses the row that would break it. SQLite
    keeps decimals as floating point numbers: sums are rounded to ``places``.
    """
    rounded = ", ".join(f'"{to}" = ROUND("{to}" + NEW."{of}", {places})' for to, of in columns.items())
    exact = ", ".join(f'"{to}" = "{to}" + NEW."{of}"' for to, of in columns.items())
    its_row = f'WHERE "id" = NEW."{key}"'
    return _after_insert(
        table,
        TOTAL,
        sqlite=f'UPDATE "{into}" SET {rounded} {its_row}',  # noqa: S608 - names from a migration
        postgresql=f'UPDATE "{into}" SET {exact} {its_row}; RETURN NULL;',  # noqa: S608
    )


def frozen(table: str, column: str, *, when: str) -> Guard:
    """A migration operation after which ``column`` keeps its value in the rows for which ``when`` holds.

    ``when`` is an SQL condition on OLD; changing the value then fails with ``IntegrityError``.
    """
    name = f"{table}_{column}_{FROZEN}"
    refusal = f"{table}.{column} is frozen"
    return Guard(
        table,
        name,
        sqlite={
            name: (
                f'BEFORE UPDATE OF "{column}" ON "{table}" '
                f'WHEN OLD."{column}" IS NOT NEW."{column}" AND ({when}) BEGIN {_abort(refusal)}; END'
            )
        },
        postgresql={name: f'BEFORE UPDATE ON "{table}" FOR EACH ROW'},
        body=(
            f'IF OLD."{column}" IS DISTINCT FROM NEW."{column}" AND ({when}) THEN {_raise(refusal)} END IF; '
            "RETURN NEW;"
        ),
    )


def numbered(table: str, *, into: str, key: str) -> Guard:
    """A migration operation after which rows of ``table`` are numbered without gaps (integrity rule 6).

    The row of ``into`` whose id stands in ``table.key`` keeps the last ``number`` as ``last_number``; a row with
    the next number moves it on, any other fails with ``IntegrityError``.
    """
    refusal = f"{table}: not the next number"
    follows = f'"id" = NEW."{key}" AND "last_number" = NEW."number" - 1'
    moved_on = f'UPDATE "{into}" SET "last_number" = NEW."number"'  # noqa: S608 - names from a migration
    return _after_insert(
        table,
        NUMBERED,
        sqlite=(
            f'{_abort(refusal)} WHERE NOT EXISTS (SELECT 1 FROM "{into}" WHERE {follows}); '  # noqa: S608
            f'{moved_on} WHERE "id" = NEW."{key}"'
        ),
        postgresql=f"{moved_on} WHERE {follows}; IF NOT FOUND THEN {_raise(refusal)} END IF; RETURN NULL;",
    )


def chained(table: str, *, into: str) -> Guard:
    """A migration operation after which a row of ``table`` is only added at the end of its chain (rule 24).

    The one row of ``into`` names the end (``last_sequence``, ``last_digest``); a row that follows it by
    ``sequence`` and ``previous_digest`` becomes the end, any other fails with ``IntegrityError``.
    """
    refusal = f"{table}: not the end of its chain"
    return _after_insert(
        table,
        CHAINED,
        sqlite=(
            f'{_abort(refusal)} WHERE NOT EXISTS (SELECT 1 FROM "{into}" '  # noqa: S608 - names from a migration
            'WHERE "last_sequence" = NEW."sequence" - 1 AND "last_digest" = NEW."previous_digest"); '
            f'UPDATE "{into}" SET "last_sequence" = NEW."sequence", "last_digest" = NEW."digest"'
        ),
        postgresql=(
            f'UPDATE "{into}" SET "last_sequence" = newest."sequence", "last_digest" = newest."digest" '  # noqa: S608
            'FROM (SELECT "sequence", "digest" FROM added ORDER BY "sequence" DESC LIMIT 1) AS newest '
            'WHERE newest."sequence" - "last_sequence" = (SELECT count(*) FROM added '
            'JOIN (SELECT "sequence", "digest" FROM added '
            f'UNION ALL SELECT "last_sequence", "last_digest" FROM "{into}") AS previous '
            'ON previous."sequence" = added."sequence" - 1 AND previous."digest" = added."previous_digest"); '
            f"IF NOT FOUND AND EXISTS (SELECT 1 FROM added) THEN {_raise(refusal)} END IF; RETURN NULL;"
        ),
        # Once a statement, not a row: a thousand rows at once would update the end a thousand times.
        each="REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
    )


def _after_insert(
    table: str, what: str, *, sqlite: str, postgresql: str, each: str = "FOR EACH ROW"
) -> Guard:
    """One trigger that does something with each row that has come in."""
    name = f"{table}_{what}"
    fires = f'AFTER INSERT ON "{table}"'
    return Guard(
        table,
        name,
        sqlite={name: f"{fires} BEGIN {sqlite}; END"},
        postgresql={name: f"{fires} {each}"},
        body=postgresql,
    )


def _abort(refusal: str) -> str:
    """SQLite's refusal."""
    return f"SELECT RAISE(ABORT, '{refusal}')"


def _raise(refusal: str) -> str:
    """PostgreSQL's refusal; both reach Python as ``IntegrityError``."""
    return f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation';"


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


@cache
def all_guards() -> tuple[Guard, ...]:
    """The guards that the migrations put on."""
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return tuple(
        operation
        for _name, migration in sorted(found.items())
        for operation in migration.operations
        if isinstance(operation, Guard)
    )


def installed(connection: Any) -> dict[str, tuple[str, str]]:
    """Our triggers that are there and at work: trigger → (table, the statement that makes it; SQLite)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, relname, '' FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "WHERE NOT tgisinternal AND tgenabled = 'A'"
            )
        return {name: (table, sql) for name, table, sql in cursor.fetchall() if name.endswith(OURS)}


def missing(connection: Any, *tables: str) -> list[str]:
    """The triggers that should guard ``tables`` (all, when none is named) and are gone, switched off or elsewhere."""
    there = installed(connection)
    return [
        trigger
        for guard in all_guards()
        if not tables or guard.table in tables
        for trigger in guard.triggers(connection.vendor)
        if trigger not in there or there[trigger][0] != guard.table
    ]


def put_back(connection: Any) -> list[str]:
    """Make the guards again that are not whole; the triggers that were missing. What happened meanwhile stays."""
    lost = missing(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for guard in all_guards():
            if not set(lost).isdisjoint(guard.triggers(connection.vendor)):
                for statement in guard.statements(connection.vendor):
                    cursor.execute(statement)
    return lost
