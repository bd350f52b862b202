"""Inputs that thumbs can use: chips instead of menus, date chips, a search-select for long lists, units."""

from __future__ import annotations

from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class Chips(forms.widgets.ChoiceWidget):
    """One of up to seven choices, each a chip. Not a RadioSelect: crispy draws those itself."""

    input_type = "radio"
    template_name = "widgets/chips.html"
    option_template_name = "django/forms/widgets/radio_option.html"
    use_fieldset = True

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return "" if index is None else super().id_for_label(id_, index)


class ChipsMultiple(Chips):
    """Any of a few choices, each a chip."""

    allow_multiple_selected = True
    input_type = "checkbox"

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # the browser would want every chip

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # no chip pressed and no field at all look the same in a form


class DateChips(forms.DateInput):
    """A native date input with chips beside it: 今天, 明天, 3天后, 下周. ``days`` are offsets from today."""

    template_name = "widgets/date_chips.html"
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None, *, days: tuple[int, ...] = (0, 1, 3, 7)) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
        self.days = days

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["days"] = self.days
        return context


class SearchSelect(forms.Select):
    """A long select that is searched by typing; without JavaScript an ordinary select.

    ``url`` answers suggestions as JSON ``{"results": [{"value", "text", "hint"}]}`` for ``?q=``.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, url: Any = None, choices: Any = ()) -> None:
        super().__init__(
            {"data-search-select": "", **({"data-url": url} if url is not None else {}), **(attrs or {})},
            choices,
        )


class UnitInput(forms.TextInput):
    """A number with its unit inside the field: 人, 元, 套, 分钟.

    A text field: a number field drops 万 without a word and keeps 1.2 of 1.2万.
    """

    template_name = "widgets/unit_input.html"

    def __init__(self, unit: Any, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["unit"] = self.unit
        return context


class FilterSelect(forms.Select):
    """The select of a list's filter, written without a template an option.

    A list of 200 owners rendered through Django's option templates, or through ``format_html`` an option, takes
    longer than the 50 rows below it.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = {
            str(item) for item in (value if isinstance(value, list | tuple) else [value]) if item is not None
        }
        options = []
        for code, label in self.choices:
            text = str(code)
            mark = " selected" if text in chosen else ""
            options.append(f'<option value="{escape(text)}"{mark}>{escape(str(label))}</option>')
        return format_html(
            '<select name="{}"{}>{}</select>',
            name,
            flatatt(self.build_attrs(self.attrs, attrs)),
            mark_safe("".join(options)),  # noqa: S308 - each value and label is escaped above
        )
