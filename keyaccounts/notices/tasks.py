"""The delivery job."""

from celery import shared_task

from keyaccounts.common import clock

from . import actions


@shared_task
def deliver_due() -> None:
    """Every minute: what is due goes into the inboxes, then out by e-mail to those who want it."""
    now = clock.now()
    actions.deliver_due(at=now)
    actions.queue_mail(at=now)
    actions.send_mail(at=now)
