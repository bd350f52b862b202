"""Writing a claim, adding receipts, deciding and paying."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from budget.actions.receipts import MOST_RECEIPTS
from budget.models import ExpenseClaim
from budget.receipts import MOST_PDF_BYTES, ReceiptFile, read_receipt
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.fields import Yuan
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.images import MAX_BYTES as MOST_PHOTO_BYTES

from .fields import LineField, yuan_field

MOST_AT_ONCE = 10
MOST_BYTES = 40 * 1024 * 1024
DAY = {"type": "date"}
MB = 1024 * 1024


def what_fits() -> str:
    """The limits of receipts in words, for the side of the field."""
    return gettext(
        "Photos (each up to %(photo)s MB) or PDF (each up to %(pdf)s MB), at most %(most)s and %(together)s MB at once, %(all)s to a claim."
    ) % {
        "photo": MOST_PHOTO_BYTES // MB, "pdf": MOST_PDF_BYTES // MB, "most": MOST_AT_ONCE, "together": MOST_BYTES // MB,
        "all": MOST_RECEIPTS,
    }  # fmt: skip


class ManyReceipts(forms.FileInput):
    """Several receipts at once; on a phone the camera is among the choices."""

    allow_multiple_selected = True


class ReceiptsField(forms.Field):
    """Photos and PDF files of receipts, each read while the form is checked; cleaned to a list of ReceiptFile."""

    def __init__(self, **more: Any) -> None:
        widget: Any = ManyReceipts(
            {
                "multiple": True,
                "accept": "image/*,application/pdf",
                "data-shrink": "1600",
                "class": "form-control",
            }
        )
        more = {"label": _("Receipts"), "widget": widget, "required": False, **more}
        super().__init__(**{"help_text": lazy(what_fits, str)(), **more})

    def clean_files(self, files: list[Any]) -> list[ReceiptFile]:
        if len(files) > MOST_AT_ONCE:
            raise forms.ValidationError(_("At most %(most)s receipts at once.") % {"most": MOST_AT_ONCE})
        if sum(file.size or 0 for file in files) > MOST_BYTES:
            raise forms.ValidationError(_("Together the receipts are too large. Send fewer at once."))
        try:
            return [read_receipt(file, name=file.name or "", size=file.size or 0) for file in files]
        except RuleViolation as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class WithReceipts(forms.Form):
    """A form that takes receipts along."""

    receipts = ReceiptsField()

    def clean_receipts(self) -> list[ReceiptFile]:
        return self.fields["receipts"].clean_files(self.files.getlist("receipts") if self.files else [])  # type: ignore[attr-defined]

    def is_multipart(self) -> bool:
        return True


class ReceiptsForm(WithReceipts, PageForm):
    """Receipts to add to a claim that is there."""

    def clean_receipts(self) -> list[ReceiptFile]:
        read = super().clean_receipts()
        if not read:
            raise forms.ValidationError(_("Choose a receipt or take a photo of it."))
        return read


class ClaimForm(WithReceipts, EditForm):
    """An expense that is neither a journey nor hospitality."""

    line = LineField()
    claimed_amount = yuan_field(label=_("Amount"))
    spent_on = forms.DateField(label=_("Day of the expense"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    purpose = forms.CharField(label=pgettext_lazy("budget", "Purpose"), max_length=200)
    counterparty = forms.CharField(label=_("Paid to"), max_length=100, required=False)
    document = forms.CharField(label=_("Invoice number"), max_length=80, required=False)

    def __init__(self, *args: Any, claim: ExpenseClaim | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if claim is not None:
            for name in (
                "line",
                "claimed_amount",
                "spent_on",
                "purpose",
                "counterparty",
                "document",
                "version",
            ):
                self.initial.setdefault(name, getattr(claim, name))
        self.helper.layout = Layout(
            "submission_key", "version",
            Div("claimed_amount", "spent_on", "line", "purpose", "counterparty", "document", "receipts", css_class="row"),
        )  # fmt: skip


class ClaimDecisionForm(DecisionForm):
    """The decision on a claim; less than claimed may be approved, with the reason."""

    amount = Yuan(required=False, min_value=None)


class SubmitForm(forms.Form):
    """Handing a claim in; a look-alike needs a reason."""

    duplicate_reason = forms.CharField(max_length=200, required=False)


class PayForm(forms.Form):
    """The payment: the document it is booked under."""

    document = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=200, required=False)


class WithdrawForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False)
