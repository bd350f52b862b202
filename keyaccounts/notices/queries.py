"""Reading the inbox."""

from __future__ import annotations

from datetime import time
from typing import Any

from .models import Notice, QuietHours

COUNT_CAP = 100


def unread_count(user: Any) -> int:
    """How many notices wait unread, counted up to COUNT_CAP."""
    return Notice.objects.inbox_of(user).unread().order_by()[:COUNT_CAP].count()


def quiet_hours() -> tuple[time, time]:
    """From when until when reminders wait; 21:00 to 07:30 until somebody sets others."""
    row = QuietHours.objects.first()
    return (row.begins_at, row.ends_at) if row else (time(21), time(7, 30))
