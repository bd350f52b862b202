"""Uploading a workbook."""

from django import forms
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.forms import PageForm
from keyaccounts.common.xlsx_in import check_archive


class UploadForm(PageForm):
    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=_("Organisations and contacts with your own headers; at most 20 MB and 20,000 lines."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        try:
            check_archive(file)
        except RuleViolation as violation:
            raise forms.ValidationError(str(violation)) from violation
        return file
