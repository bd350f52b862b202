"""The jobs that read and write long workbooks. The row is the work; the message only says "look now"."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import transaction

from keyaccounts.common import clock

from . import actions
from .choices import UploadState
from .models import Upload

logger = logging.getLogger(__name__)


def look_at(upload: Upload, task: Any) -> None:
    """Ask a worker to look once this transaction is committed; without a broker the sweeper finds it."""

    def ask() -> None:
        try:
            task.delay(upload.pk)
        except Exception:  # whatever the broker's client raises: the row waits, and the sweeper comes
            logger.warning("The broker did not take upload %s; the sweeper will", upload.pk)

    transaction.on_commit(ask)


@shared_task
def read_upload(pk: int) -> None:
    actions.read_upload(pk, clock=clock.now)


@shared_task
def write_upload(pk: int) -> None:
    upload = Upload.objects.select_related("by").get(pk=pk)
    if upload.state == UploadState.WRITING:
        actions.write_upload(upload, at=clock.now(), clock=clock.now)


@shared_task
def resume_imports() -> None:
    """Every minute: uploads whose message was lost or whose worker died."""
    for pk, state in actions.due(at=clock.now()):
        try:
            (read_upload if state == UploadState.READING else write_upload)(pk)
        except Exception:
            logger.exception("Upload %s goes on at the next turn", pk)
