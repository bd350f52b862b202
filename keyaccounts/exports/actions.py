"""Asking for an export, writing it in a job, and removing old files."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import get_language, gettext, override

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import tell
from keyaccounts.notices.models import NoticeKind

from .choices import ExportState
from .models import Export

ATTEMPTS = 3
# A worker reports at least this often; one silent for longer is taken for dead.
SILENT = timedelta(minutes=3)
KEPT = timedelta(days=14)
logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """Whoever asked for it does not want it any more."""


@transaction.atomic
def note_export(
    *, title: str, address: str, filters: str, total: int, at_once: bool, by: Any, at: datetime
) -> Export:
    """Keep who exports what before the first byte is written (integrity rule 25).

    Args:
        address: the page with its filter, which the job opens again.
        filters: the filter in words.
        total: how many rows it will have.
        at_once: it is answered in this request; otherwise a job writes it.
    """
    export = Export.objects.create(
        requested_by=by,
        title=title[:100],
        address=address,
        filters=filters,
        total=total,
        language=get_language() or "",
        state=ExportState.HANDED_OUT if at_once else ExportState.WAITING,
        written=total if at_once else 0,
        finished_at=at if at_once else None,
        requested_at=at,
    )
    record(export, "exports.export.requested", by=by, filters=filters, total=total)
    return export


def cancel(export: Export, *, by: Any, at: datetime) -> None:
    """Stop an export that is still running.

    Raises RuleViolation when it is not running any more.
    """
    won = Export.objects.running().filter(pk=export.pk).update(state=ExportState.CANCELLED, finished_at=at)
    if not won:
        raise RuleViolation(gettext("This export is not running any more. Refresh to see it."))


def write(
    pk: int, *, render: Callable[[Export, Callable[[int], None], Path], str], clock: Callable[[], datetime]
) -> bool:
    """Write a waiting export, or one whose worker died; of two workers one does. Whether this one did.

    Args:
        render: opens the export's page as its owner, writes the workbook to the path, calls its second
            argument with the rows written so far, and returns the file name.
        clock: gives the moment whenever it is asked: an export takes minutes.
    """
    now = clock()
    is_due = Q(state=ExportState.WAITING) | Q(state=ExportState.WRITING, heard_at__lt=now - SILENT)
    if not Export.objects.filter(is_due, pk=pk).update(
        state=ExportState.WRITING, heard_at=now, attempts=F("attempts") + 1, written=0
    ):
        return False
    export = Export.objects.select_related("requested_by").get(pk=pk)

    def progress(written: int) -> None:
        if not Export.objects.filter(pk=pk, state=ExportState.WRITING, attempts=export.attempts).update(
            written=written, heard_at=clock()
        ):
            raise Cancelled

    try:
        with tempfile.TemporaryDirectory() as folder, override(export.language):
            path = Path(folder) / "export.xlsx"
            name = render(export, progress, path)
            _finish(export, path, name, at=clock())
    except Cancelled:
        logger.info("Export %s was cancelled or taken over", pk)
    except Exception:
        logger.exception("Export %s failed", pk)
        _fail(export, at=clock())
    return True


@transaction.atomic
def _finish(export: Export, path: Path, name: str, *, at: datetime) -> None:
    won = Export.objects.filter(pk=export.pk, state=ExportState.WRITING, attempts=export.attempts).update(
        state=ExportState.READY, finished_at=at, written=F("total"), file_name=name
    )
    if not won:
        raise Cancelled
    with path.open("rb") as opened:
        export.file.save(f"{export.pk}.xlsx", File(opened), save=False)
    Export.objects.filter(pk=export.pk).update(file=export.file.name)
    tell(
        export.requested_by,
        kind=NoticeKind.FILE,
        subject=export,
        title=gettext("“%(title)s” is ready to download") % {"title": export.title},
        url=export.get_absolute_url(),
        at=at,
    )


@transaction.atomic
def _fail(export: Export, *, at: datetime) -> None:
    """Try again later; after ATTEMPTS say so."""
    if export.attempts < ATTEMPTS:
        Export.objects.filter(pk=export.pk, state=ExportState.WRITING).update(state=ExportState.WAITING)
        return
    won = Export.objects.filter(pk=export.pk, state=ExportState.WRITING).update(
        state=ExportState.FAILED, finished_at=at
    )
    if won:
        tell(
            export.requested_by,
            kind=NoticeKind.FILE,
            subject=export,
            title=gettext("“%(title)s” could not be written. Ask for it again.") % {"title": export.title},
            url=export.get_absolute_url(),
            at=at,
        )


def due(*, at: datetime) -> list[int]:
    """Exports that wait, or whose worker has been silent too long, oldest first."""
    is_due = Q(state=ExportState.WAITING) | Q(state=ExportState.WRITING, heard_at__lt=at - SILENT)
    return list(Export.objects.filter(is_due).order_by("pk").values_list("pk", flat=True))


def remove_old_files(*, at: datetime) -> int:
    """Files older than KEPT go; the row stays. How many went."""
    old = Export.objects.filter(state=ExportState.READY, finished_at__lt=at - KEPT)
    for export in old:
        export.file.delete(save=False)
    return old.update(state=ExportState.REMOVED, file="")
