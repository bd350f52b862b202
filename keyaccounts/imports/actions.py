"""Upload, judge each line, write: the whole of what can be written, once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.xlsx_in import Line, as_text, lines_of

from .choices import LineVerdict, UploadState
from .kinds import ImportKind, Judged, kinds
from .models import Upload, UploadLine

HEADER_WITHIN = 15
MOST_LINES = 2_000
"""Such lists are read and written while the person waits."""


@transaction.atomic
def upload_workbook(kind: ImportKind, file: Any, *, about: str, by: Any, at: datetime) -> Upload:
    """Keep a workbook and judge its lines; nothing else is written yet."""
    upload = Upload(kind=kind.code, about=about, file_name=str(file.name)[-200:], by=by, at=at)
    upload.file.save("import.xlsx", file, save=False)
    upload.save()
    try:
        with upload.file.open("rb") as held:
            rows = list(_rows(kind, lines_of(held)))
        if not rows:
            raise RuleViolation(
                _("No sheet has a header line with %(names)s. Download the template to compare.")
                % {"names": "、".join(kind.headers[name][0] for name in kind.needed)}
            )
        if len(rows) > MOST_LINES:
            raise RuleViolation(
                _("More than %(count)s lines: split the workbook.") % {"count": f"{MOST_LINES:,}"}
            )
    except RuleViolation as violation:
        upload.state, upload.problem = UploadState.FAILED, str(violation)
        upload.save(update_fields=["state", "problem"])
    else:
        seen: set[Any] = set()
        UploadLine.objects.bulk_create(
            (
                UploadLine(
                    upload=upload, sheet=line.sheet[:60], number=line.number, raw=raw, verdict=judged.verdict,
                    messages=judged.messages, url=judged.url,
                )
                for line, raw in rows
                for judged in [_judged(kind, raw, about=about, seen=seen)]
            ),
            batch_size=500,
        )  # fmt: skip
    record(upload, "imports.upload.made", by=by, to_state=upload.state, kind=str(kind.title))
    return upload


def _rows(kind: ImportKind, lines: Iterable[Line]) -> Iterable[tuple[Line, dict[str, str]]]:
    """The lines below each sheet's header, each cell as text under our own name of its column."""
    known = {_plain(title): name for name, titles in kind.headers.items() for title in titles}
    sheet, seen, columns = "", 0, None
    for line in lines:
        if line.sheet != sheet:
            sheet, seen, columns = line.sheet, 0, None
        seen += 1
        if columns is None:
            found: dict[str, int] = {}
            for index, cell in enumerate(line.cells):
                name = known.get(_plain(as_text(cell)))
                if name:
                    found.setdefault(name, index)
            if seen <= HEADER_WITHIN and all(name in found for name in kind.needed):
                columns = found
            continue
        raw = {
            kind.headers[name][0]: as_text(line.cells[index])
            for name, index in columns.items()
            if index < len(line.cells) and as_text(line.cells[index])
        }
        if raw:
            yield line, raw


def _plain(text: str) -> str:
    """A header as it is compared: half-width, without blanks, brackets and what they hold, and stars."""
    text = "".join(unicodedata.normalize("NFKC", text).split()).strip("*:")
    return text.partition("(")[0] or text


def _values(kind: ImportKind, raw: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems = []
    for name, titles in kind.headers.items():
        text = raw.get(titles[0])
        if text is None:
            if name in kind.needed:
                problems.append(_("%(title)s is missing.") % {"title": titles[0]})
            continue
        try:
            values[name] = kind.read(name, text)
        except ValueError as problem:
            problems.append(f"{titles[0]}:{problem}")
    return values, problems


def _judged(kind: ImportKind, raw: dict[str, str], *, about: str, seen: set[Any]) -> Judged:
    values, problems = _values(kind, raw)
    if problems:
        return Judged(LineVerdict.ERROR, problems)
    return kind.judge(values, about=about, seen=seen)


@transaction.atomic
def write_upload(upload: Upload, *, by: Any, at: datetime) -> Upload:
    """Write the good lines; of two presses one writes. A line the rules refuse meanwhile keeps its reason.

    Every line is judged anew: what somebody else did since the preview counts.
    """
    won = Upload.objects.filter(pk=upload.pk, state=UploadState.PREVIEW).update(
        state=UploadState.WRITTEN, written_at=at
    )
    if not won:
        raise RuleViolation(_("This import has been written already."))
    kind, seen, written = kinds()[upload.kind], set(), 0  # type: ignore[var-annotated]
    for line in upload.lines.order_by("pk"):
        values, problems = _values(kind, line.raw)
        judged = (
            Judged(LineVerdict.ERROR, problems)
            if problems
            else kind.judge(values, about=upload.about, seen=seen)
        )
        line.verdict, line.messages, line.url = judged.verdict, judged.messages, judged.url
        if judged.verdict in (LineVerdict.CREATE, LineVerdict.UPDATE):
            try:
                with transaction.atomic():
                    line.url = kind.write(
                        values, about=upload.about, source=f"imports.uploadline:{line.pk}", by=by, at=at
                    )
                written += 1
            except (RuleViolation, ValidationError) as problem:
                said = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
                line.verdict, line.messages = LineVerdict.ERROR, said
        line.save(update_fields=["verdict", "messages", "url"])
    upload.refresh_from_db()
    record(
        upload, "imports.upload.written", by=by, from_state=UploadState.PREVIEW, to_state=UploadState.WRITTEN,
        kind=str(kind.title), lines=written,
    )  # fmt: skip
    return upload
