"""Scheduled work of organisations."""

from celery import shared_task

from keyaccounts.common import clock

from .actions.imports import commit, read_upload
from .actions.journal import remind_follow_ups, remind_silent
from .choices import ImportState
from .models import ImportBatch


@shared_task
def remind_silent_organisations() -> int:
    return remind_silent(on=clock.today(), at=clock.now())


@shared_task
def remind_of_follow_ups() -> int:
    return remind_follow_ups(on=clock.today(), at=clock.now())


@shared_task
def read_import(batch_pk: int) -> None:
    read_upload(ImportBatch.objects.get(pk=batch_pk), today=clock.today())


@shared_task
def commit_import(batch_pk: int) -> None:
    commit(ImportBatch.objects.get(pk=batch_pk), at=clock.now())


@shared_task
def resume_imports() -> None:
    """Lines whose worker died, or whose message was lost, go on here."""
    for batch in ImportBatch.objects.filter(state=ImportState.READING):
        read_upload(batch, today=clock.today())
    for batch in ImportBatch.objects.filter(state=ImportState.COMMITTING):
        commit(batch, at=clock.now())
