"""Emptying a test database that guards its append-only tables: nothing outside the tests can do this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keyaccounts.common.triggers import REFUSING, installed


@contextmanager
def unguarded(connection: Any) -> Iterator[None]:
    """Take the guards off for a while: only for emptying a test database."""
    # Only these: the triggers that keep balances stay as they are.
    found = {key: does for key, does in installed(connection).items() if key[1].endswith(REFUSING)}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Checks put off to the end of the transaction would stand in the way of ALTER TABLE.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in found:
            if connection.vendor == "sqlite":
                cursor.execute(f'DROP TRIGGER "{name}"')
            else:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"')
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for (table, name), does in found.items():
            if connection.vendor == "sqlite":
                cursor.execute(does)
            else:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')
