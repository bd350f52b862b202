"""Taking figures: each beside its baseline of the same run (milliseconds unless the name says otherwise)."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

ROUNDS = 15
LIST_QUERIES, PAGE_QUERIES = 12, 25
Figures = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list to be measured, and the bare view that prints the same fifty rows.

    ``filtered`` is a query string that leaves many rows; ``bare`` gives the rows in the list's order with
    what they need joined; ``columns`` are the dotted paths that the bare view prints.
    """

    name: str
    filtered: str
    bare: Callable[[], QuerySet[Any]]
    columns: Sequence[str]
    who: str = "director"
    arguments: Callable[[], Sequence[Any]] = tuple

    @property
    def address(self) -> str:
        """Where the list is; ``arguments`` finds what its address names."""
        return reverse(self.name, args=self.arguments())


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of one record, a form or a home page; ``address`` finds it in the world that was built."""

    name: str
    address: Callable[[Any], str]
    who: str = "rep"


def seconds(act: Callable[[], Any]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def milliseconds(act: Callable[[], Any], *, rounds: int = ROUNDS) -> float:
    """The median of ``rounds`` timings, after one run that warms caches and templates."""
    act()
    gc.collect()
    return round(median(seconds(act) * 1000 for _ in range(rounds)), 3)


def in_turns(acts: Mapping[str, Callable[[], Any]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """The medians of several acts timed in turn, so that a noisy moment falls on all of them."""
    for act in acts.values():
        act()
    gc.collect()
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            taken[name].append(seconds(act) * 1000)
    return {name: round(median(times), 3) for name, times in taken.items()}


def figure(value: float, *, baseline: float, reach: float, **more: Any) -> dict[str, Any]:
    """One row: the figure, its baseline of this run, their ratio, and the ratio to be reached."""
    ratio = round(value / baseline, 2) if baseline else None
    return {
        "value": round(value, 3),
        "baseline": round(baseline, 3),
        "ratio": ratio,
        "reach": reach,
        "reached": ratio is not None and ratio <= reach,
        **more,
    }


def at_least(value: float, *, reach: float, **more: Any) -> dict[str, Any]:
    """One row that has no baseline and must come to ``reach`` or more."""
    return {**limit(value, reach=reach, **more), "reached": value >= reach}


def limit(value: float, *, reach: float, **more: Any) -> dict[str, Any]:
    """One row that has no baseline: the figure itself must stay within ``reach``."""
    value = round(value, 3)
    return {
        "value": value,
        "baseline": None,
        "ratio": None,
        "reach": reach,
        "reached": value <= reach,
        **more,
    }


class Memory:
    """Resident memory while something runs: ``used`` is the peak above what there was before, in MB."""

    used: float | None = None


@contextmanager
def watched_memory():
    """Watch the peak of resident memory; not known (None) where the system does not tell it."""
    found = Memory()
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # begin the peak anew
        before = _resident("VmRSS")
    except OSError:
        before = None
    yield found
    if before is not None:
        found.used = round((_resident("VmHWM") - before) / 1024, 1)


def _resident(line: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split(f"{line}:")[1].split()[0])


class Pages:
    """Pages asked for by one signed-in person."""

    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.client.force_login(user)

    def open(self, address: str) -> HttpResponse:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return answer  # type: ignore[return-value]

    def beside(self, bare: str, page: str) -> dict[str, float]:
        """The times of a page and of the bare view, taken in turns."""
        return in_turns({"bare": partial(self.open, bare), "page": partial(self.open, page)})

    def queries(self, address: str) -> int:
        self.open(address)
        with CaptureQueriesContext(connection) as asked:
            self.open(address)
        return len(asked)


def list_figures(page: ListPage, pages: Pages) -> Figures:
    """A list's first, last and filtered page; all must stay within the budget of queries."""
    address = page.address
    bare = reverse("bench_bare", args=[page.name])
    shown = {"first": address, "last": f"{address}?end=1", "filtered": f"{address}?{page.filtered}"}
    taken = in_turns({name: partial(pages.open, at) for name, at in {"bare": bare, **shown}.items()})
    queries = {name: pages.queries(at) for name, at in shown.items()}
    found = {
        f"{page.name} first page": figure(taken["first"], baseline=taken["bare"], reach=4),
        f"{page.name} last page": figure(taken["last"], baseline=taken["first"], reach=1.5),
        f"{page.name} filtered": figure(taken["filtered"], baseline=taken["first"], reach=1.5),
    }
    for row, asked in zip(found.values(), queries.values(), strict=True):
        within_budget(row, queries=asked, most=LIST_QUERIES)
    return found


def within_budget(row: dict[str, Any], *, queries: int, most: int) -> None:
    """Note the queries on a row; too many of them mean that it has not reached."""
    row |= {"queries": queries, "most_queries": most, "reached": row["reached"] and queries <= most}


def say(text: str) -> None:
    """What is happening, beside the figures."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
