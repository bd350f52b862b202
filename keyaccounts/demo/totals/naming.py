"""Records are named by their id in the demo file where they came from one, else by their code."""

from __future__ import annotations

from typing import Any

from django.db import models

from keyaccounts.demo.models import DemoRecord


def references(model: type[models.Model]) -> dict[int, str]:
    """The file's ids of a model's rows, by primary key."""
    kind = model._meta.label_lower
    return dict(DemoRecord.objects.filter(kind=kind).values_list("object_id", "reference"))


def names(rows: models.QuerySet[Any]) -> list[str]:
    """What the rows are called, in their order."""
    known = references(rows.model)
    return [known.get(row.pk) or getattr(row, "code", None) or str(row.pk) for row in rows]
