"""Upload, judging every line, deciding on look-alikes: nothing is written to organisations yet (D6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.choices import ImportState, Verdict
from accounts.imports import Sheets, read_lines
from accounts.models import ImportBatch, ImportRow
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.xlsx_in import check_archive, lines_of

from .judging import Judge, find_same


@transaction.atomic
def upload(file: Any, *, by: Any) -> ImportBatch:
    """Keep an uploaded workbook. Raises RuleViolation when it is not one."""
    check_archive(file)
    batch = ImportBatch(file_name=str(file.name)[:200], by=by)
    batch.file.save("import.xlsx", file, save=False)
    batch.save()
    record(batch, "accounts.importbatch.uploaded", by=by, to_state=batch.state)
    return batch


@transaction.atomic
def read_upload(batch: ImportBatch, *, today: date) -> ImportBatch:
    """Read the workbook and judge each line. Asked again for one that is read already, it changes nothing."""
    batch = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state != ImportState.READING:
        return batch
    ImportRow.objects.filter(batch=batch).delete()
    try:
        with batch.file.open("rb") as file:
            rows, sheets = read_lines(lines_of(file), today=today)
        if not rows:
            raise RuleViolation(
                _(
                    "No sheet has a header line with 单位名称 and another known column. Download the template to compare."
                )
            )
    except RuleViolation as violation:
        batch.state, batch.problem = ImportState.FAILED, str(violation)
        batch.save(update_fields=["state", "problem"])
        return batch
    judge = Judge(batch.by)
    pending: list[ImportRow] = []
    for row in rows:
        verdict, messages, concerns = judge.judge(row)
        pending.append(
            ImportRow(
                batch=batch,
                sheet=row.line.sheet[:60],
                number=row.line.number,
                raw=row.raw,
                values={
                    "organisation": row.organisation,
                    "contacts": row.contacts,
                    "asked_on": row.asked_on,
                    **{key: value for key, value in concerns.items() if key != "organisation"},
                },
                verdict=verdict,
                messages=messages,
                organisation_id=concerns.get("organisation"),
            )
        )
    find_same(pending)
    ImportRow.objects.bulk_create(pending, batch_size=500)
    batch.state, batch.total, batch.handled = ImportState.PREVIEW, len(pending), 0
    batch.problem = _besides(sheets)
    batch.save(update_fields=["state", "total", "handled", "problem"])
    return batch


def _besides(sheets: Sheets) -> str:
    said = []
    if sheets.without_header:
        said.append(_("No header was found in: %(sheets)s.") % {"sheets": "、".join(sheets.without_header)})
    if sheets.unknown:
        titles = "、".join(dict.fromkeys(sheets.unknown))
        said.append(_("Columns that are not imported: %(titles)s.") % {"titles": titles})
    return " ".join(said)


@transaction.atomic
def decide_row(row: ImportRow, *, decision: str, reason: str, by: Any) -> None:
    """A look-alike is a different organisation (with the reason), is the same one, or is left out.

    Raises RuleViolation: written already; no look-alike; different without a reason; the same as one that
    is somebody else's.
    """
    # The claim: nobody begins to write the batch meanwhile.
    if (
        not ImportBatch.objects.select_for_update(no_key=True)
        .filter(pk=row.batch_id, state=ImportState.PREVIEW)
        .exists()
    ):
        raise RuleViolation(_("This import has been written already."))
    if not row.is_look_alike:
        raise RuleViolation(_("Only look-alikes need a decision."))
    if decision == "different" and not reason:
        raise RuleViolation(_("Say why it is a different organisation."))
    row.verdict, row.organisation_id, row.go_on_reason = Verdict.DUPLICATE, None, ""
    if decision == "different":
        row.go_on_reason = reason
    if decision == "same":
        if "look_alike" not in row.values and "name" not in row.values:
            raise RuleViolation(_("That organisation is somebody else's: ask its owner or the director."))
        row.verdict, row.organisation_id = Verdict.UPDATE, row.values.get("look_alike")
        row.messages = row.messages[:1]
        find_same([row])
    row.save(update_fields=["go_on_reason", "verdict", "organisation", "messages"])
