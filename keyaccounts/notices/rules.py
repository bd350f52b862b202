"""When a reminder may reach somebody: arithmetic on plain values."""

from __future__ import annotations

from datetime import datetime, time, timedelta


def outside_quiet_hours(moment: datetime, quiet_from: time, quiet_until: time) -> datetime:
    """The moment itself, or the end of the quiet hours it falls in (21:00–07:30)."""
    clock = moment.timetz().replace(tzinfo=None)
    if quiet_from <= quiet_until:
        is_quiet = quiet_from <= clock < quiet_until
        next_day = False
    else:
        is_quiet = clock >= quiet_from or clock < quiet_until
        next_day = clock >= quiet_from
    if not is_quiet:
        return moment
    day = moment.date() + timedelta(days=1 if next_day else 0)
    return datetime.combine(day, quiet_until, tzinfo=moment.tzinfo)
