"""Planning a visit, calls, new dates."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms.fields import ContactsOf, TermField
from accounts.models import Organisation
from keyaccounts.common.fields import Count, Several
from keyaccounts.common.forms import EditForm, PageForm, Section
from keyaccounts.common.roles import Role
from keyaccounts.common.widgets import Chips, ChipsMultiple, DateChips, UnitInput
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from visits.choices import CallResult
from visits.models import Visit
from visits.supplies import things_of_the_kit


class When(forms.Form):
    """A day and a time of day; together one moment."""

    day = forms.DateField(label=_("Day"), required=False, widget=DateChips(days=(0, 1, 3, 7)))
    hour = forms.TimeField(
        label=_("Time"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M"),
    )

    def moment(self) -> datetime | None:
        """The planned moment; nine o'clock when only the day is said."""
        day = self.cleaned_data.get("day")
        if not day:
            return None
        return timezone.make_aware(datetime.combine(day, self.cleaned_data.get("hour") or time(9)))


class VisitForm(When, EditForm):
    """Where, when, who, what for."""

    kind = TermField(TermList.VISIT_KIND, label=_("Kind"))
    is_confirmed = forms.BooleanField(label=_("Already agreed with them"), required=False)
    visitors = Several(User.objects.none(), label=_("Visitors"), widget=ChipsMultiple)
    purpose = forms.CharField(label=_("Purpose"), max_length=200, required=False)
    place = forms.CharField(
        label=_("Place"), max_length=200, required=False, help_text=_("Empty: the organisation's address.")
    )
    people_expected = Count(
        label=_("People expected"),
        required=False,
        max_value=9999,
        widget=UnitInput(pgettext_lazy("unit", "people")),
    )
    planned_minutes = Count(
        label=_("Length"),
        required=False,
        min_value=5,
        max_value=600,
        initial=60,
        widget=UnitInput(pgettext_lazy("unit", "minutes")),
    )
    travel = TermField(TermList.VEHICLE_RESULT, label=_("Way of travelling"), required=False)
    go_on = forms.BooleanField(label=_("Plan it although an appointment is open"), required=False)

    def __init__(
        self,
        *args: Any,
        organisation: Organisation,
        user: Any,
        visit: Visit | None = None,
        is_open: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.with_role(Role.REP, Role.LEAD, Role.DIRECTOR)
        self.fields["visitors"].queryset = people  # type: ignore[attr-defined]
        self.fields["contacts"] = ContactsOf(organisation, label=_("People to meet"), required=False)
        self.wished = wished = (
            (visit.materials if visit else None) or kwargs.get("initial", {}).get("materials") or {}
        )
        self.kit = {f"kit_{n}": thing for n, thing in enumerate(things_of_the_kit())}
        for name, thing in self.kit.items():
            self.fields[name] = Count(label=thing, required=False, max_value=9999)
            self.initial.setdefault(name, wished.get(thing))
        if visit is not None:
            del self.fields["is_confirmed"], self.fields["go_on"]
        elif not is_open:
            del self.fields["go_on"]
        tail = [name for name in ("is_confirmed", "go_on") if name in self.fields]
        self.helper.layout = Layout(
            "submission_key",
            "version",
            Section(_("When and who"), "day", "hour", *tail[:1], "contacts", "visitors", *tail[1:]),
            Section(
                pgettext_lazy("visit", "What for"),
                "kind",
                "purpose",
                "place",
                "people_expected",
                "planned_minutes",
                folded=False,
            ),
            Section(_("Travel and materials"), "travel", *self.kit, folded=True),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_confirmed") and not cleaned.get("day"):
            self.add_error("day", _("What is agreed has a day."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        values = super().facts()
        values.pop("day", None)
        values.pop("hour", None)
        values["planned_at"] = self.moment()
        values["planned_minutes"] = values["planned_minutes"] or 60
        amounts = {thing: values.pop(name, None) for name, thing in self.kit.items()}
        others = {thing: amount for thing, amount in self.wished.items() if thing not in amounts}
        values["materials"] = others | {thing: amount for thing, amount in amounts.items() if amount}
        return values


class CallForm(When, PageForm):
    """What a call came to."""

    result = forms.ChoiceField(label=_("Result"), choices=CallResult.choices, widget=Chips)
    next_on = forms.DateField(label=_("Call again on"), required=False, widget=DateChips(days=(1, 3, 7)))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["result", "day", "hour", "next_on", "note"])
        self.fields["day"].label = _("Arranged for")


class RescheduleForm(When, PageForm):
    """The new date and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].required = True


class ReasonForm(PageForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class CheckInForm(forms.Form):
    remember_place = forms.BooleanField(required=False)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180)
