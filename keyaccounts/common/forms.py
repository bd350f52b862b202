"""The form pattern: one submission has one effect, a stale edit is refused, nothing typed is lost."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import LayoutObject
from crispy_forms.utils import TEMPLATE_PACK, render_field
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from .text import without_marks

# Days of the house lie in these years, the first and the last included.
FIRST_YEAR, LAST_YEAR = 1990, 2100


class PageForm(forms.Form):
    """A form of ours: crispy layout without its own <form> tag, and a submission key.

    ``submission_key`` travels with the form; ``keyaccounts.audit.once`` uses it so that a double
    click, the back button or a retry has one effect and gives the same answer (integrity rule 19).
    """

    # Nothing refers to it, and a page has several forms: it has no id.
    submission_key = forms.UUIDField(widget=forms.HiddenInput(attrs={"id": False}), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.data, QueryDict):
            self.data = _without_marks(self.data)
        self.initial.setdefault("submission_key", uuid.uuid4())
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        for field in self.fields.values():
            say_choose(field)
            say_required(field)
            check_year(field)

    def facts(self) -> dict[str, Any]:
        """The cleaned values for the action, without the form's own bookkeeping."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {"submission_key", "version"}}


class EditForm(PageForm):
    """A form over an existing record: ``version`` is the one it was opened with (integrity rule 20)."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def say_choose(field: forms.Field) -> None:
    """An empty choice reads 请选择, never a row of dashes."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = _("Please choose")
    elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
        choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
        if choices and choices[0][0] in ("", None):
            field.choices = [("", _("Please choose")), *choices[1:]]


def say_required(field: forms.Field) -> None:
    """An empty answer is asked for in three characters, unless the field says it in its own words."""
    if isinstance(field, forms.FileField):
        field.error_messages |= {"required": _("Please choose a file."), "empty": _("The file is empty.")}
    elif field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        field.error_messages["required"] = _("Please choose.") if chosen else _("Please fill this in.")


def check_year(field: forms.Field) -> None:
    """A day of a year that nobody plans in is a slip of the finger: 0206, 9999."""
    if isinstance(field, forms.DateField):
        field.validators.append(_of_a_sane_year)


def _of_a_sane_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(_("Please check the year."))


def _without_marks(data: QueryDict) -> QueryDict:
    """What was posted, without the characters that nobody sees."""
    cleaned = data.copy()
    for name, values in data.lists():
        cleaned.setlist(name, [without_marks(value) for value in values])
    return cleaned


class Section(LayoutObject):
    """A part of a form that folds: ``Section(_("Basics"), "name", "type", folded=True)``.

    Folded, it shows how many of its fields are filled; a section with an error is always open.
    """

    def __init__(self, title: Any, *fields: Any, folded: bool = False) -> None:
        self.title, self.fields, self.folded = title, list(fields), folded

    def render(self, form: Any, context: Any, template_pack: str = TEMPLATE_PACK, **kwargs: Any) -> str:
        names = [name for name in self.fields if isinstance(name, str)]
        filled = sum(1 for name in names if form[name].value() not in (None, "", [], ()))
        is_wrong = any(form[name].errors for name in names)
        inside = "".join(
            str(render_field(field, form, context, template_pack=template_pack)) for field in self.fields
        )
        return render_to_string(
            "components/_section.html",
            {
                "title": self.title,
                "inside": inside,
                "filled": filled,
                "total": len(names),
                "is_open": is_wrong or not self.folded,
            },
        )


def side_by_side(form: EditForm, stored: dict[str, Any], *, version: int) -> list[dict[str, Any]]:
    """What was saved meanwhile beside what this form holds: the context ``stale`` of ``_form.html``.

    ``stored`` maps field names to the values in the database. The form then starts from
    ``version``, so that saving again keeps what is written in it.
    """
    form.data = form.data.copy()  # type: ignore[attr-defined,union-attr]
    form.data[form.add_prefix("version")] = version  # type: ignore[index]
    rows = []
    for name, theirs in stored.items():
        mine = form.cleaned_data.get(name)
        rows.append(
            {
                "label": form.fields[name].label,
                "theirs": _in_words(theirs),
                "mine": _in_words(mine),
                "differs": _in_words(theirs) != _in_words(mine),
            }
        )
    return rows


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return "、".join(str(item) for item in value)
    return str(value)
