"""The evening look at the budget."""

from celery import shared_task

from keyaccounts.common import clock

from .actions import watch as watching


@shared_task
def watch() -> int:
    """18:00: lines at a limit, entries without an approver, commitments that nobody pays."""
    now = clock.now()
    return watching.watch(on=now.date(), at=now)
