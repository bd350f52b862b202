"""车辆配合: the queue, one request, the calendar, the slip."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, put_on, refused
from keyaccounts.common.pdf import Paper, pdf_response, render_pdf
from keyaccounts.common.roles import Role
from keyaccounts.exports.answers import listing_answer
from visits.actions import vehicles as acts
from visits.exports import trip_columns, trip_values
from visits.filters import VehicleRequestFilter
from visits.forms.vehicles import AssignForm, RefuseForm, ReturnedForm, VehicleRequestForm
from visits.models import Vehicle, VehicleRequest, Visit
from visits.models.vehicles import FLEET_KEEPERS
from visits.travelling import road, trip_for, with_occupation

from .common import asked_day

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
ASKERS = (Role.REP, Role.LEAD, Role.DIRECTOR)
RELATED = ("visit__organisation", "vehicle", "driver", "requested_by", "decided_by")


@requires(*READERS)
@require_safe
def vehicles(request: HttpRequest) -> HttpResponseBase:
    """Requests for vehicles by when they set out; the marketing centre's queue with ?state=pending."""
    listing = Listing(
        request,
        key="vehicles",
        queryset=VehicleRequest.objects.visible_to(request.user).select_related(*RELATED),
        filterset_class=VehicleRequestFilter,
        columns=trip_columns(),
        default_sort="-leaves_at",
        filter_kwargs={"at": clock.now()},
    )
    if request.GET.get("export") == "xlsx":
        title = _("Vehicle requests")
        return listing_answer(request, listing, title=title, values=trip_values)
    context = {
        "rows_part": "visits/_vehicle_rows.html",
        "heading": _("Vehicles"),
        "empty_text": _(
            "Vehicles are asked for from the visit; the requests stand here by when they set out."
        ),
        "now": clock.now(),
        "may_keep": request.user.has_role(*FLEET_KEEPERS),
    }
    return list_page(listing, page="visits/vehicle_list.html", **context)


@requires(*READERS)
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Each vehicle's trips of a day or a week, and what still waits for a vehicle."""
    on = asked_day(request)
    is_day = request.GET.get("span") == "day"
    first, days = (on, 1) if is_day else (on - timedelta(days=on.weekday()), 7)
    asked = request.GET.get("vehicle", "")
    fleet = list(Vehicle.objects.filter(is_active=True))
    only = next((vehicle for vehicle in fleet if str(vehicle.pk) == asked), None)
    context = {
        "days": road(first=first, days=days, vehicle=only),
        "first": first, "last": first + timedelta(days=days - 1), "today": clock.today(), "is_day": is_day,
        "before": first - timedelta(days=days), "after": first + timedelta(days=days),
        "fleet": fleet, "only": only, "on": on, "may_keep": request.user.has_role(*FLEET_KEEPERS),
    }  # fmt: skip
    return render(request, "visits/vehicle_calendar.html", context)


@requires(*ASKERS)
@require_http_methods(["GET", "POST"])
def vehicle_new(request: HttpRequest, visit_pk: int) -> HttpResponse:
    """Ask for a vehicle to a visit: one look, one tap."""
    rows = Visit.objects.workable_by(request.user).select_related("organisation")
    visit = get_object_or_404(rows, pk=visit_pk)
    form = VehicleRequestForm(request.POST or None, initial=trip_for(visit, people=visit.visitors.count()))

    def act() -> str:
        asked = acts.request_vehicle(visit=visit, by=request.user, at=clock.now(), **form.given())
        return asked.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("The marketing centre has been asked."),
        context={
            "heading": _("Vehicle for %(what)s") % {"what": visit.organisation.called},
            "submit_label": _("Ask for the vehicle"),
            "cancel_url": visit.get_absolute_url(),
        },
    )


