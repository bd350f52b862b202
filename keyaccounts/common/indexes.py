"""Indexes for the order in which lists are shown."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db import models


class BlanksLast(models.Index):
    """An index for a list that runs downwards with its blank values at the end: ``fields=["-planned_at", "-id"]``.

    For PostgreSQL blank is the highest value, and an index that does not say otherwise cannot give that order; for
    SQLite it is the lowest.
    """

    def create_sql(self, model: type[models.Model], schema_editor: Any, using: str = "", **more: Any) -> Any:
        made = copy(self)
        if schema_editor.connection.vendor == "postgresql":
            made.fields_orders = [
                (name, "DESC NULLS LAST" if order and model._meta.get_field(name).null else order)
                for name, order in self.fields_orders
            ]
        return super(BlanksLast, made).create_sql(model, schema_editor, using, **more)
