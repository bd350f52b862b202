"""The job that writes exports. The row is the work; the message only says "look now"."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction

from keyaccounts.common import clock

from . import actions
from .models import Export
from .opening import page

logger = logging.getLogger(__name__)


def look_at(export: Export) -> None:
    """Ask a worker to look once this transaction is committed; without a broker the sweeper finds it."""

    def ask() -> None:
        try:
            write_export.delay(export.pk)
        except Exception:  # whatever the broker's client raises: the row waits, and the sweeper comes
            logger.warning("The broker did not take export %s; the sweeper will", export.pk)

    transaction.on_commit(ask)


@shared_task
def write_export(pk: int) -> None:
    actions.write(pk, render=page, clock=clock.now)


@shared_task
def resume_exports() -> None:
    """Every minute: exports whose message was lost or whose worker died."""
    for pk in actions.due(at=clock.now()):
        actions.write(pk, render=page, clock=clock.now)


@shared_task
def remove_old_files() -> None:
    actions.remove_old_files(at=clock.now())
