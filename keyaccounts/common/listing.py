"""The list pattern: filter, search, sort, page, export, saved default filter — one way for every list.

The address holds the whole state. Paging is by key, not by offset, so that the last page of
100,000 rows costs what the first one does; counts stop at ``COUNT_CAP``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.core import signing
from django.db.models import F, IntegerField, Model, Q, QuerySet, Subquery
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from .pages import page_or_part
from .templatetags.show import day

PAGE_SIZE = 50
ROW_FILTERS = 4  # what stands beside the search box; the rest is in a drawer
COUNT_CAP = 5_000
PAGING_KEYS = ("after", "before", "end")
NOT_A_FILTER = (*PAGING_KEYS, "all", "export")
RANGE_SUFFIXES = ("after", "before", "min", "max", "lookup", "0", "1")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``name`` in the address and the export, ``label`` on screen.

    ``sort`` is the model field the header sorts by (None: not sortable). ``attr`` is the dotted
    path that an export reads; it defaults to ``name``.
    """

    name: str
    label: Any
    sort: str | None = None
    attr: str = ""
    numeric: bool = False
    width: int = 16


def capped_count(rows: QuerySet[Any], *, most: int = COUNT_CAP) -> int:
    """How many rows there are, counted up to ``most`` + 1."""
    return rows.order_by()[: most + 1].count()


