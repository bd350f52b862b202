"""Judging every line, deciding on look-alikes: nothing is written to organisations yet (D6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports import Sheets, read_lines
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.xlsx_in import Line
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.models import Upload, UploadLine

from .judging import Judge, find_same
from .lines import ABOUT, be_about, is_like_a_line, is_look_alike


def judge_lines(
    lines: Iterable[Line], *, upload: Upload, today: date, heard: Callable[[int, int], None]
) -> tuple[list[UploadLine], str]:
    """Each line with its verdict, and what else was found.

    Raises RuleViolation when no sheet has a header.
    """
    rows, sheets = read_lines(lines, today=today)
    if not rows and sheets.with_header:
        raise RuleViolation(_("Below the header there is no line to import."))
    if not rows:
        raise RuleViolation(
            _(
                "No sheet has a header line with 单位名称 and another known column. Download the template to compare."
            )
        )
    judge = Judge(upload.by)
    pending: list[UploadLine] = []
    for done, row in enumerate(rows):
        heard(done, len(rows))
        verdict, messages, concerns = judge.judge(row)
        known = concerns.pop("organisation", None)
        pending.append(
            UploadLine(
                upload=upload,
                sheet=row.line.sheet[:60],
                number=row.line.number,
                raw=row.raw,
                values={
                    "organisation": row.organisation,
                    "contacts": row.contacts,
                    "asked_on": row.asked_on,
                    **concerns,
                },
                verdict=verdict,
                messages=messages,
                subject=f"{ABOUT}{known}" if known else "",
            )
        )
    find_same(pending)
    return pending, _besides(sheets)


def _besides(sheets: Sheets) -> str:
    said = []
    if sheets.without_header:
        said.append(_("No header was found in: %(sheets)s.") % {"sheets": "、".join(sheets.without_header)})
    if sheets.unknown:
        titles = "、".join(dict.fromkeys(sheets.unknown))
        said.append(_("Columns that are not imported: %(titles)s.") % {"titles": titles})
    return " ".join(said)


def decide(line: UploadLine, *, decision: str, reason: str, by: Any) -> None:
    """A look-alike is a different organisation (with the reason), is the same one, or is left out.

    Raises RuleViolation: no look-alike; different without a reason; the same as one that is somebody else's.
    """
    if not is_look_alike(line):
        raise RuleViolation(_("Only look-alikes need a decision."))
    if decision == "different" and not reason:
        raise RuleViolation(_("Say why it is a different organisation."))
    line.verdict, line.go_on_reason = LineVerdict.DUPLICATE, ""
    be_about(line, None)
    if decision == "different":
        line.go_on_reason = reason
    if decision == "same":
        if "look_alike" not in line.values and not is_like_a_line(line):
            raise RuleViolation(_("That organisation is somebody else's: ask its owner or the director."))
        line.verdict = LineVerdict.UPDATE
        known = line.values.get("look_alike")
        line.subject = f"{ABOUT}{known}" if known else ""
        line.messages = line.messages[:1]
        find_same([line])
