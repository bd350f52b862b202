"""Requests that wait for a decision, of every kind there is a place for."""

from __future__ import annotations

from datetime import date
from typing import Any

from keyaccounts.approvals.models import Request

from .naming import names


def totals(on: date) -> dict[str, Any]:
    kinds = sorted(Request.__subclasses__(), key=lambda kind: kind._meta.label_lower)
    found = [
        name for kind in kinds for name in names(kind._default_manager.filter(state="pending").order_by("pk"))
    ]
    return {"open_approvals": sorted(found)}
