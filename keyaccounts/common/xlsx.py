"""Excel out: what a list shows, as a workbook people can compute with. Cells of users never become formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
MOST_ROWS = 100_000
HEAD_FONT = Font(bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor="0F766E")
NOTE_FONT = Font(color="57606A", italic=True)
TITLE_FONT = Font(bold=True, size=14)
WRAPPED = Alignment(vertical="top", wrap_text=True)


def _cell(sheet: Any, value: Any) -> Any:
    """One cell: real numbers and dates; text stays text whatever it begins with."""
    if isinstance(value, datetime):
        # Excel knows no time zones: the wall clock where the team works.
        value = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
        cell.number_format = "yyyy-mm-dd"
        return cell
    if isinstance(value, bool) or value is None or isinstance(value, int | float):
        return WriteOnlyCell(sheet, value)
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
        cell.number_format = "#,##0.00"
        return cell
    text = CONTROL.sub("", str(value))[:32_000]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl would make a formula of "=…"
    return cell


def _styled(sheet: Any, value: Any, *, font: Font, fill: PatternFill | None = None) -> Any:
    cell = _cell(sheet, value)
    cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell


def write_sheet(
    book: Workbook, *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], note: str = ""
) -> int:
    """Add a sheet: title, a line saying as of when and of what, frozen headers, rows. Returns how many rows."""
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
    sheet.append([_styled(sheet, str(column.label), font=HEAD_FONT, fill=HEAD_FILL) for column in columns])
    written = 0
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
        written += 1
        if written >= MOST_ROWS:
            break
    sheet.auto_filter.ref = f"A3:{get_column_letter(len(columns))}{written + 3}"
    return written


def workbook_response(book: Workbook, *, filename: str) -> FileResponse:
    """The workbook as a download with a Chinese file name."""
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    answer = FileResponse(held, content_type=MIME)
    answer["Content-Disposition"] = (
        f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(filename)}.xlsx"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def as_of(listing: Listing) -> str:
    """截至 2012-07-10 08:00,梁静远;条件:阶段 洽谈中."""
    moment = timezone.localtime()
    filters = ";".join(f"{chip['label']} {chip['value']}" for chip in listing.applied) or _(
        "all that I may see"
    )
    return _("As of %(moment)s, %(person)s. Filter: %(filters)s") % {
        "moment": f"{moment:%Y-%m-%d %H:%M}",
        "person": listing.request.user,
        "filters": filters,
    }


def listing_response(
    listing: Listing, *, filename: str, title: str, values: Callable[[Any], Sequence[Any]], note: str = ""
) -> FileResponse:
    """A list as shown – same filter, same order, all its pages – as a workbook.

    ``values`` gives one row's cells in the order of the listing's columns.
    """
    book = Workbook(write_only=True)
    rows = (values(row) for row in listing.rows.iterator(chunk_size=2000))
    write_sheet(book, title=title, columns=listing.columns, rows=rows, note=note or as_of(listing))
    return workbook_response(book, filename=f"{filename}-{timezone.localdate():%Y%m%d}")
