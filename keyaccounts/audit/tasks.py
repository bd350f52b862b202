"""Scheduled work of the trail."""

from celery import shared_task

from keyaccounts.common import clock

from . import actions


@shared_task
def forget_submissions() -> int:
    """Every night: keys of forms that nobody sends again."""
    return actions.forget_submissions(at=clock.now())
