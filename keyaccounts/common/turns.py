"""Writers to the same thing go one after the other, first come, first served."""

from __future__ import annotations

from django.db import connection


def take_turn(name: str) -> None:
    """Wait for everybody who took a turn at ``name`` before; it is ours until the end of the transaction.

    A lock on a row does that too, but not well where each holder changes the row: PostgreSQL then wakes all who wait
    for it at each change, only to let them queue anew for its next version. On SQLite whoever writes is alone, and
    has waited in a queue (``common.sqlite3``).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
