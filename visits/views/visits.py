"""The list of visits, one visit, planning and changing it, and what happens to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms.contacts import PickOrganisation
from accounts.models import Organisation
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, page_or_part
from keyaccounts.common.roles import Role
from keyaccounts.exports.answers import listing_answer
from visits.actions.appointments import cancel, edit_visit, log_call, note_no_show, plan_visit, reschedule
from visits.actions.making import check_in, finish, set_out
from visits.actions.vehicles import ASSIGNED, NO_CAR
from visits.choices import MADE_STATES, PLANNED_STATES, VisitState
from visits.exports import visit_cells, visit_columns
from visits.filters import VisitFilter
from visits.forms.appointments import CallForm, CheckInForm, ReasonForm, RescheduleForm, VisitForm
from visits.models import Visit
from visits.queries import rule, uncovered, unplanned, visit_is_late
from visits.rules import may_move
from visits.supplies import supplies_of
from visits.travelling import hospitalities_of, rides
from visits.views.days import next_days

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
LISTED = (
    "code", "planned_at", "number", "kind", "state", "next_step", "organisation__name", "organisation__short_name",
)  # fmt: skip
WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*READERS)
def visits(request: HttpRequest) -> HttpResponseBase:
    """拜访: the list, as filtered, and as Excel."""
    listing = Listing(
        request,
        key="visits",
        queryset=Visit.objects.visible_to(request.user)
        .select_related("organisation")
        .only(*LISTED)
        .prefetch_related("visitors"),
        filterset_class=VisitFilter,
        columns=visit_columns(),
        default_sort="-planned_at",
        filter_kwargs={"at": clock.now()},
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Visits"), pluck=visit_cells)
    may_write = request.user.has_role(*WRITERS)  # type: ignore[union-attr]
    context = {
        "rows_part": "visits/_visit_rows.html",
        "heading": _("Visits"),
        "here": _list_shown(request),
        "may_write": may_write,
        "create_url": reverse("visits:plan") if may_write else "",
        "create_label": _("Plan a visit"),
        "empty_text": _("Visits stand here from the first call to the reviewed report. Plan the first one."),
    }
    return list_page(listing, page="visits/visit_list.html", **context)


def _list_shown(request: HttpRequest) -> str:
    """Which of the lists one works from the address asks for."""
    asked = {name: str(value) for name, value in request.GET.items() if value and name != "all"}
    if asked.get("when") == "today":
        return "today"
    if asked.get("report") == "missing":
        return "missing"
    return "" if asked else "all"


def _visible(request: HttpRequest, pk: int) -> Visit:
    return get_object_or_404(
        Visit.objects.visible_to(request.user).select_related("organisation", "owner"), pk=pk
    )


def _workable(request: HttpRequest, pk: int) -> Visit:
    visit = _visible(request, pk)
    if not request.user.has_role(*WRITERS):  # type: ignore[union-attr]
        raise PermissionDenied
    return visit


@requires(*READERS)
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: what was arranged, what happened, the report."""
    shown = _visible(request, pk)
    report = getattr(shown, "report", None)
    context = {
        "visit": shown,
        "supply": supplies_of([shown])[shown.pk],
        "now": clock.now(),
        "next_days": next_days(clock.today()),
        "people": shown.organisation.contacts.filter(left_on__isnull=True)
        if shown.state == VisitState.CHECKED_IN
        else [],
        "organisation": shown.organisation,
        "visitors": shown.visitors.all(),
        "contacts": shown.contacts.all(),
        "contacts_met": shown.contacts_met.all(),
        "calls": shown.calls.select_related("contact", "by"),
        "photos": shown.photos.all(),
        "report": report,
        "is_late": visit_is_late(shown, at=clock.now(), setting=rule()),
        "is_planned": shown.state in PLANNED_STATES,
        "may_be_no_show": may_move(shown.state, VisitState.NO_SHOW)
        and shown.planned_at is not None
        and timezone.localdate(shown.planned_at) <= clock.today(),
        "is_made": shown.state in MADE_STATES,
        "next_number": shown.number or shown.organisation.visits_made + 1,
        "successor": Visit.objects.filter(rescheduled_from=shown).first(),
        "may_write": request.user.has_role(*WRITERS),  # type: ignore[union-attr]
        "ride": rides([shown], person=request.user, at=clock.now())[shown.pk],
        "hospitalities": hospitalities_of(shown, user=request.user),
        "events": history(shown, limit=20),
    }
    return render(request, "visits/visit.html", context)


