"""Asking for a vehicle; assigning one, or saying why there is none."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.fields import Count
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.widgets import Chips, DateChips, UnitInput
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices
from visits.models import Driver, Vehicle, VehicleRequest

HOUR = {"type": "time", "step": 900}


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, input_formats=["%H:%M"], widget=forms.TimeInput(attrs=HOUR, format="%H:%M")
    )


class VehicleRequestForm(EditForm):
    """用车申请: filled in from the visit as far as it knows."""

    day = forms.DateField(label=_("Day"), widget=DateChips(days=(0, 1, 3, 7)))
    leaves = _hour(_("Leaves at"))
    back = _hour(_("Back at"))
    people = Count(
        label=_("People travelling"),
        min_value=1,
        max_value=99,
        widget=UnitInput(pgettext_lazy("unit", "people")),
    )
    from_place = forms.CharField(label=_("from place"), max_length=100, required=False)
    to_place = forms.CharField(label=_("To place"), max_length=200)
    purpose = forms.CharField(label=pgettext_lazy("trip", "Purpose"), max_length=200)
    late_reason = forms.CharField(
        label=_("Why it is asked for late"), max_length=200, required=False,
        help_text=_("Only after the hour that the rule sets for the day before."),
    )  # fmt: skip

    def __init__(self, *args: Any, request: VehicleRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request is not None:
            self.initial = {**moments(request.leaves_at, request.back_at), **self.initial} | {
                name: getattr(request, name)
                for name in ("people", "from_place", "to_place", "purpose", "late_reason", "version")
            }
        self.helper.layout = Layout(
            "submission_key", "version",
            Div("day", "people", "leaves", "back", "from_place", "to_place", "purpose", "late_reason", css_class="row"),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("leaves") and cleaned.get("back") and cleaned["back"] <= cleaned["leaves"]:
            self.add_error("back", _("The vehicle comes back after it has left."))
        return cleaned

    def given(self) -> dict[str, Any]:
        """What the action takes."""
        values = self.facts()
        day: date = values.pop("day")
        for name, given in (("leaves_at", values.pop("leaves")), ("back_at", values.pop("back"))):
            values[name] = timezone.make_aware(datetime.combine(day, given))
        return values


def moments(leaves_at: datetime, back_at: datetime) -> dict[str, Any]:
    """The initial values for two moments of one day."""
    leaves, back = timezone.localtime(leaves_at), timezone.localtime(back_at)
    return {"day": leaves.date(), "leaves": f"{leaves:%H:%M}", "back": f"{back:%H:%M}"}


class VehicleChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        """京A·12345 (5座) and whether it is free then."""
        busy = getattr(obj, "busy", None)
        words = _("%(plate)s (%(seats)s seats)") % {"plate": obj.plate, "seats": obj.seats}
        return f"{words} · {busy}" if busy else str(words)


class DriverChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        busy = getattr(obj, "busy", None)
        return f"{obj.name} · {busy}" if busy else obj.name


class AssignForm(PageForm):
    """派车: those that are free stand first; a vehicle on another trip says until when."""

    vehicle = VehicleChoice(Vehicle.objects.none(), label=_("Vehicle"), empty_label=None, widget=Chips)
    driver = DriverChoice(
        Driver.objects.none(), label=_("Driver"), required=False, empty_label=None, widget=Chips
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False, help_text=_("13:30 at the gate"))
    go_on = forms.BooleanField(label=_("Send it although the seats are too few"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vehicle"].queryset = Vehicle.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["driver"].queryset = Driver.objects.filter(is_active=True)  # type: ignore[attr-defined]


class RefuseForm(PageForm):
    """车辆不能到位: a chip says why."""

    refusal = forms.ChoiceField(label=_("Why no vehicle is to be had"), widget=Chips)
    note = forms.CharField(label=_("Note"), max_length=160, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["refusal"].choices = choices(TermList.VEHICLE_REFUSAL)  # type: ignore[attr-defined]


class ReturnedForm(forms.Form):
    """回车登记."""

    kilometres = Count(required=False, max_value=99_999)
