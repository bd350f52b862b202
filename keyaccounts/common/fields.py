"""Form fields for numbers as people type them: full-width digits, separators, 万, Chinese numerals."""

from __future__ import annotations

from typing import Any

from django import forms

from .numerals import parse_number


class Count(forms.IntegerField):
    """A number of things: ``1,200``, ``1200``, ``1.2万``, ``三十``."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100_000_000, **more})

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_plain(value))


class Yuan(forms.DecimalField):
    """An amount in yuan, two places."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"min_value": 0, "max_digits": 10, "decimal_places": 2, **more})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_plain(value))


def _plain(value: Any) -> Any:
    """What was typed as a plain number; text that is none is left for the field to refuse."""
    if not isinstance(value, str) or not value.strip():
        return value
    try:
        return format(parse_number(value), "f")
    except ValueError:
        return value
