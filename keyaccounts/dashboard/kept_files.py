"""Files that were kept before originals lost their place: the same is done to them afterwards."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from tempfile import TemporaryFile
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, models, transaction

from accounts.models import Attachment
from budget.models import Receipt
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import WorkItem
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import strip_place
from materials.models import MaterialFile
from visits.actions.photos import thumbnail_name
from visits.models import VisitPhoto


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that holds what people handed in.

    Args:
        under: the field of the record on whose page the act is shown.
        beside: where a smaller copy lies.
    """

    model: type[models.Model]
    field: str
    under: str = ""
    beside: Callable[[Any], str] | None = None

    @property
    def label(self) -> str:
        return self.model._meta.label_lower


KEPT = (
    Kept(WorkItem, "document"),
    Kept(Attachment, "file", under="organisation"),
    Kept(MaterialFile, "file", under="material"),
    Kept(Receipt, "file", under="claim"),
    Kept(VisitPhoto, "image", under="visit", beside=thumbnail_name),
)


class Outcome(Enum):
    CLEAN = "clean"
    STRIPPED = "stripped"
    BROKEN = "broken"
    MISSING = "missing"


def strip_kept(row: Any, kept: Kept, *, by: Any, dry_run: bool = False) -> Outcome:
    """Take out of the file of ``row`` where it was taken; what there was to do, with ``dry_run`` too.

    The stripped file gets a name of its own; the old one is deleted when the row names the new one. What cannot be
    read, or is not there, stays as it is.
    """
    old = str(getattr(row, kept.field).name)
    with TemporaryFile() as copy:
        content = File(copy, old)
        try:
            if not _strip_copy(old, content):
                return Outcome.CLEAN
        except FileNotFoundError:
            return Outcome.MISSING
        except RuleViolation:
            return Outcome.BROKEN
        if dry_run:
            return Outcome.STRIPPED
        new = default_storage.save(old, content, max_length=kept.model._meta.get_field(kept.field).max_length)
        facts = {"digest": _digest(content), "size": content.size}
    thumbnails = _strip_beside(row, kept, kept.beside, new) if kept.beside else ()
    try:
        won = _rename(
            row, kept, old, new, facts={name: facts[name] for name in facts if hasattr(row, name)}, by=by
        )
    except BaseException:
        _delete(new, *thumbnails[1:])
        raise
    _delete(*((old, *thumbnails[:1]) if won else (new, *thumbnails[1:])))
    return Outcome.STRIPPED


def _strip_copy(name: str, content: File[bytes]) -> bool:
    """Copy a stored file and strip the copy; whether it changed."""
    with default_storage.open(name) as stored:
        shutil.copyfileobj(stored, content)
    return strip_place(content)


def _strip_beside(row: Any, kept: Kept, beside: Callable[[Any], str], new: str) -> tuple[str, ...]:
    """Keep the smaller copy beside the new file: where it lay and where it lies."""
    old = beside(row)
    setattr(row, kept.field, new)
    with TemporaryFile() as copy, suppress(FileNotFoundError):
        content = File(copy, old)
        _strip_copy(old, content)
        return old, default_storage.save(beside(row), content)
    return ()


@transaction.atomic
def _rename(row: Any, kept: Kept, old: str, new: str, *, facts: dict[str, Any], by: Any) -> bool:
    """Let the row name the new file, if it still names the old one."""
    rows = kept.model._default_manager.filter(pk=row.pk, **{kept.field: old})
    try:
        with transaction.atomic():
            won = rows.update(**{kept.field: new}, **facts)
    except IntegrityError:  # the same picture is there twice now: they differed by their places only
        facts.pop("digest")
        won = rows.update(**{kept.field: new}, **facts)
    if won:
        record(row, "dashboard.file.stripped", by=by, under=getattr(row, kept.under) if kept.under else None)
    return bool(won)


def _digest(content: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _delete(*names: str) -> None:
    for name in names:
        default_storage.delete(name)
