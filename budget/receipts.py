"""A receipt as it comes in: a photo, made small and anonymous, or a PDF that is one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.images import read_photo

MOST_PDF_BYTES = 8 * 1024 * 1024
LOOK_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt ready to store; ``digest`` is equal for equal files, ``suffix`` is .jpg or .pdf."""

    content: bytes
    digest: str
    name: str
    suffix: str


def read_receipt(file: IO[bytes], *, name: str, size: int) -> ReceiptFile:
    """Turn an upload into a receipt: photos are shrunk and lose where they were taken, PDF files stay as they are.

    Raises RuleViolation: too large, or neither a photo nor a PDF, whatever its name says.
    """
    head = file.read(LOOK_BYTES)
    file.seek(0)
    if b"%PDF-" not in head:
        try:
            photo = read_photo(file, name=name, size=size)
        except RuleViolation as refusal:
            raise RuleViolation(str(refusal), field="receipts") from refusal
        return ReceiptFile(photo.content, photo.digest, name, ".jpg")
    if size > MOST_PDF_BYTES:
        raise RuleViolation(
            _("“%(name)s” is larger than %(mb)s MB.") % {"name": name, "mb": MOST_PDF_BYTES // 1024 // 1024},
            field="receipts",
        )
    content = file.read()
    # Read by whoever pays and never by us, so no reader of PDF files is part of the installation: beginning and
    # end tell what matters here. A PDF cut short on its way lacks its end; a page of another kind that only begins like one lacks it too.
    if not content.lstrip().startswith(b"%PDF-") or b"%%EOF" not in content[-2 * LOOK_BYTES :]:
        raise RuleViolation(_("“%(name)s” is not a PDF that can be read.") % {"name": name}, field="receipts")
    return ReceiptFile(content, hashlib.sha256(content).hexdigest(), name, ".pdf")
