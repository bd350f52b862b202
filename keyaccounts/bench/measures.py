"""What is measured, and against which baseline (figures in milliseconds unless the name says otherwise)."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

ROUNDS = 15


def milliseconds(act: Callable[[], Any], *, rounds: int = ROUNDS) -> float:
    """The median of ``rounds`` timings, after one run that warms caches and templates."""
    act()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    return round(median(taken), 3)


def figure(value: float, *, baseline: float, reach: float, **more: Any) -> dict[str, Any]:
    """One row: the figure, its baseline of this run, their ratio, and the ratio to be reached."""
    ratio = round(value / baseline, 2) if baseline else None
    return {
        "value": value,
        "baseline": baseline,
        "ratio": ratio,
        "reach": reach,
        "reached": ratio is not None and ratio <= reach,
        **more,
    }


class Pages:
    """Pages asked for by one signed-in person."""

    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.client.force_login(user)

    def open(self, address: str) -> Any:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return answer

    def measure(self, address: str) -> float:
        return milliseconds(lambda: self.open(address))

    def queries(self, address: str) -> int:
        self.open(address)
        with CaptureQueriesContext(connection) as asked:
            self.open(address)
        return len(asked)


def page_figure(
    pages: Pages, address: str, *, bare: float, reach: float, most_queries: int
) -> dict[str, Any]:
    """A page against the bare view of the same run; it must also stay within its query budget."""
    queries = pages.queries(address)
    row = figure(
        pages.measure(address), baseline=bare, reach=reach, queries=queries, most_queries=most_queries
    )
    row["reached"] = row["reached"] and queries <= most_queries
    return row


def list_figures(pages: Pages, name: str, *, filtered: str, bare: float) -> dict[str, dict[str, Any]]:
    """A list's first page, last page and filtered page."""
    address = reverse(name)
    first = page_figure(pages, address, bare=bare, reach=4, most_queries=12)
    return {
        f"{name} first page": first,
        f"{name} last page": figure(pages.measure(f"{address}?end=1"), baseline=first["value"], reach=1.5),
        f"{name} filtered": figure(
            pages.measure(f"{address}?{filtered}"), baseline=first["value"], reach=1.5
        ),
    }


def search_figures(user: Any, texts: dict[str, str], *, who: str) -> dict[str, dict[str, Any]]:
    """Search as the page does it, against one indexed primary-key read through the ORM."""
    from accounts.models import Organisation
    from accounts.search import matching

    pk = Organisation.objects.order_by("pk").values_list("pk", flat=True)[0]
    baseline = milliseconds(lambda: Organisation.objects.get(pk=pk), rounds=100)
    scope = Organisation.objects.visible_to(user)
    return {
        f"search {kind} as {who}": figure(
            milliseconds(lambda text=text: list(matching(scope, text)[:20])),  # type: ignore[misc]
            baseline=baseline,
            reach=40,
            found=len(list(matching(scope, text)[:20])),
        )
        for kind, text in texts.items()
    }


def import_figure(user: Any, *, rows: int) -> dict[str, Any]:
    """Checking an import row by row, against reading the same file with openpyxl read_only."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from openpyxl import Workbook, load_workbook

    from accounts.actions.imports import read_upload, upload

    book = Workbook(write_only=True)
    sheet = book.create_sheet("单位")
    sheet.append(["单位名称", "单位类型", "所属区", "地址", "在职人数", "联系人", "职务", "手机"])
    for n in range(rows):
        sheet.append(
            [
                f"北京导入第{n}机械厂",
                "大型厂矿",
                "房山区",
                f"测试路{n}号",
                str(100 + n),
                f"联系{n}",
                "工会主席",
                f"198{n:08}",
            ]
        )
    held = io.BytesIO()
    book.save(held)

    def read() -> int:
        return sum(1 for _ in load_workbook(io.BytesIO(held.getvalue()), read_only=True).worksheets[0].values)

    def check() -> None:
        file = SimpleUploadedFile("bench.xlsx", held.getvalue())
        read_upload(upload(file, by=user))

    return figure(milliseconds(check, rounds=1), baseline=milliseconds(read, rounds=3), reach=10, rows=rows)


def pdf_figures(user: Any, *, bulk: int) -> dict[str, dict[str, Any]]:
    """One visit report, and many, against WeasyPrint on a bare page of equal text with the same font."""
    import re
    from html import unescape

    from django.utils.html import strip_tags

    from keyaccounts.common.clock import now
    from keyaccounts.common.pdf import html_to_pdf
    from visits.documents import report_html, report_pdf
    from visits.models import Visit

    visits = list(Visit.objects.filter(report__isnull=False).select_related("organisation", "report")[:bulk])
    one, moment = visits[:1], now()
    markup = report_html(one, by=user, at=moment)
    text = re.sub(r"\s+", " ", unescape(strip_tags(re.sub(r"(?s)<style.*?</style>", "", markup))))
    page = f'<html lang="zh-CN"><body style="font-family: CRM Sans SC"><p>{text}</p></body></html>'
    bare = milliseconds(lambda: html_to_pdf(page), rounds=5)
    single = milliseconds(lambda: report_pdf(one, by=user, at=moment), rounds=5)
    size = round(len(report_pdf(one, by=user, at=moment)) / 1024)
    row = figure(single, baseline=bare, reach=1.5, size_kb=size, most_kb=200)
    row["reached"] = row["reached"] and size <= 200
    together = milliseconds(lambda: report_pdf(visits, by=user, at=moment), rounds=1)
    return {
        "visit report PDF, one": row,
        f"visit report PDF, {len(visits)} in bulk": figure(
            together, baseline=single * len(visits), reach=0.8
        ),
    }


def reminder_figures() -> dict[str, dict[str, Any]]:
    """The morning run over everything that is due; the figure is in seconds, and so is what it must reach."""
    from accounts.actions.journal import remind_silent
    from keyaccounts.campaigns.actions import remind_due
    from keyaccounts.common.clock import now
    from visits.actions.reminders import remind_reports, remind_visits

    moment, start = now(), time.perf_counter()
    remind_due(on=moment.date(), at=moment)
    remind_silent(on=moment.date(), at=moment)
    remind_visits(at=moment)
    remind_reports(at=moment)
    seconds = round(time.perf_counter() - start, 1)
    return {
        "morning reminder run, seconds": {
            "value": seconds,
            "baseline": None,
            "ratio": None,
            "reach": 60,
            "reached": seconds <= 60,
        }
    }
