"""车辆和司机: the list of both, and the form of either."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from visits.actions.fleet import change, enter
from visits.forms.fleet import DriverForm, FleetForm, VehicleForm
from visits.models import Driver, Vehicle
from visits.models.vehicles import FLEET_KEEPERS

KINDS: dict[str, tuple[type[Vehicle] | type[Driver], type[FleetForm]]] = {
    "vehicle": (Vehicle, VehicleForm),
    "driver": (Driver, DriverForm),
}


@requires(*FLEET_KEEPERS)
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """Vehicles and drivers, those in use first."""
    context = {
        "vehicles": Vehicle.objects.visible_to(request.user).in_use_first(),
        "drivers": Driver.objects.visible_to(request.user).in_use_first().select_related("user"),
    }
    return render(request, "visits/fleet.html", context)


@requires(*FLEET_KEEPERS)
@require_http_methods(["GET", "POST"])
def fleet_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Enter a vehicle or a driver."""
    model, form_class = _kind(kind)
    form = form_class(request.POST or None)

    def act() -> str:
        thing: Any = model(**form.facts())
        enter(thing, by=request.user)
        return reverse("visits:fleet")

    heading = _("New vehicle") if kind == "vehicle" else _("New driver")
    return _form(request, form, act, heading=heading)


@requires(*FLEET_KEEPERS)
@require_http_methods(["GET", "POST"])
def fleet_edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change a vehicle or a driver, or take it out of use."""
    model, form_class = _kind(kind)
    rows: Any = model._default_manager
    shown = get_object_or_404(rows.visible_to(request.user), pk=pk)
    form = form_class(request.POST or None, thing=shown)

    def act() -> str:
        change(shown, version=form.cleaned_data["version"], by=request.user, at=clock.now(), **form.facts())
        return reverse("visits:fleet")

    return _form(request, form, act, heading=str(shown))


def _kind(kind: str) -> tuple[type[Vehicle] | type[Driver], type[FleetForm]]:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


def _form(request: HttpRequest, form: FleetForm, act: Any, *, heading: str) -> HttpResponse:
    context = {"heading": heading, "submit_label": _("Save"), "cancel_url": reverse("visits:fleet")}
    return answer(request, form, act=act, message=_("Saved."), context=context)