@requires(*WRITERS)
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a visit: the organisation first, then a form that the last visit has filled in."""
    asked = request.POST.get("organisation") or request.GET.get("organisation")
    if not asked or not str(asked).isdigit():
        return _pick(request)
    organisation = get_object_or_404(Organisation.objects.workable_by(request.user), pk=int(asked))
    form = VisitForm(
        request.POST or None,
        organisation=organisation,
        user=request.user,
        initial=_copied(organisation, request.user),
        is_open=organisation.visits.planned().exists(),
    )

    def act() -> str:
        planned = plan_visit(organisation, by=request.user, at=clock.now(), **form.facts())
        return planned.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Visit planned."),
        context={
            "heading": _("Visit to %(name)s") % {"name": organisation.called},
            "submit_label": _("Plan the visit"),
            "cancel_url": organisation.get_absolute_url(),
            "draft_key": f"visit-plan-{organisation.pk}",
            "action_url": f"{request.path}?organisation={organisation.pk}",
        },
    )


def _pick(request: HttpRequest) -> HttpResponse:
    form = PickOrganisation(user=request.user)
    return render(
        request,
        "accounts/pick_organisation.html",
        {"form": form, "heading": _("Plan a visit"), "submit_label": _("Go on")},
    )


def _copied(organisation: Organisation, user: Any) -> dict[str, Any]:
    """What the last visit suggests: people, place, way of travelling; the kind follows from the count."""
    last = organisation.visits.made().order_by("-number").first()
    kinds = {0: "first", 1: "second"}
    initial: dict[str, Any] = {
        "kind": kinds.get(organisation.visits_made, "follow"),
        "visitors": [user.pk],
        "contacts": [],
        "day": organisation.next_on
        if organisation.next_on and organisation.next_on >= clock.today()
        else None,
        "purpose": organisation.next_step,
        "hour": "09:30",
    }
    if last is not None:
        initial |= {
            "contacts": list(last.contacts_met.values_list("pk", flat=True)),
            "place": last.place,
            # Whether there is a company vehicle is answered anew for each visit.
            "travel": "" if last.travel in (ASSIGNED, NO_CAR) else last.travel,
        }
    return initial


@requires(*WRITERS)
def visit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what was planned."""
    shown = _workable(request, pk)
    planned = timezone.localtime(shown.planned_at) if shown.planned_at else None
    initial = {
        **{
            name: getattr(shown, name)
            for name in (
                "kind",
                "purpose",
                "place",
                "people_expected",
                "planned_minutes",
                "travel",
                "version",
            )
        },
        "visitors": list(shown.visitors.values_list("pk", flat=True)),
        "contacts": list(shown.contacts.values_list("pk", flat=True)),
        "day": planned.date() if planned else None,
        "hour": planned.strftime("%H:%M") if planned else None,
    }
    form = VisitForm(
        request.POST or None, organisation=shown.organisation, user=request.user, visit=shown, initial=initial
    )

    def act() -> str:
        edit_visit(
            shown, by=request.user, at=clock.now(), version=form.cleaned_data["version"], **form.facts()
        )
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        context={
            "heading": f"{shown.code} {shown.organisation}",
            "submit_label": _("Save"),
            "cancel_url": shown.get_absolute_url(),
            "draft_key": f"visit-{pk}",
        },
    )


