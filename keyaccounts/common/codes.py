"""Codes that people call records by: BF2012-031 is the 31st visit of 2012."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Length

DIGITS = 3
ATTEMPTS = 30


def next_code(model: type[models.Model], prefix: str) -> str:
    """The next free code that begins with ``prefix`` (``BF2012-``): 001 … 999, then 1000."""
    taken = model._default_manager.filter(code__startswith=prefix)
    last = taken.order_by(Length("code").desc(), "-code").values_list("code", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:0{DIGITS}}"


def free_codes(model: type[models.Model], prefix: str, count: int) -> list[str]:
    """The next ``count`` free codes, for a bulk insert."""
    first = int(next_code(model, prefix).removeprefix(prefix))
    return [f"{prefix}{number:0{DIGITS}}" for number in range(first, first + count)]


def save_with_code(record: Any, prefix: str) -> None:
    """Insert a record under the next free code; of two at the same moment each gets its own, and neither waits.

    Waiting for somebody else's insert, while one holds the end of the audit chain, would be waiting for each other.

    Raises ValidationError from ``full_clean`` and IntegrityError for anything but a taken code.
    """
    model = type(record)
    for _attempt in range(ATTEMPTS):
        record.code = _untouched_code(model, prefix)
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


def _untouched_code(model: type[models.Model], prefix: str) -> str:
    """The next free code that no other transaction is about to insert; it is this transaction's until it ends."""
    code = next_code(model, prefix)
    while connection.vendor == "postgresql" and not _take(f"{model._meta.db_table}:{code}"):
        code = f"{prefix}{int(code.removeprefix(prefix)) + 1:0{DIGITS}}"
    return code


def _take(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
