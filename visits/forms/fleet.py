"""A vehicle, a driver."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.fields import Count
from keyaccounts.common.forms import EditForm
from keyaccounts.common.widgets import UnitInput
from keyaccounts.people.models import User
from visits.models import Driver, Vehicle


class FleetForm(EditForm):
    """What both have: whether it is in use, asked for once it is there."""

    is_active = forms.BooleanField(
        label=_("in use"), required=False, help_text=_("Out of use it is no longer offered; its trips stay.")
    )

    def __init__(self, *args: Any, thing: Vehicle | Driver | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if thing is None:
            del self.fields["is_active"]
        else:
            self.initial = {name: getattr(thing, name) for name in self.fields if hasattr(thing, name)}
            self.initial["user"] = getattr(thing, "user_id", None)
        self.order_fields(["plate", "name", "mobile", "seats", "user", "note", "is_active"])


class VehicleForm(FleetForm):
    plate = forms.CharField(label=_("Plate"), max_length=20)
    name = forms.CharField(label=_("Vehicle"), max_length=60, required=False, help_text=_("Make and model."))
    seats = Count(
        label=_("Seats"), min_value=1, max_value=99, initial=5, help_text=_("Without the driver's."),
        widget=UnitInput(pgettext_lazy("unit", "people")),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=100, required=False)


class DriverForm(FleetForm):
    name = forms.CharField(label=_("Name"), max_length=50)
    mobile = forms.CharField(label=_("Mobile"), max_length=20, required=False)
    user = forms.ModelChoiceField(
        User.objects.none(), label=_("user"), required=False,
        help_text=_("Only if the driver signs in here: then trips are told."),
    )  # fmt: skip

    def __init__(self, *args: Any, thing: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, thing=thing, **kwargs)
        taken = Driver.objects.filter(user__isnull=False).values("user")
        own = thing.user_id if thing else None
        rows = User.objects.filter(is_active=True).filter(~Q(pk__in=taken) | Q(pk=own))
        self.fields["user"].queryset = rows.order_by("name")  # type: ignore[attr-defined]
