"""Rows for a long export: the values of the columns straight from the database, no instance a row.

An app names for each column where its value lies and how it reads (``Plucked``). A chunk of rows is read as tuples
and turned column by column; what a code or a key reads like is looked up once an export or once a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Plucked:
    """One column: its ``path`` or expression as in ``values_list``, and what becomes of a chunk of its values (None:
    nothing)."""

    path: str | Combinable
    read: Callable[[Sequence[Any]], Sequence[Any]] | None = None


def plucked(rows: QuerySet[Any], columns: Sequence[Plucked]) -> Iterator[tuple[Any, ...]]:
    """The rows in their order, each as a tuple of what its columns read; memory for one chunk of them."""
    paths = list(dict.fromkeys(column.path for column in columns))
    places = [paths.index(column.path) for column in columns]
    found = rows.prefetch_related(None).values_list(*paths).iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        raw = list(zip(*chunk, strict=True))
        values = [raw[place] for place in places]
        yield from zip(
            *(
                column.read(value) if column.read else value
                for column, value in zip(columns, values, strict=True)
            ),
            strict=True,
        )


def in_words(words: Mapping[Any, Any]) -> Callable[[Sequence[Any]], list[str]]:
    """Codes or keys by what they read like; empty ones stay empty, unknown ones as they are."""
    texts = {code: str(text) for code, text in words.items()} | {None: "", "": ""}

    def read(values: Sequence[Any]) -> list[str]:
        return [texts[value] if value in texts else str(value) for value in values]

    return read


def local(values: Sequence[datetime | None]) -> list[datetime | None]:
    """Moments by the clock where the team works, as Excel wants them: without a zone."""
    zone = timezone.get_current_timezone()
    return [value and value.astimezone(zone).replace(tzinfo=None) for value in values]


def each(read: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """Every value by itself."""
    return lambda values: [read(value) for value in values]


def joined(
    pairs: QuerySet[Any], *, owner: str, words: Mapping[Any, str], of: str
) -> Callable[[Sequence[Any]], list[str]]:
    """Of each key the many that belong to it, as one text: 杜怀瑾、霍明哲.

    Args:
        pairs: rows that name both, in their order; ``owner`` and ``of`` are the two fields.
        words: what those named by ``of`` read like.
    """

    def read(keys: Sequence[Any]) -> list[str]:
        found: dict[Any, list[str]] = {}
        for key, one in pairs.filter(**{f"{owner}__in": keys}).values_list(owner, of):
            found.setdefault(key, []).append(words.get(one, ""))
        return ["、".join(found.get(key, ())) for key in keys]

    return read
