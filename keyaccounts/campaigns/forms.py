"""The shapes of what people fill in about the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.fields import Count, Several
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.uploads import DOCUMENTS, checked_upload
from keyaccounts.common.widgets import ChipsMultiple, DateChips, UnitInput
from keyaccounts.people.models import Department, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .models import Campaign, Phase

MAX_MEGABYTES = 20


def _dates(days: tuple[int, ...] = ()) -> DateChips:
    return DateChips(days=days)


class CampaignForm(EditForm):
    name = forms.CharField(label=_("Name"), max_length=100)
    goal = forms.CharField(label=_("Goal"), required=False, widget=forms.Textarea({"rows": 3}))
    venue = forms.CharField(label=_("Venue"), max_length=100, required=False)
    starts_on = forms.DateField(label=_("Starts on"), widget=_dates((0, 7)))
    ends_on = forms.DateField(
        label=_("Ends on"), required=False, widget=_dates(), help_text=_("Empty: open-ended.")
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.active(), required=False)


class TemplateForm(PageForm):
    name = forms.CharField(label=_("Name"), max_length=100)
    starts_on = forms.DateField(
        label=_("Starts on"),
        widget=_dates((0, 7)),
        help_text=_("Every date of the plan moves with the first day."),
    )


class NextRoundForm(TemplateForm):
    def __init__(self, *args: Any, suggestion: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].help_text = suggestion


class PhaseForm(EditForm):
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=99)
    name = forms.CharField(label=_("Name"), max_length=60)
    starts_on = forms.DateField(label=_("Starts on"), widget=_dates())
    ends_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=_dates(),
        help_text=_("Empty: open-ended. Phases may overlap."),
    )
    shown_until = forms.DateField(
        label=_("Shown until"),
        required=False,
        widget=_dates(),
        help_text=_("Where the picture ends an open phase."),
    )
    goal = forms.CharField(label=_("Goal"), required=False, widget=forms.Textarea({"rows": 6}))


class WorkItemForm(EditForm):
    content = forms.CharField(label=_("Work"), max_length=300, widget=forms.Textarea({"rows": 2}))
    phase = forms.ModelChoiceField(label=_("Phase"), queryset=Phase.objects.none(), required=False)
    due_from = forms.DateField(label=pgettext_lazy("day", "From"), required=False, widget=_dates((0, 1, 7)))
    due_on = forms.DateField(label=_("Due"), required=False, widget=_dates((1, 3, 7)))
    due_text = forms.CharField(label=_("Due in the plan's words"), max_length=60, required=False)
    departments = Several(
        label=_("Responsible departments"),
        queryset=Department.objects.all(),
        required=False,
        widget=ChipsMultiple,
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phase"].queryset = campaign.phases.order_by("number")  # type: ignore[attr-defined]
        self.fields["owner"].queryset = User.objects.active()  # type: ignore[attr-defined]


class MoveForm(PageForm):
    """A move of a work item that wants a date or a reason."""

    to = forms.CharField(widget=forms.HiddenInput)
    done_on = forms.DateField(label=_("Done on"), required=False, widget=_dates((0,)))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class DocumentForm(PageForm):
    file = forms.FileField(
        label=_("Document"),
        help_text=_("PDF, Word, Excel, PowerPoint or a picture, up to 20 MB."),
        widget=forms.ClearableFileInput({"accept": ",".join(DOCUMENTS)}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large or is not what its name says."""
        return checked_upload(
            self.cleaned_data["file"],
            kinds=DOCUMENTS,
            most_megabytes=MAX_MEGABYTES,
            choose=_("Choose a PDF, Word, Excel or PowerPoint file, or a picture."),
        )


class TargetsForm(PageForm):
    """One number per organisation type."""

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = {target.org_type: target.count for target in campaign.targets.all()}
        for code, label in choices(TermList.ORG_TYPE, keep=list(current)):
            self.fields[f"type_{code}"] = Count(
                label=label,
                required=False,
                max_value=9999,
                initial=current.get(code),
                widget=UnitInput("家"),
            )

    @property
    def counts(self) -> dict[str, int | None]:
        return {
            name.removeprefix("type_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("type_")
        }
