"""Adding a paper to an organisation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import AttachmentKind
from keyaccounts.common.forms import PageForm
from keyaccounts.common.widgets import Chips


class AttachmentForm(PageForm):
    file = forms.FileField(
        label=_("The file"),
        widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.docx,.xlsx,.pptx"}),
        help_text=_("A picture, a PDF or an Office document, at most 20 MB."),
    )
    kind = forms.ChoiceField(
        label=_("What it is"), choices=AttachmentKind.choices, widget=Chips, initial=AttachmentKind.FORM
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
