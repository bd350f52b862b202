"""Papers kept with an organisation: added, taken away (D4)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Attachment, Organisation
from accounts.rules.files import is_picture, paper_type
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.images import read_photo
from keyaccounts.common.originals import strip_place
from keyaccounts.common.roles import Role

from .locking import lock_present

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 100


@transaction.atomic
def add_attachment(
    organisation: Organisation,
    *,
    file: IO[bytes],
    name: str,
    kind: str,
    by: Any,
    at: datetime,
    note: str = "",
) -> Attachment:
    """Keep a file with an organisation; pictures are shrunk and lose where they were taken, those in documents too.

    Raises RuleViolation: empty; larger than 20 MB; neither a picture, a PDF nor an Office document without
    macros; cut short; there already; too many.
    """
    begin = file.read(16)
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if not size:
        raise RuleViolation(_("The file is empty."), field="file")
    if size > MOST_BYTES:
        raise RuleViolation(_("The file is larger than 20 MB."), field="file")
    if is_picture(begin):
        photo = read_photo(file, name=name, size=size)
        content, mime, name = photo.content, "image/jpeg", f"{PurePath(name).stem}.jpg"
    else:
        content = file.read()
        mime = paper_type(content)
        if not mime:
            raise RuleViolation(
                _("Only pictures, PDF and Office documents without macros are kept here."), field="file"
            )
        document = ContentFile(content, name)
        strip_place(document)
        content = document.read()
    lock_present(organisation)
    digest = hashlib.sha256(content).hexdigest()
    there = organisation.attachments.present()
    if there.filter(digest=digest).exists():
        raise RuleViolation(_("This file is already there."), field="file")
    if there.count() >= MOST_FILES:
        raise RuleViolation(_("An organisation keeps at most %(n)s files.") % {"n": MOST_FILES}, field="file")
    row = Attachment(
        organisation=organisation,
        kind=kind,
        name=name[-200:],
        mime=mime,
        size=len(content),
        digest=digest,
        note=note,
        by=by,
        at=at,
    )
    row.file.save(f"{digest[:24]}{PurePath(name).suffix.lower()[:8]}", ContentFile(content), save=False)
    row.full_clean()
    row.save()
    record(row, "accounts.attachment.added", by=by, under=organisation)
    return row


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: Any, at: datetime) -> None:
    """Take a file away: whoever added it may, and leads and the director. The row and the trail stay.

    Raises RuleViolation for somebody else's file, or one that is gone already.
    """
    if attachment.by_id != by.pk and not by.has_role(Role.LEAD, Role.DIRECTOR):
        raise RuleViolation(_("Whoever added a file takes it away, or the lead or director does."))
    won = Attachment.objects.present().filter(pk=attachment.pk).update(removed_at=at)
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    record(attachment, "accounts.attachment.removed", by=by, under=attachment.organisation)
