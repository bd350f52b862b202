"""``__among``: one of the values of a subquery, for a condition that stands beside others in an OR."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, ForeignObject
from django.db.models.lookups import In


@Field.register_lookup
@ForeignObject.register_lookup
class Among(In):
    """Like ``__in`` with a subquery, but PostgreSQL works the subquery out first.

    Row scope reads "mine, or one of these". PostgreSQL never turns an IN below an OR into a join: it reads the
    whole table and asks of each row. Given the values as an array it asks its indexes, as SQLite does by itself.
    Good for a subquery with few values, as a person's own rows are few among everybody's.
    """

    lookup_name = "among"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        if connection.vendor == "postgresql" and not self.rhs_is_direct_value():
            return f"= ANY(ARRAY{rhs})"
        return super().get_rhs_op(connection, rhs)
