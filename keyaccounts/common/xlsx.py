"""Excel out: what a list shows, as a workbook people can compute with. Cells of users never become formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote

from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from .listing import Column, Listing

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MOST_ROWS = 1_000_000  # a sheet holds 1,048,576
PROGRESS_EVERY = 1_000
EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - any day: it only says what kind a cell is of
HEAD_FONT = Font(bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor="0F766E")
NOTE_FONT = Font(color="57606A", italic=True)
TITLE_FONT = Font(bold=True, size=14)
RIGHT = Alignment(horizontal="right")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of ours, computed by Excel: ``Formula("SUM(C4:C9)")``; ``form`` is its number format."""

    text: str
    form: str = "#,##0.00"


class _Cells:
    """The cells of a sheet's rows: plain values as they are, and one styled cell of each kind, used again and again.

    The sheet writes each cell out before it asks for the next. All of them have a style, or the sheet would
    put the next plain value into them.
    """

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.text, self.money = WriteOnlyCell(sheet, "x"), WriteOnlyCell(sheet, 0)
        self.day, self.moment = WriteOnlyCell(sheet, EPOCH.date()), WriteOnlyCell(sheet, EPOCH)  # type: ignore[arg-type]
        self.text.number_format, self.money.number_format = "@", "#,##0.00"
        self.day.number_format, self.moment.number_format = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"

    def row(self, values: Iterable[Any]) -> Iterator[Any]:
        """Real numbers and dates; text stays text whatever it begins with."""
        for value in values:
            yield self._of(value)

    def _of(self, value: Any) -> Any:
        if value is None or value == "":
            return None  # no cell at all
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, Decimal):
            return _holding(self.money, value)
        if isinstance(value, Formula):
            return self._computed(value)
        if isinstance(value, datetime):
            # Excel knows no time zones: the wall clock where the team works.
            wall = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
            return _holding(self.moment, wall)
        if isinstance(value, date):
            return _holding(self.day, value)
        text = str(value)[:32_000]
        if not text.isprintable():
            text = CONTROL.sub("", text)
        # openpyxl would make a formula of "=…" and an error of "#N/A".
        return _holding(self.text, text) if text[:1] in ("=", "#") else text

    def _computed(self, formula: Formula) -> Any:
        cell = WriteOnlyCell(self.sheet, f"={formula.text}")
        cell.number_format = formula.form
        return cell


def _holding(cell: Any, value: Any) -> Any:
    cell._value = value
    return cell


def _styled(sheet: Any, value: Any, *, font: Font, fill: PatternFill | None = None) -> Any:
    cell = WriteOnlyCell(sheet, CONTROL.sub("", str(value)))
    cell.data_type = "s"
    cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell


def _head(sheet: Any, column: Column) -> Any:
    cell = _styled(sheet, str(column.label), font=HEAD_FONT, fill=HEAD_FILL)
    if column.numeric:
        cell.alignment = RIGHT
    return cell


def write_sheet(
    book: Workbook,
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    note: str = "",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Add a sheet: title, a line saying as of when and of what, frozen headers, rows. Returns how many rows.

    ``progress`` is told every PROGRESS_EVERY rows how many are written.
    """
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.freeze_panes = "A4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "3:3"
    sheet.append([_styled(sheet, title, font=TITLE_FONT)])
    sheet.append([_styled(sheet, note, font=NOTE_FONT)])
    sheet.append([_head(sheet, column) for column in columns])
    cells, written = _Cells(sheet), 0
    for row in rows:
        sheet.append(cells.row(row))
        written += 1
        if progress and written % PROGRESS_EVERY == 0:
            progress(written)
        if written >= MOST_ROWS:
            break
    sheet.auto_filter.ref = f"A3:{get_column_letter(len(columns))}{written + 3}"
    return written


def file_response(held: IO[bytes], *, filename: str) -> FileResponse:
    """A workbook as a download with a Chinese file name."""
    answer = FileResponse(held, content_type=MIME)
    answer["Content-Disposition"] = (
        f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(filename)}.xlsx"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def workbook_response(book: Workbook, *, filename: str) -> FileResponse:
    """The workbook just made as a download."""
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    return file_response(held, filename=filename)


def filters_in_words(listing: Listing) -> str:
    """What the list is filtered by: 阶段 洽谈中."""
    return "；".join(f"{chip['label']} {chip['value']}" for chip in listing.applied) or _(
        "all that I may see"
    )


def as_of(listing: Listing) -> str:
    """截至 2012-07-10 08:00,梁静远;条件:阶段 洽谈中."""
    moment = timezone.localtime()
    return _("As of %(moment)s, %(person)s. Filter: %(filters)s") % {
        "moment": f"{moment:%Y-%m-%d %H:%M}",
        "person": listing.request.user,
        "filters": filters_in_words(listing),
    }
