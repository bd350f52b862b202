"""What a line of an import says of an organisation: which one it is about, and whether that is sure."""

from __future__ import annotations

from accounts.models import Organisation
from keyaccounts.audit.models import subject_key
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.models import UploadLine

ABOUT = "accounts.organisation:"


def organisation_pk(line: UploadLine) -> int | None:
    """The organisation that the line has brought or adds to."""
    return int(line.subject.removeprefix(ABOUT)) if line.subject else None


def be_about(line: UploadLine, organisation: Organisation | None) -> None:
    """Let the line name the organisation it was written to, or none."""
    line.subject = subject_key(organisation) if organisation else ""
    line.url = organisation.get_absolute_url() if organisation else ""


def is_like_a_line(line: UploadLine) -> bool:
    """It looks like an organisation that an earlier line brings."""
    return line.values.get("name", "") not in ("", line.values["organisation"].get("name"))


def is_look_alike(line: UploadLine) -> bool:
    """Judged a look-alike, whatever was decided about it since."""
    return line.verdict == LineVerdict.DUPLICATE or "look_alike" in line.values or is_like_a_line(line)


def has_created(line: UploadLine) -> bool:
    """It brought an organisation; other lines that were written added to one."""
    is_new = line.verdict == LineVerdict.CREATE or bool(line.go_on_reason)
    return line.is_done and bool(line.subject) and is_new
