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
The migrations are also the list of what has to be there: ``not_whole`` names each trigger of theirs that is not, or
that does something else. So one that is written differently here goes into a new migration again, which older
databases run: ``operations = [renewed(append_only(…))]``.
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

    def meanings(self, vendor: str) -> dict[str, str]:
        """By the name of the trigger, what ``installed`` finds when it is whole."""
        if vendor == "sqlite":
            return {trigger: f'CREATE TRIGGER "{trigger}" {does}' for trigger, does in self.sqlite.items()}
        return {
            trigger: _in_words(self._trigger(trigger, fires), f" BEGIN {self.body} END ")
            for trigger, fires in self.postgresql.items()
        }

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
            yield from self.meanings(vendor).values()
            return
        yield (
            f'CREATE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {self.body} END $$'
        )
        for trigger, fires in self.postgresql.items():
            yield self._trigger(trigger, fires)
            # ALWAYS: also for a session that plays a replica.
            yield f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{trigger}"'

    def _dropping(self, vendor: str) -> Iterator[str]:
        if vendor == "sqlite":
            for trigger in self.sqlite:
                yield f'DROP TRIGGER IF EXISTS "{trigger}"'
            return
        for trigger in self.postgresql:
            yield f'DROP TRIGGER IF EXISTS "{trigger}" ON "{self.table}"'
        yield f'DROP FUNCTION IF EXISTS "{self.name}"() CASCADE'

    def _trigger(self, trigger: str, fires: str) -> str:
        return f'CREATE TRIGGER "{trigger}" {fires} EXECUTE FUNCTION "{self.name}"()'


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


def renewed(guard: Guard) -> Guard:
    """A migration operation that puts a guard on again; the migration before it had put it on already."""
    guard.reverse_code = migrations.RunPython.noop
    return guard


def rebuilding(*operations: Any) -> list[Any]:
    """The operations of a migration that rebuilds guarded tables on SQLite: triggers off before, the same on after."""
    kept: list[str] = []

    def off(apps: Any, schema_editor: Any) -> None:
        kept.clear()
        if schema_editor.connection.vendor != "sqlite":
            return  # PostgreSQL alters tables in place
        for (_table, name), sql in installed(schema_editor.connection).items():
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
    """The guards that the migrations put on, each as the last of them does."""
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    guards = {
        operation.name: operation
        for _name, migration in sorted(found.items())
        for operation in migration.operations
        if isinstance(operation, Guard)
    }
    return tuple(guards.values())


def installed(connection: Any) -> dict[tuple[str, str], str]:
    """Our triggers that are there and at work: (table, trigger) → what it does; on SQLite, the statement that makes it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, name, sql, '' FROM sqlite_master WHERE type = 'trigger'")
        else:
            # A function in another language, or with settings of its own, says something else by the same words.
            cursor.execute(
                "SELECT relname, tgname, pg_get_triggerdef(pg_trigger.oid, true), "
                "CASE WHEN lanname = 'plpgsql' AND proconfig IS NULL THEN prosrc ELSE '' END "
                "FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid "
                "JOIN pg_language ON pg_language.oid = prolang "
                "WHERE NOT tgisinternal AND tgenabled = 'A' AND pg_table_is_visible(tgrelid)"
            )
        return {
            (table, name): made if connection.vendor == "sqlite" else _in_words(made, does)
            for table, name, made, does in cursor.fetchall()
            if name.endswith(OURS)
        }


def _in_words(made: str, does: str) -> str:
    """A trigger of PostgreSQL for comparing: it gives its events in its own order, with quotes only where needed."""
    words = sorted(made.replace('"', "").split())
    return f"{' '.join(words)}: {does}"


def not_whole(connection: Any, *tables: str) -> list[str]:
    """The triggers that should guard ``tables`` (all, when none is named) and are gone, switched off or replaced."""
    there = installed(connection)
    return [
        trigger
        for guard in all_guards()
        if not tables or guard.table in tables
        for trigger, meaning in guard.meanings(connection.vendor).items()
        if there.get((guard.table, trigger)) != meaning
    ]


def put_back(connection: Any) -> list[str]:
    """Make the guards again that are not whole; the triggers that were not. What happened meanwhile stays."""
    broken = not_whole(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for guard in all_guards():
            if not set(broken).isdisjoint(guard.triggers(connection.vendor)):
                for statement in guard.statements(connection.vendor):
                    cursor.execute(statement)
    return broken
