"""Emptying a test database that guards its append-only tables: nothing outside the tests can do this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keyaccounts.common.triggers import guards


@contextmanager
def unguarded(connection: Any) -> Iterator[None]:
    """Take the guards off for a while: only for emptying a test database."""
    found = guards(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Checks put off to the end of the transaction would stand in the way of ALTER TABLE.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if connection.vendor == "sqlite":
            for triggers in found.values():
                for name, _sql in triggers:
                    cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            # Only these: the triggers that keep balances stay as they are.
            for table, triggers in found.items():
                for name, _sql in triggers:
                    cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"')
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, triggers in found.items():
            for name, sql in triggers:
                cursor.execute(sql or f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')
