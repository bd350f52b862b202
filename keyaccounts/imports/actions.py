"""Upload, judge each line, write what can be written once, take it back.

An upload is a row: a worker that dies leaves it, and the next one goes on where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.xlsx_in import Line, check_archive, lines_of

from .choices import RUNNING, LineVerdict, UploadState
from .kinds import ImportKind, kinds
from .models import Upload, UploadLine

WRITE_AT_ONCE = 300
"""Up to so many lines are written while the person waits; more by a job, with progress."""
CHUNK = 500
STEP = 200
"""So many lines are read or judged before the progress is told."""
ATTEMPTS = 3
# A worker reports at least this often; one silent for longer is taken for dead.
SILENT = timedelta(minutes=3)
LINE_FIELDS = ["verdict", "messages", "subject", "url", "changes", "is_done"]
logger = logging.getLogger(__name__)


class TakenOver(Exception):
    """Another worker has it now."""


@transaction.atomic
def upload_workbook(kind: ImportKind, file: Any, *, about: str, by: Any, at: datetime) -> Upload:
    """Keep an uploaded workbook; it is read by ``read_upload``. Raises RuleViolation when it is none."""
    check_archive(file)
    upload = Upload(kind=kind.code, about=about, file_name=str(file.name)[-200:], by=by, at=at)
    upload.file.save("import.xlsx", file, save=False)
    upload.save()
    record(upload, "imports.upload.made", by=by, kind=str(kind.title))
    return upload


# -- reading -------------------------------------------------------------------------------------
def read_upload(pk: int, *, clock: Callable[[], datetime]) -> Upload:
    """Read the workbook and judge each line; nothing else is written yet. Of two workers one does.

    Asked again for one that is read already, it changes nothing. A workbook that three workers could not read is
    given up, in words.
    """
    now = clock()
    claimed = Upload.objects.filter(_unheard(now), pk=pk, state=UploadState.READING).update(
        heard_at=now, attempts=F("attempts") + 1, handled=0, total=0
    )
    upload = Upload.objects.select_related("by").get(pk=pk)
    if not claimed:
        return upload
    mine = Upload.objects.filter(pk=pk, state=UploadState.READING, attempts=upload.attempts)
    if upload.attempts > ATTEMPTS:
        said = _("Reading it did not come to an end. Save the workbook anew and upload it again.")
        mine.update(state=UploadState.FAILED, problem=said)
        return Upload.objects.get(pk=pk)

    def heard(done: int, total: int) -> None:
        if done % STEP == 0 and not mine.update(handled=done, total=total, heard_at=clock()):
            raise TakenOver

    kind = kinds()[upload.kind]
    try:
        with upload.file.open("rb") as file:
            found, besides = kind.judge_lines(
                list(_told(file, heard)), upload=upload, today=timezone.localdate(now), heard=heard
            )
        _keep(mine, found, besides)
    except RuleViolation as violation:
        mine.update(state=UploadState.FAILED, problem=str(violation))
    except TakenOver:
        logger.info("Reading upload %s goes on elsewhere", pk)
    return Upload.objects.select_related("by").get(pk=pk)


def _told(file: IO[bytes], heard: Callable[[int, int], None]) -> Iterator[Line]:
    for count, line in enumerate(lines_of(file), start=1):
        if count % STEP == 0:
            heard(0, count)
        yield line


@transaction.atomic
def _keep(mine: Any, found: list[UploadLine], besides: str) -> None:
    if not mine.update(
        state=UploadState.PREVIEW, problem=besides, total=len(found), handled=0, heard_at=None, attempts=0
    ):
        raise TakenOver
    UploadLine.objects.bulk_create(found, batch_size=500)


def _unheard(now: datetime) -> Q:
    return Q(heard_at__isnull=True) | Q(heard_at__lt=now - SILENT)


def due(*, at: datetime) -> list[tuple[int, str]]:
    """Uploads whose message was lost or whose worker died, oldest first, with their states."""
    rows = Upload.objects.filter(_unheard(at), state__in=RUNNING).order_by("pk")
    return list(rows.values_list("pk", "state"))


# -- deciding, writing ---------------------------------------------------------------------------
@transaction.atomic
def decide_line(line: UploadLine, *, decision: str, reason: str, by: Any) -> None:
    """Answer what is asked about a look-alike.

    Raises RuleViolation: written already; no look-alike; what the kind says.
    """
    # The claim: nobody begins to write the upload meanwhile.
    held = Upload.objects.select_for_update(no_key=True)
    if not held.filter(pk=line.upload_id, state=UploadState.PREVIEW).exists():
        raise RuleViolation(_("This import has been written already."))
    kinds()[line.upload.kind].decide(line, decision=decision, reason=reason, by=by)
    line.save(update_fields=["verdict", "messages", "go_on_reason", "subject", "url"])


def start_writing(upload: Upload) -> None:
    """Claim the upload for writing: of two presses one starts.

    Raises RuleViolation when it is being written, or has been.
    """
    won = Upload.objects.filter(pk=upload.pk, state=UploadState.PREVIEW).update(
        state=UploadState.WRITING, handled=0, attempts=0, heard_at=None
    )
    if not won:
        raise RuleViolation(_("This import is being written already, or has been."))
    upload.refresh_from_db()


def write_upload(upload: Upload, *, at: datetime, clock: Callable[[], datetime] | None = None) -> Upload:
    """Write the lines that can be written, some hundred a transaction; may be called again after a stop.

    ``at`` is when it is written, ``clock`` tells the time of each sign of life, which is ``at`` without one. What somebody else did since the preview counts: a line the rules refuse now keeps its reason. Lines that three
    workers could not write are left out, and the rest goes on.
    """
    kind = kinds()[upload.kind]
    write = kind.writer(upload, at=at)
    now = clock or (lambda: at)
    while True:
        try:
            if not _write_some(upload, write, heard_at=now()):
                break
        except Exception:
            Upload.objects.filter(pk=upload.pk).update(attempts=F("attempts") + 1)
            if not Upload.objects.filter(pk=upload.pk, attempts__gte=ATTEMPTS).exists():
                raise
            logger.exception("Lines of upload %s are given up", upload.pk)
            _write_some(upload, _give_up, heard_at=now())
    with transaction.atomic():
        won = Upload.objects.filter(pk=upload.pk, state=UploadState.WRITING).update(
            state=UploadState.WRITTEN, written_at=at, handled=F("total"), heard_at=None
        )
        if won:
            written = upload.lines.exclude(verdict__in=[LineVerdict.ERROR, LineVerdict.SAME])
            record(
                upload, "imports.upload.written", by=upload.by, from_state=UploadState.PREVIEW,
                to_state=UploadState.WRITTEN, kind=str(kind.title),
                lines=written.exclude(verdict=LineVerdict.DUPLICATE, go_on_reason="").count(),
            )  # fmt: skip
    upload.refresh_from_db()
    return upload


@transaction.atomic
def _write_some(upload: Upload, write: Callable[[list[UploadLine]], None], *, heard_at: datetime) -> bool:
    # The upload is the lock: of two workers one writes, the other finds the lines done.
    Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    lines = list(upload.lines.filter(is_done=False).order_by("pk")[:CHUNK])
    if not lines:
        return False
    for line in lines:
        line.upload = upload
    write(lines)
    for line in lines:
        line.is_done = True
    UploadLine.objects.bulk_update(lines, LINE_FIELDS, batch_size=100)
    Upload.objects.filter(pk=upload.pk).update(
        handled=F("handled") + len(lines), attempts=0, heard_at=heard_at
    )
    return True


def _give_up(lines: list[UploadLine]) -> None:
    for line in lines:
        line.verdict = LineVerdict.ERROR
        line.messages = [_("It could not be written. Try this line again in a workbook of its own.")]


# -- taking back ---------------------------------------------------------------------------------
@transaction.atomic
def revert_upload(upload: Upload, *, by: Any, at: datetime) -> Upload:
    """Take an import back as long as nobody has worked on what it brought.

    Raises RuleViolation that names what stands against it; nothing is taken back then.
    """
    won = Upload.objects.filter(pk=upload.pk, state=UploadState.WRITTEN).update(
        state=UploadState.REVERTED, reverted_at=at
    )
    if not won:
        raise RuleViolation(_("Only a written import can be reverted."))
    kind = kinds()[upload.kind]
    kind.revert(upload, by=by, at=at)
    record(
        upload, "imports.upload.reverted", by=by, from_state=UploadState.WRITTEN, to_state=UploadState.REVERTED,
        kind=str(kind.title),
    )  # fmt: skip
    upload.refresh_from_db()
    return upload
