"""The morning look at what is due."""

from celery import shared_task

from keyaccounts.common import clock

from .actions import reminders


@shared_task
def phase_deadlines() -> int:
    """08:00: phases that end soon, today, or ended with work undone."""
    now = clock.now()
    return reminders.remind_phases(on=now.date(), at=now)


@shared_task
def work_deadlines() -> int:
    """08:05: work items due soon, today or late."""
    now = clock.now()
    return reminders.remind_work(on=now.date(), at=now)
