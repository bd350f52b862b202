"""Scheduled work of materials."""

from celery import shared_task

from keyaccounts.common import clock

from .actions.allocation import share_out_all
from .actions.chasing import chase_decisions, chase_receipts
from .actions.reminders import remind_of_materials


@shared_task
def material_reminders() -> int:
    """09:00: due and late materials, shortages of the next fourteen days, loans not given back."""
    now = clock.now()
    return remind_of_materials(on=now.date(), at=now)


@shared_task
def share_out_stock() -> int:
    """Every five minutes: what has become free goes to who waits for it, whatever freed it."""
    now = clock.now()
    return share_out_all(on=now.date(), at=now)


@shared_task
def chase_requisitions() -> int:
    """Receipts nobody has confirmed, requisitions of tomorrow nobody has decided."""
    now = clock.now()
    return chase_receipts(at=now) + chase_decisions(at=now)