@requires(*WRITERS)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a call for the appointment; from the call list one tap posts the result."""
    shown = _workable(request, pk)
    planned = timezone.localtime(shown.planned_at) if shown.planned_at else None
    initial = {
        "result": request.GET.get("result", ""),
        "day": planned.date() if planned else None,
        "hour": planned.strftime("%H:%M") if planned else "09:30",
    }
    form = CallForm(request.POST or None, organisation=shown.organisation, initial=initial)

    def act() -> str:
        values = form.facts()
        log_call(
            shown,
            result=values["result"],
            by=request.user,
            at=clock.now(),
            contact=shown.contacts.first(),
            planned_at=form.moment(),
            next_on=values["next_on"],
            note=values["note"],
        )
        return reverse("visits:calls") if request.GET.get("back") == "calls" else shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Call logged."),
        page="visits/form.html",
        context={
            "heading": _("Call for the visit to %(name)s") % {"name": shown.organisation.called},
            "submit_label": _("Log it"),
            "cancel_url": shown.get_absolute_url(),
            "action_url": request.get_full_path(),
        },
    )


@requires(*WRITERS)
@require_POST
def visit_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """出发, 签到, 完成: one tap each."""
    shown = _workable(request, pk)
    back = reverse("visits:today") if request.POST.get("back") == "today" else shown.get_absolute_url()
    try:
        if step == "set-out":
            set_out(shown, by=request.user, at=clock.now())
            said = _("On the way.")
        elif step == "check-in":
            place = CheckInForm(request.POST)
            given = place.cleaned_data if place.is_valid() else {}
            check_in(shown, by=request.user, at=clock.now(), **given)
            said = _("Checked in.")
        elif step == "finish":
            met = shown.organisation.contacts.filter(pk__in=_numbers(request.POST.getlist("contacts_met")))
            finish(shown, by=request.user, at=clock.now(), contacts_met=met)
            return done(request, reverse("visits:report", args=[pk]), _("Finished. The report is due today."))
        else:
            return redirect(shown)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(back)
    return done(request, back, said)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdigit()]


@requires(*WRITERS)
def visit_reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """改期."""
    shown = _workable(request, pk)
    planned = timezone.localtime(shown.planned_at) if shown.planned_at else None
    initial = {"hour": planned.strftime("%H:%M") if planned else "09:30"}
    form = RescheduleForm(request.POST or None, initial=initial)

    def act() -> str:
        successor = reschedule(
            shown,
            planned_at=form.moment(),  # type: ignore[arg-type]
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
        )
        return successor.get_absolute_url()

    return _aside(
        request,
        shown,
        form,
        act,
        heading=_("New date for %(visit)s"),
        label=_("Reschedule"),
        said=_("Rescheduled."),
    )


@requires(*WRITERS)
def visit_drop(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """取消 or 对方爽约, with the reason."""
    shown = _workable(request, pk)
    form = ReasonForm(request.POST or None)
    drop = cancel if how == "cancel" else note_no_show

    def act() -> str:
        drop(shown, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
        return shown.get_absolute_url()

    if how == "cancel":
        heading, label, said = _("Cancel %(visit)s"), _("Cancel the visit"), _("The visit is cancelled.")
    else:
        heading, label, said = (
            _("They did not appear: %(visit)s"),
            _("Note it"),
            _("Noted that they did not appear."),
        )
    return _aside(request, shown, form, act, heading=heading, label=label, said=said)


def _aside(
    request: HttpRequest, shown: Visit, form: Any, act: Any, *, heading: str, label: str, said: str
) -> HttpResponse:
    return answer(
        request,
        form,
        act=act,
        message=said,
        context={
            "heading": heading % {"visit": shown.organisation.called},
            "submit_label": label,
            "cancel_url": shown.get_absolute_url(),
            "cancel_label": _("Back"),
        },
    )


@requires(*READERS)
def of_organisation(request: HttpRequest, organisation_pk: int) -> HttpResponse:
    """The panel of visits on an organisation's page."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_pk)
    rows = organisation.visits.prefetch_related("visitors").order_by("-planned_at", "-pk")[:12]
    reported = organisation.visits.filter(state__in=[VisitState.REPORTED, VisitState.REVIEWED]).count()
    context = {"organisation": organisation, "rows": rows, "reported": reported}
    return page_or_part(
        request, page="visits/of_organisation.html", part="visits/_of_organisation.html", context=context
    )


@requires(*READERS)
def gaps(request: HttpRequest) -> HttpResponse:
    """未计划 and R30: grade A and B without a visit to come, priority ones without a second visit."""
    return render(
        request,
        "visits/gaps.html",
        {"unplanned": unplanned(request.user), "uncovered": uncovered(request.user), "here": "gaps"},
    )