class _Counted(Subquery):
    """How many rows a query has, as a value of another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def capped_counts(queries: Iterable[QuerySet[Any]], *, beside: Model, most: int = COUNT_CAP) -> list[int]:
    """How many rows each of several queries has, counted up to ``most`` + 1, in one query.

    ``beside`` is a row that exists, such as who asks: a value needs a row to stand in.
    """
    counted = [_Counted(rows.order_by().values("pk")[: most + 1]) for rows in queries]
    row = beside._meta.model._base_manager.filter(pk=beside.pk)
    return [number or 0 for number in row.values_list(*counted)[0]]  # of no rows at all there is no count


def capped_text(count: int, *, most: int = COUNT_CAP) -> str:
    """A capped count in words: 1,203 or 5,000+."""
    return f"{most:,}+" if count > most else f"{count:,}"


def _encode(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)


class Listing:
    """One list as asked for in the address.

    ``queryset`` is already scoped to the user. ``filterset_class`` is a django-filter FilterSet.
    ``default_sort`` is a column name, with ``-`` in front for descending.
    """

    def __init__(
        self,
        request: HttpRequest,
        *,
        key: str,
        queryset: QuerySet[Any],
        filterset_class: type,
        columns: Sequence[Column],
        default_sort: str,
        page_size: int = PAGE_SIZE,
        filter_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.request = request
        self.key = key
        self.columns = tuple(columns)
        self.page_size = page_size
        self.default_sort = default_sort
        # Opened without any wish, the list shows the filter this person saved for it.
        self.saved_query = "" if request.GET else request.user.saved_filter(key)  # type: ignore[union-attr]
        self.asked = QueryDict(self.saved_query) if self.saved_query else request.GET
        self.filterset = filterset_class(
            self.asked or None, queryset=queryset, request=request, **(filter_kwargs or {})
        )

    # -- what is asked for ------------------------------------------------------------------
    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Every row that matches, in order: what an export writes."""
        return self.filterset.qs.order_by(*self._ordering(reverse=False))

    @cached_property
    def sort(self) -> str:
        asked = self.asked.get("sort", self.default_sort)
        return asked if asked.lstrip("-") in self._sortable else self.default_sort

    @cached_property
    def _sortable(self) -> dict[str, str]:
        return {column.name: column.sort for column in self.columns if column.sort}

    @property
    def _sort_field(self) -> str:
        return self._sortable[self.sort.lstrip("-")]

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def _ordering(self, *, reverse: bool) -> list[Any]:
        field, downwards = self._sort_field, self.descending != reverse
        # Empty values come last in the order shown, whichever way it runs.
        nulls = {"nulls_first" if reverse else "nulls_last": True} if self._nullable else {}
        first = F(field).desc(**nulls) if downwards else F(field).asc(**nulls)
        return [first, "-pk" if downwards else "pk"]

    @cached_property
    def _nullable(self) -> bool:
        model: type[Model] = self.filterset.queryset.model
        field = None
        for name in self._sort_field.split("__"):
            if name in self.filterset.queryset.query.annotations:
                return True
            field = model._meta.get_field(name)
            if field.null:
                return True
            if field.is_relation and field.related_model:
                model = field.related_model
        return bool(field and field.null)

    # -- the page -----------------------------------------------------------------------------
    @cached_property
    def page(self) -> list[Any]:
        """The rows of the page asked for, at most ``page_size``."""
        return self._window[0]

    @property
    def has_next(self) -> bool:
        return self._window[1]

    @property
    def has_previous(self) -> bool:
        return self._window[2]

    @cached_property
    def _window(self) -> tuple[list[Any], bool, bool]:
        asked = self.asked
        rows, reverse = self.filterset.qs, False
        cursor = None
        if asked.get("end"):
            reverse = True
        elif asked.get("before"):
            cursor = self._read(asked["before"])
            reverse = cursor is not None
        elif asked.get("after"):
            cursor = self._read(asked["after"])
        if cursor is not None:
            rows = rows.filter(self._beyond(cursor, reverse=reverse))
        found = list(rows.order_by(*self._ordering(reverse=reverse))[: self.page_size + 1])
        more, found = len(found) > self.page_size, found[: self.page_size]
        if reverse:
            found.reverse()
            return found, cursor is not None, more
        return found, more, cursor is not None

    def _beyond(self, cursor: list[Any], *, reverse: bool) -> Q:
        value, pk = cursor
        field, downwards = self._sort_field, self.descending != reverse
        step = "lt" if downwards else "gt"
        same = Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})
        past = same & Q(**{f"pk__{step}": pk})
        if value is None:
            return past | Q(**{f"{field}__isnull": False}) if reverse else past
        past |= Q(**{f"{field}__{step}": value})
        if self._nullable and not reverse:
            past |= Q(**{f"{field}__isnull": True})
        return past

    def _read(self, token: str) -> list[Any] | None:
        try:
            column, value, pk = json.loads(signing.Signer(salt="listing").unsign(token))
        except (signing.BadSignature, ValueError):
            return None  # a stale or hand-made address shows the first page
        return [value, pk] if column == self.sort.lstrip("-") else None

    def _token(self, row: Any) -> str:
        value: Any = row
        for part in self._sort_field.split("__"):
            value = getattr(value, part, None)
        if isinstance(value, Model):
            value = value.pk
        column = self.sort.lstrip("-")
        return signing.Signer(salt="listing").sign(json.dumps([column, _encode(value), row.pk]))

    # -- addresses ----------------------------------------------------------------------------
    def _address(self, **changes: str | None) -> str:
        query = self.asked.copy()
        for name in (*PAGING_KEYS, "export"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return "?" + query.urlencode()

    @property
    def next_address(self) -> str:
        return self._address(after=self._token(self.page[-1]))

    @property
    def previous_address(self) -> str:
        return self._address(before=self._token(self.page[0]))

    @property
    def first_address(self) -> str:
        return self._address()

    @property
    def last_address(self) -> str:
        return self._address(end="1")

    @property
    def export_address(self) -> str:
        """The filter and order in force, for the export link."""
        return self._address()

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The header cells: label, where a click leads, and the direction now in force."""
        current = self.sort.lstrip("-")
        cells = []
        for column in self.columns:
            active = column.name == current
            target = f"-{column.name}" if active and not self.descending else column.name
            cells.append(
                {
                    "column": column,
                    "address": self._address(sort=target) if column.sort else "",
                    "direction": ("descending" if self.descending else "ascending") if active else "",
                }
            )
        return cells

    # -- counts and filters in force ------------------------------------------------------------
    @cached_property
    def count(self) -> int:
        """How many rows match, counted up to COUNT_CAP + 1."""
        return capped_count(self.filterset.qs)

    @property
    def count_text(self) -> str:
        return capped_text(self.count)

    @cached_property
    def applied(self) -> list[dict[str, str]]:
        """The filters in force as chips: label, value in words, and the address without it."""
        form = self.filterset.form
        if not form.is_bound:
            return []
        form.is_valid()  # a filter that cannot be read is left out; the others are in force
        chips = []
        for name, value in form.cleaned_data.items():
            if value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value):
                continue
            parts = {name} | {f"{name}_{suffix}" for suffix in RANGE_SUFFIXES} - set(form.fields)
            query: QueryDict = self.asked.copy()
            for key in (*parts, *PAGING_KEYS, "export"):
                query.pop(key, None)
            field = form.fields[name]
            chips.append(
                {
                    "label": str(field.label or ""),
                    "value": self._in_words(field, value),
                    # With nothing left the saved filter would come back: ask for all of it.
                    "address": "?" + (query.urlencode() or "all=1"),
                }
            )
        return chips

    @property
    def query(self) -> str:
        """The filter and order in force, to be saved as this person's default."""
        query = self.asked.copy()
        for name in NOT_A_FILTER:
            query.pop(name, None)
        return query.urlencode()

    @property
    def search_field(self) -> Any:
        """The search box, when the filter set has one."""
        form = self.filterset.form
        return form["q"] if "q" in form.fields else None

    @property
    def filter_fields(self) -> list[Any]:
        """The other filters, in order."""
        form = self.filterset.form
        return [form[name] for name in form.fields if name != "q"]

    @property
    def row_fields(self) -> list[Any]:
        """The filters beside the search box."""
        return self.filter_fields[:ROW_FILTERS]

    @property
    def drawer_fields(self) -> list[Any]:
        """The filters behind 更多筛选."""
        return self.filter_fields[ROW_FILTERS:]

    @classmethod
    def _in_words(cls, field: Any, value: Any) -> str:
        """A filter's value as people say it: a range, a choice's label, a record's name, a day."""
        if isinstance(value, slice):
            ends = [cls._in_words(field, end) if end is not None else "" for end in (value.start, value.stop)]
            return " – ".join(ends).strip()
        if isinstance(value, list | tuple | QuerySet):
            return "、".join(cls._in_words(field, item) for item in value)
        if isinstance(field, ModelChoiceField):
            return str(field.label_from_instance(value) if isinstance(value, Model) else value)
        labels: dict[str, Any] = {}
        choices = getattr(field, "choices", None)
        if choices is None:  # not "if not": choices that a function makes have no length
            choices = getattr(field.widget, "choices", ())
        for key, label in choices:
            group = label if isinstance(label, list | tuple) else [(key, label)]
            labels |= {str(code): words for code, words in group}
        # A yes-or-no field offers its answers as words ("true") and cleans them to a boolean.
        for code in (str(value), str(value).lower()):
            if code in labels:
                return str(labels[code])
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return day(value) if isinstance(value, date) else str(value)


def list_page(listing: Listing, *, page: str = "components/list_page.html", **context: Any) -> HttpResponse:
    """The page of a list, or its rows alone for htmx; what else the template asks for stands at its beginning."""
    return page_or_part(
        listing.request, page=page, part="components/_list.html", context={"listing": listing, **context}
    )
