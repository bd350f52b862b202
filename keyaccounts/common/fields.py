"""Form fields for numbers as people type them (full-width digits, separators, 万, Chinese numerals) and for rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .numerals import parse_number

LONGEST_KEY = 18
# What a number is refused with, in fewer words than Django's.
REFUSALS: dict[str, Any] = {
    "invalid": _("Write a number, such as 1200 or 8.5万."),
    "min_value": _("Not less than %(limit_value)s."),
    "max_value": _("Not more than %(limit_value)s."),
    "max_digits": _("This number is too large."),
    "max_whole_digits": _("This number is too large."),
    "max_decimal_places": _("At most two decimal places."),
}


class Count(forms.IntegerField):
    """A number of things: ``1,200``, ``1200``, ``1.2万``, ``三十``."""

    # A number field of the browser drops 万 without a word.
    widget = forms.TextInput
    default_error_messages = {**REFUSALS, "invalid": _("Write a whole number, such as 1200 or 8.5万.")}

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100_000_000, **more})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "numeric"}

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_plain(value))


class Yuan(forms.DecimalField):
    """An amount in yuan, two places."""

    widget = forms.TextInput
    default_error_messages = REFUSALS

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"min_value": 0, "max_digits": 10, "decimal_places": 2, **more})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}

    def to_python(self, value: Any) -> Any:
        return super().to_python(_plain(value))


class Several(forms.ModelMultipleChoiceField):
    """Some rows of a scope. A key that no database counts up to is refused like any other unknown one."""

    def _check_values(self, value: Any) -> Any:
        for key in value:
            if len(str(key)) > LONGEST_KEY:
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": str(key)[:LONGEST_KEY]},
                )
        return super()._check_values(value)  # type: ignore[misc]


def _plain(value: Any) -> Any:
    """What was typed as a plain number; text that is none is left for the field to refuse."""
    if not isinstance(value, str) or not value.strip():
        return value
    try:
        return format(parse_number(value), "f")
    except (ValueError, ArithmeticError):
        return value
