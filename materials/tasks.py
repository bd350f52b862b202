"""The morning look at the store."""

from celery import shared_task

from keyaccounts.common import clock

from .actions.reminders import remind_of_materials


@shared_task
def material_reminders() -> int:
    """09:00: due and late materials, shortages of the next fourteen days, loans not given back."""
    now = clock.now()
    return remind_of_materials(on=now.date(), at=now)