@requires(*READERS)
@require_safe
def vehicle_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One trip: what was asked, what was answered, and the answer to give."""
    return _page(request, _request(request, pk))


def _page(
    request: HttpRequest,
    shown: VehicleRequest,
    *,
    assign: AssignForm | None = None,
    refuse: RefuseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    own = shown.requested_by_id == request.user.pk
    may_answer = shown.is_live and not own and request.user.has_role(Role.MARKETING)  # type: ignore[union-attr]
    context: dict[str, Any] = {
        "trip": shown,
        "now": clock.now(),
        "may_change": shown.is_live and own,
        "may_answer": may_answer,
        "may_return": may_answer and shown.state == RequestState.APPROVED and shown.leaves_at <= clock.now(),
        "may_claim": own and shown.state == RequestState.REJECTED and shown.visit_id is not None,
        "events": history(shown, limit=20),
    }
    if may_answer:
        fleet, drivers = with_occupation(shown)
        chosen = {
            "vehicle": shown.vehicle_id or next((one.pk for one in fleet if not one.busy), None),  # type: ignore[attr-defined]
            "driver": shown.driver_id or next((one.pk for one in drivers if not one.busy), None),  # type: ignore[attr-defined]
        }
        context["assign_form"] = _offering(assign or AssignForm(initial=chosen), fleet=fleet, drivers=drivers)
        context["refuse_form"] = refuse or RefuseForm()
        context["no_fleet"] = not fleet
    return render(request, "visits/vehicle_request.html", context, status=status)


def _offering(form: AssignForm, *, fleet: list[Any], drivers: list[Any]) -> AssignForm:
    """The chips in the order in which they are worth pressing, each with its hours on the road."""
    for name, things in (("vehicle", fleet), ("driver", drivers)):
        field: Any = form.fields[name]
        field.widget.choices = [(one.pk, field.label_from_instance(one)) for one in things]
    return form


@requires(*ASKERS, Role.MARKETING)
@require_http_methods(["GET", "POST"])
def vehicle_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own request; a vehicle already given is then decided anew."""
    shown = _own(request, pk)
    form = VehicleRequestForm(request.POST or None, request=shown)

    def act() -> str:
        changed = acts.change_request(
            shown, by=request.user, at=clock.now(), version=form.cleaned_data["version"], **form.given()
        )
        return changed.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        context={"heading": shown.code, "submit_label": _("Save"), "cancel_url": shown.get_absolute_url()},
    )


@requires(Role.MARKETING)
@require_POST
def vehicle_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """派车."""
    shown, form = _request(request, pk), AssignForm(request.POST)
    if form.is_valid():
        try:
            acts.assign_vehicle(shown, by=request.user, at=clock.now(), **form.facts())
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, _onward(request, shown), _("Sent: %(code)s.") % {"code": shown.code})
    shown.refresh_from_db()
    if not shown.is_live or shown.requested_by_id == request.user.pk:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(shown)
    return _page(request, shown, assign=form, status=422)


@requires(Role.MARKETING)
@require_POST
def vehicle_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """车辆不能到位, with the reason."""
    shown, form = _request(request, pk), RefuseForm(request.POST)
    if form.is_valid():
        try:
            acts.refuse_vehicle(shown, by=request.user, at=clock.now(), **form.facts())
        except RuleViolation as violation:
            return refused(request, shown.get_absolute_url(), violation)
        return done(request, _onward(request, shown), _("Told: %(person)s.") % {"person": shown.requested_by})
    return _page(request, shown, refuse=form, status=422)


@requires(*READERS)
@require_POST
def vehicle_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own request back; the vehicle is free again."""
    shown = _own(request, pk)
    try:
        acts.withdraw_vehicle_request(shown, by=request.user, at=clock.now())
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Withdrawn."))


@requires(Role.MARKETING)
@require_POST
def vehicle_returned(request: HttpRequest, pk: int) -> HttpResponse:
    """回车登记: the kilometres."""
    shown, form = _request(request, pk), ReturnedForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Kilometres are a whole number."))
        return redirect(shown)
    try:
        acts.note_return(shown, kilometres=form.cleaned_data["kilometres"], by=request.user, at=clock.now())
    except RuleViolation as violation:
        return refused(request, shown.get_absolute_url(), violation)
    return done(request, shown.get_absolute_url(), _("Saved."))


@requires(*READERS)
@require_safe
def vehicle_slip(request: HttpRequest, pk: int) -> HttpResponse:
    """用车单 on paper."""
    shown = _request(request, pk)
    title = _("Vehicle slip")
    content = render_pdf(
        "visits/pdf/vehicle_slip.html",
        {"trip": shown, "visitors": shown.visit.visitors.all() if shown.visit else []},
        paper=Paper(title, shown.code, str(request.user), clock.now()),
    )
    return pdf_response(content, filename=f"{title}-{shown.code}.pdf")


# -- parts ------------------------------------------------------------------------------------------
def _request(request: HttpRequest, pk: int) -> VehicleRequest:
    return get_object_or_404(VehicleRequest.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


def _own(request: HttpRequest, pk: int) -> VehicleRequest:
    shown = _request(request, pk)
    if shown.requested_by_id != request.user.pk:
        raise PermissionDenied
    return shown


def _onward(request: HttpRequest, shown: VehicleRequest) -> str:
    """From the queue on to the queue, else to the trip."""
    if request.POST.get("back") == "queue":
        return f"{reverse('visits:vehicles')}?state={RequestState.PENDING}&sort=leaves_at"
    return shown.get_absolute_url()
