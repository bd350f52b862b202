"""Reading the inbox."""

from __future__ import annotations

from typing import Any

from .models import Notice

COUNT_CAP = 100


def unread_count(user: Any) -> int:
    """How many notices wait unread, counted up to COUNT_CAP."""
    return Notice.objects.inbox_of(user).unread().order_by()[:COUNT_CAP].count()
