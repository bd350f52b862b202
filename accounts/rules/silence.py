"""When an organisation has been left alone too long (R34)."""

from __future__ import annotations

from datetime import date


def days_silent(last_contact_on: date | None, since: date, on: date) -> int:
    """Days without contact ``on`` that day, counted from the last contact or, without one, from ``since``."""
    return (on - (last_contact_on or since)).days


def is_silent(days: int, allowed: int) -> bool:
    """A grade that allows 7 days is silent from the 8th on."""
    return days > allowed
