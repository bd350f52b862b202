"""The filters that most lists have: one of some choices, one of some rows, from a day on and until a day."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .widgets import FilterSelect

ONE = {"empty_label": _("All"), "widget": FilterSelect}


class OneOf(filters.ChoiceFilter):
    """One of the choices, or all."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**ONE, **more})


class OneRow(filters.ModelChoiceFilter):
    """One of the rows, or all."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**ONE, **more})


class _Day(filters.DateFilter):
    def __init__(self, field: str, lookup: str, **more: Any) -> None:
        # By the house's names: …_on is a day, at and …_at a moment of one.
        lookup = f"date__{lookup}" if field.split("_")[-1] == "at" else lookup
        widget = forms.DateInput(attrs={"type": "date"})
        super().__init__(field_name=field, lookup_expr=lookup, **{"widget": widget, **more})


class FromDay(_Day):
    """That day, or later."""

    def __init__(self, field: str, **more: Any) -> None:
        super().__init__(field, "gte", **{"label": pgettext_lazy("day", "From"), **more})


class UntilDay(_Day):
    """That day, or earlier."""

    def __init__(self, field: str, **more: Any) -> None:
        super().__init__(field, "lte", **{"label": pgettext_lazy("day", "To"), **more})
