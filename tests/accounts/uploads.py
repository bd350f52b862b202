"""Workbooks handed in, read and written, as the import does it."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from keyaccounts.imports.actions import read_upload, start_writing, upload_workbook, write_upload
from keyaccounts.imports.kinds import kinds
from keyaccounts.imports.models import Upload
from tests import given

JULY_10 = given.at(2012, 7, 10, 9)


def a_file(*lines, merged=(), name="客户档案表.xlsx"):
    """A workbook of these lines, some of its cells merged."""
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for cells in merged:
        book.active.merge_cells(cells)
    held = io.BytesIO()
    book.save(held)
    return SimpleUploadedFile(name, held.getvalue())


def read(file, *, by) -> Upload:
    made = upload_workbook(kinds()["organisations"], file, about="", by=by, at=JULY_10)
    return read_upload(made.pk, clock=lambda: JULY_10)


def write(batch) -> Upload:
    start_writing(batch)
    return write_upload(batch, at=JULY_10)
