"""Excel in: workbooks as companies really keep them, and as hostile people make them."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .errors import RuleViolation
from .text import without_marks

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 300 * 1024 * 1024
MOST_ENTRIES = 2_000
MOST_RATIO = 200
MOST_ROWS = 20_000
MOST_COLUMNS = 80
BLANK_LINES = 500
OLE = b"\xd0\xcf\x11\xe0"
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet: its number there and its cells as they stand."""

    sheet: str
    number: int
    cells: tuple[Any, ...]

    @property
    def is_blank(self) -> bool:
        return all(cell is None or str(cell).strip() == "" for cell in self.cells)


def check_archive(file: IO[bytes]) -> None:
    """Refuse what is not a plain workbook before anything opens it.

    Raises RuleViolation in words: too large, an old .xls or an encrypted file, no workbook at all, one that
    would unpack to far more than it is.
    """
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size == 0:
        raise RuleViolation(_("The file is empty."), field="file")
    if size > MOST_BYTES:
        raise RuleViolation(_("The file is larger than 20 MB. Split it."), field="file")
    begin = file.read(4)
    file.seek(0)
    if begin == OLE:
        raise RuleViolation(
            _("This is an old .xls or a workbook with a password. Save it as .xlsx without a password."),
            field="file",
        )
    if not zipfile.is_zipfile(file):
        raise RuleViolation(_("This is not an Excel workbook (.xlsx), whatever its name says."), field="file")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as problem:
        raise RuleViolation(_("The workbook is damaged and cannot be opened."), field="file") from problem
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > MOST_UNPACKED
        or (unpacked > 10_000_000 and unpacked / packed > MOST_RATIO)
    ):
        raise RuleViolation(
            _("The workbook unpacks to far more than a list of organisations needs."), field="file"
        )
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise RuleViolation(_("This is not an Excel workbook (.xlsx), whatever its name says."), field="file")
    file.seek(0)


def lines_of(file: IO[bytes]) -> Iterator[Line]:
    """The lines of every sheet that are not blank, read one by one.

    Raises RuleViolation when the file is no plain workbook or has more lines than an import takes.
    """
    check_archive(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever the damaged part makes it raise
        raise RuleViolation(_("The workbook is damaged and cannot be opened."), field="file") from problem
    taken = 0
    try:
        for sheet in book.worksheets:
            blank = 0
            for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
                line = Line(sheet.title, number, cells)
                if line.is_blank:
                    blank += 1
                    if blank > BLANK_LINES:
                        break
                    continue
                blank = 0
                taken += 1
                if taken > MOST_ROWS:
                    raise RuleViolation(
                        _("More than %(count)s lines: split the workbook.") % {"count": f"{MOST_ROWS:,}"},
                        field="file",
                    )
                yield line
    finally:
        book.close()


def as_text(value: Any) -> str:
    """A cell as text: numbers without a tail of zeros, full-width to half-width, no invisible marks, spaces trimmed."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", without_marks(str(value)))).strip()


def plain_title(text: str) -> str:
    """A header as it is compared: half-width, without blanks, brackets and what they hold, and stars."""
    text = "".join(unicodedata.normalize("NFKC", text).split()).strip("*:")
    return text.partition("(")[0] or text


def as_date(value: Any) -> date | None:
    """A cell as a date: a real one, a serial number, or text in one of the usual forms. ValueError otherwise."""
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and 1 < value < 80_000:
        return date(1899, 12, 30) + timedelta(days=int(value))
    text = as_text(value)
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)
