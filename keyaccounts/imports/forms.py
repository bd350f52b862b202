"""Uploading a workbook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.forms import PageForm
from keyaccounts.common.xlsx_in import check_archive


class WorkbookForm(PageForm):
    file = forms.FileField(label=_("Workbook"), widget=forms.FileInput(attrs={"accept": ".xlsx"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            check_archive(file)
        except RuleViolation as violation:
            raise forms.ValidationError(str(violation)) from violation
        return file
