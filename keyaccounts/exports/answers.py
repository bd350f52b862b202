"""How a list's view answers ``?export=xlsx``: a small workbook at once, a large one by a job.

The job opens the same address again as the same person (``opening.page``), which brings it to the same call: the view's
access check, row scope and filter are thereby the export's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from openpyxl import Workbook

from keyaccounts.common import clock
from keyaccounts.common.listing import Listing
from keyaccounts.common.plucking import Plucked, plucked
from keyaccounts.common.xlsx import as_of, filters_in_words, workbook_response, write_sheet

from . import tasks
from .actions import note_export
from .opening import Handed, Job, Progress

AT_ONCE = 5_000
"""Up to so many rows people wait for the answer; more are written by a job."""


def workbook_answer(
    request: HttpRequest,
    *,
    title: str,
    total: int,
    filters: str,
    write: Callable[[Workbook, Progress], None],
) -> HttpResponseBase:
    """A workbook of about ``total`` rows that ``write`` fills, handed out at once or by a job."""
    name = f"{title}-{timezone.localdate():%Y%m%d}"
    job: Job | None = getattr(request, "export_job", None)
    if job is not None:
        book = Workbook(write_only=True)
        write(book, job.progress)
        book.save(job.path)
        return Handed(name)
    at_once = total <= AT_ONCE or not settings.REDIS_URL
    export = note_export(
        title=title, address=request.get_full_path(), filters=filters, total=total, at_once=at_once,
        by=request.user, at=clock.now(),
    )  # fmt: skip
    if not at_once:
        tasks.look_at(export)
        return redirect(export)
    book = Workbook(write_only=True)
    write(book, lambda written: None)
    return workbook_response(book, filename=name)


def listing_answer(
    request: HttpRequest,
    listing: Listing,
    *,
    title: str,
    values: Callable[[Any], Sequence[Any]] | None = None,
    pluck: Callable[[], Sequence[Plucked]] | None = None,
    note: str = "",
) -> HttpResponseBase:
    """A list as shown – same filter, same order, all its pages – as a workbook.

    ``values`` gives one row's cells in the order of the listing's columns. A list that grows long gives ``pluck``
    instead: its columns as ``common.plucking`` reads them, without an instance a row.
    """

    def cells() -> Iterable[Sequence[Any]]:
        if pluck is not None:
            return plucked(listing.rows, pluck())
        if values is None:
            raise TypeError("An export needs values or pluck.")
        return (values(row) for row in listing.rows.iterator(chunk_size=2000))

    def write(book: Workbook, progress: Progress) -> None:
        write_sheet(
            book,
            title=title,
            columns=listing.columns,
            rows=cells(),
            note=note or as_of(listing),
            progress=progress,
        )

    return workbook_answer(
        request,
        title=title,
        total=listing.rows.order_by().count(),
        filters=filters_in_words(listing),
        write=write,
    )
