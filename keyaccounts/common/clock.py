"""The clock, read only at the edges: views, tasks and commands pass the result down."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """This moment, aware, in the project's time zone."""
    return timezone.localtime()


def today() -> date:
    """Today's date where the team works."""
    return timezone.localdate()
