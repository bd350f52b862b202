"""A picture of numbers and the table behind it, described once.

A view builds a ``Chart``; ``{% include "components/_chart.html" with chart=… %}`` shows it: ``static/js/charts.js``
draws the picture, 看数据 opens the same numbers as a table, and each mark and each row leads to what it counts.
Tones are meanings, not colours: the accent and greys, ``late`` only for late or over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.core.serializers.json import DjangoJSONEncoder

Number = int | float | Decimal | None
Tone = Literal["accent", "second", "grey", "pale", "done", "soon", "late"]
Kind = Literal["bar", "bars", "line", "pie", "funnel"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, a number a label; ``None`` where there is none.

    Series of the same ``stack`` lie on each other. ``tones`` gives single marks a tone of their own.
    ``kind`` mixes a line into bars.
    """

    name: str
    values: Sequence[Number]
    tone: Tone = "accent"
    stack: str = ""
    kind: Literal["", "bar", "line"] = ""
    dashed: bool = False
    tones: Sequence[Tone | Literal[""]] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the picture: at a label (``at``), such as today, or at a value, such as a limit."""

    label: str
    at: str | None = None
    value: Number = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table behind a picture."""

    label: str
    values: list[Number]
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: upright ``bar`` or lying ``bars``, a ``line`` over time, ``pie`` or ``funnel`` of one series.

    ``unit`` is 元, 套, 家 …; ``digits`` after the point; ``urls`` leads to the rows behind each label.
    """

    kind: Kind
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    digits: int = 0
    urls: Sequence[str] = ()
    mark: Mark | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that do not match the labels: a picture one off is worse than none."""
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"{series.name}: {len(series.values)} values for {len(self.labels)} labels")

    @property
    def is_empty(self) -> bool:
        """Nothing to draw: no label, or no number other than zero."""
        return not any(value for series in self.series for value in series.values)

    @property
    def table_digits(self) -> str:
        """For ``floatformat``: the digits, with thousands parted."""
        return f"{self.digits}g"

    @property
    def as_json(self) -> str:
        """What ``charts.js`` reads; the template escapes it into an attribute."""
        described: dict[str, Any] = {
            "kind": self.kind,
            "labels": [str(label) for label in self.labels],
            "series": [_described(series) for series in self.series],
            "unit": str(self.unit),
            "digits": self.digits,
            "urls": list(self.urls),
        }
        if self.mark:
            mark = {"label": str(self.mark.label), "at": self.mark.at, "value": _plain(self.mark.value)}
            described["mark"] = {name: value for name, value in mark.items() if value is not None}
        return json.dumps(described, ensure_ascii=False, cls=DjangoJSONEncoder)

    def rows(self) -> Iterator[Row]:
        """The table behind the picture."""
        for number, label in enumerate(self.labels):
            url = self.urls[number] if number < len(self.urls) else ""
            yield Row(str(label), [series.values[number] for series in self.series], url)


def _plain(value: Number) -> int | float | None:
    # The picture needs no fen-exact figure; the table behind has it.
    return float(value) if isinstance(value, Decimal) else value


def _described(series: Series) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": str(series.name),
        "values": [_plain(value) for value in series.values],
        "tone": series.tone,
        "stack": series.stack,
        "kind": series.kind,
        "dashed": series.dashed,
        "tones": list(series.tones),
    }
    return {name: value for name, value in described.items() if value}
