"""Scheduled work of the budget."""

from celery import shared_task

from keyaccounts.common import clock

from .actions import watch as watching
from .actions.reminders import remind_unpaid


@shared_task
def watch() -> int:
    """18:00: lines at a limit, entries without an approver, commitments that nobody pays."""
    now = clock.now()
    return watching.watch(on=now.date(), at=now)


@shared_task
def remind_of_unpaid_claims() -> int:
    """Claims that have been payable for days."""
    return remind_unpaid(at=clock.now())
