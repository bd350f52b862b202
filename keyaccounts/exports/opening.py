"""How the job opens an export's page as its owner: the view writes into a file instead of answering a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django_htmx.middleware import HtmxDetails

from .models import Export

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a request made by the job carries: where to write and whom to tell how far it is."""

    path: Path
    progress: Progress


class Handed(HttpResponse):
    """The answer to a job: the workbook is in its file, under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(status=204)
        self.name = name


def page(export: Export, progress: Progress, path: Path) -> str:
    """Open the export's address as its owner and let the view write; gives the file name."""
    parts = urlsplit(export.address)
    match = resolve(parts.path)
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", parts.path, parts.path
    request.META = {"QUERY_STRING": parts.query, "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    request.GET = QueryDict(parts.query)  # type: ignore[assignment]
    request.user = export.requested_by
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    request.resolver_match = match
    request.export_job = Job(path, progress)  # type: ignore[attr-defined]
    answer = match.func(request, *match.args, **match.kwargs)
    if not isinstance(answer, Handed):
        raise TypeError(f"{parts.path} answered {answer.status_code} and wrote no workbook")
    return answer.name
