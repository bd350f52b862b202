"""Adding a row to an append-only table: the ledger, the stock movements, the audit trail.

Everybody who writes to one of these waits for its end, so what is done while it is held is kept short: the statement
is the one Django makes for the model, made once for each process instead of at each row.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.sql import InsertQuery


def append(row: models.Model) -> None:
    """Insert one new row and give it its primary key; no signal is sent, as ``bulk_create`` sends none.

    Raises IntegrityError like ``save(force_insert=True)``.
    """
    statement, fields = _insert(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(model: type[models.Model], vendor: str) -> tuple[str, list[Any]]:
    """The statement that inserts a row of a model and returns its key, and the fields whose values it takes."""
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    query = InsertQuery(model)
    query.insert_values(fields, [model()])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = [model._meta.pk]
    ((statement, _values),) = compiler.as_sql()
    return statement, fields
