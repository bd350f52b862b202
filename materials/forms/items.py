"""Rows of the materials list, decisions and files."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import BudgetLine
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.fields import Count, Yuan
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.uploads import ARCHIVES, DOCUMENTS, FILMS, checked_upload
from keyaccounts.common.widgets import DateChips, UnitInput
from keyaccounts.people.models import Department
from keyaccounts.vocabulary.fields import TermChoice
from keyaccounts.vocabulary.models import TermList
from materials.models import Material

MAX_MEGABYTES = 50
KINDS = {**DOCUMENTS, **ARCHIVES, **FILMS}
ALIAS_SEPARATORS = re.compile(r"[、,,;;\n]+")


class MaterialForm(EditForm):
    """One row of the list; ``campaign`` says which budget lines there are."""

    name = forms.CharField(label=_("Material name"), max_length=60)
    category = TermChoice(TermList.MATERIAL_CATEGORY, label=_("Material category"))
    number = Count(
        label=pgettext_lazy("material", "No."),
        required=False,
        min_value=1,
        max_value=9999,
        help_text=_("As on the plan's list; gaps may stay. Empty: not on the list."),
    )
    quantity = Count(label=_("Quantity"), required=False, min_value=1, max_value=10_000_000)
    kinds = Count(
        label=_("Kinds"),
        initial=1,
        min_value=1,
        max_value=999,
        help_text=_("1000 of each of 2 kinds are 2000."),
    )
    unit = forms.CharField(label=_("Unit"), max_length=10, required=False, help_text="份、个、套、本、台")
    due_on = forms.DateField(label=_("Due"), required=False, widget=DateChips(days=(3, 7)))
    department = forms.ModelChoiceField(
        label=_("Responsible department"), queryset=Department.objects.all(), required=False
    )
    is_charged = forms.BooleanField(
        label=_("Charged to the budget"),
        required=False,
        initial=True,
        help_text=_("Off: a department pays, like for uniforms."),
    )
    line = forms.ModelChoiceField(label=_("Budget line"), queryset=BudgetLine.objects.none(), required=False)
    planned_price = Yuan(
        label=_("Unit price planned"),
        required=False,
        widget=UnitInput(_("yuan")),
        help_text=_("A dearer receipt asks why."),
    )
    low_level = Count(
        label=_("Low from"), required=False, help_text=_("Told when so few are available, or fewer.")
    )
    is_returnable = forms.BooleanField(
        label=_("Lent and given back"),
        required=False,
        help_text=_("Laptops, projectors, uniforms: out or back, with the person."),
    )
    aliases = forms.CharField(
        label=_("Other names"),
        max_length=200,
        required=False,
        help_text=_("Parted by 、; kits and imports find it by them."),
    )
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = BudgetLine.objects.filter(  # type: ignore[attr-defined]
            budget__campaign=campaign, is_group=False, is_closed=False
        ).select_related("budget")

    @staticmethod
    def initial_of(material: Material) -> dict[str, Any]:
        """What the form starts from."""
        names = [name for name in MaterialForm.base_fields if name not in ("submission_key", "aliases")]
        return {name: getattr(material, name) for name in names} | {"aliases": "、".join(material.aliases)}

    def clean_aliases(self) -> list[str]:
        parts = (part.strip() for part in ALIAS_SEPARATORS.split(self.cleaned_data["aliases"]))
        return list(dict.fromkeys(part for part in parts if part))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("is_charged"):
            found["line"] = None
        return found


class MoveStateForm(PageForm):
    to = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class PublishForm(PageForm):
    """A decision: its words, its file, or both."""

    text = forms.CharField(
        label=_("What was decided"), required=False, widget=forms.Textarea({"rows": 6}), max_length=5000
    )
    file = forms.FileField(label=pgettext_lazy("upload", "File"), required=False)

    def clean_file(self) -> Any:
        return checked_file(self.cleaned_data["file"])


class FileForm(PageForm):
    file = forms.FileField(
        label=pgettext_lazy("upload", "File"),
        help_text=_("PDF, Word, Excel, PowerPoint, picture, film or zip, up to %(size)s MB.")
        % {"size": MAX_MEGABYTES},
        widget=forms.FileInput({"accept": ",".join(KINDS)}),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean_file(self) -> Any:
        return checked_file(self.cleaned_data["file"])


def checked_file(file: Any) -> Any:
    """Refuse what is too large, of no known kind, or not what its name says."""
    if not file:
        return file
    return checked_upload(
        file,
        kinds=KINDS,
        most_megabytes=MAX_MEGABYTES,
        choose=_("Choose a PDF, Word, Excel or PowerPoint file, a picture, a film (mp4) or a zip."),
    )
