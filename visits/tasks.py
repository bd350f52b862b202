"""Scheduled work of visits."""

from celery import shared_task

from keyaccounts.common import clock

from .actions.plan_reminders import remind_plans
from .actions.reminders import remind_reports, remind_visits
from .actions.trip_reminders import remind_guests, remind_vehicles


@shared_task
def remind_of_visits() -> int:
    return remind_visits(at=clock.now())


@shared_task
def remind_of_reports() -> int:
    return remind_reports(at=clock.now())


@shared_task
def remind_of_vehicles() -> int:
    return remind_vehicles(at=clock.now())


@shared_task
def remind_of_hospitality() -> int:
    return remind_guests(at=clock.now())


@shared_task
def remind_of_plans() -> int:
    return remind_plans(at=clock.now())
