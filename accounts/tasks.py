"""Scheduled work of organisations."""

from celery import shared_task

from keyaccounts.common import clock

from .actions.journal import remind_follow_ups, remind_silent


@shared_task
def remind_silent_organisations() -> int:
    return remind_silent(on=clock.today(), at=clock.now())


@shared_task
def remind_of_follow_ups() -> int:
    return remind_follow_ups(on=clock.today(), at=clock.now())
