"""Codes that people call records by: BF2012-031 is the 31st visit of 2012."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Length

DIGITS = 3
ATTEMPTS = 30
WITHIN = 100_000
"""So many numbers may be held by others at the moment."""


def next_code(model: type[models.Model], prefix: str) -> str:
    """The next free code that begins with ``prefix`` (``BF2012-``): 001 … 999, then 1000."""
    return _code(prefix, _next_number(model, prefix))


def free_codes(model: type[models.Model], prefix: str, count: int) -> list[str]:
    """The next ``count`` codes that no other transaction is about to insert, for a bulk insert.

    They are this transaction's until it ends. On PostgreSQL each is one entry of the lock table: take some hundred
    a transaction, not some ten thousand.
    """
    first = _next_number(model, prefix)
    if connection.vendor != "postgresql":
        return [_code(prefix, number) for number in range(first, first + count)]
    # Tries one number after the other and stops at the count: nobody is waited for, who has a number keeps it.
    taking = """
        SELECT number FROM generate_series(%s::bigint, %s::bigint) AS number
        WHERE pg_try_advisory_xact_lock(hashtextextended(
            %s || lpad(number::text, greatest(%s, length(number::text)), '0'), 0)) LIMIT %s"""
    with connection.cursor() as cursor:
        cursor.execute(
            taking, [first, first + count + WITHIN, f"{model._meta.db_table}:{prefix}", DIGITS, count]
        )
        taken = [_code(prefix, number) for (number,) in cursor.fetchall()]
    if len(taken) < count:
        raise IntegrityError(f"No free code for {prefix}")
    return taken


def save_with_code(record: Any, prefix: str) -> None:
    """Insert a record under the next free code; of two at the same moment each gets its own, and neither waits.

    Waiting for somebody else's insert, while one holds the end of the audit chain, would be waiting for each other.

    Raises ValidationError from ``full_clean`` and IntegrityError for anything but a taken code.
    """
    model = type(record)
    for _attempt in range(ATTEMPTS):
        [record.code] = free_codes(model, prefix, 1)
        record.full_clean(exclude=["code"], validate_constraints=True)
        try:
            with transaction.atomic():
                record.save(force_insert=True)
        except IntegrityError:
            if not model._default_manager.filter(code=record.code).exists():
                raise
            record.pk = None
        else:
            return
    raise IntegrityError(f"No free code for {prefix}")


def _code(prefix: str, number: int) -> str:
    return f"{prefix}{number:0{DIGITS}}"


def _next_number(model: type[models.Model], prefix: str) -> int:
    taken = model._default_manager.filter(code__startswith=prefix)
    last = taken.order_by(Length("code").desc(), "-code").values_list("code", flat=True).first()
    return int(last.removeprefix(prefix)) + 1 if last else 1
