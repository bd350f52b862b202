"""领料 for a visit, and for a day's visits in one go (screens 5.1, rows 2 and 10)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.audit.submissions import answer
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done
from keyaccounts.common.roles import Role
from materials.forms.requests import RequisitionForm
from materials.kitting import Wanted
from visits.actions.supplies import request_for_visit, request_for_visits
from visits.models import Visit
from visits.supplies import suggestion, supplies_of, to_supply

from .common import asked_day

WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*WRITERS)
def visit_materials(request: HttpRequest, pk: int) -> HttpResponse:
    """申请物料, filled in from the kit and from what was wished for; asked for already, it leads there."""
    visit = get_object_or_404(
        Visit.objects.visible_to(request.user).select_related("organisation", "owner"), pk=pk
    )
    if not Visit.objects.workable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    already = supplies_of([visit])[visit.pk].requisition
    if already is not None and request.method == "GET":
        return done(request, already.get_absolute_url())
    campaign = Campaign.objects.current()
    if campaign is None or visit.planned_at is None:
        messages.error(
            request, _("Materials are requested for a visit that is still to come and has a time.")
        )
        return done(request, visit.get_absolute_url())
    planned = timezone.localtime(visit.planned_at)
    suggested: Wanted = suggestion(visit, campaign)
    form = RequisitionForm(
        request.POST or None,
        campaign=campaign,
        user=request.user,  # type: ignore[arg-type]
        wanted=suggested.materials,
        initial={
            "purpose": _("Visit to %(name)s") % {"name": visit.organisation.called},
            "day": planned.date(),
            "hour": planned.strftime("%H:%M"),
            "receiver": visit.owner_id,
        },
    )

    def submit() -> str:
        facts = form.facts()
        made = request_for_visit(
            visit, wanted=facts["wanted"], receiver=facts["receiver"], by=request.user, at=clock.now()
        )
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=submit,
        message=_("Requested."),
        page="materials/requisition_form.html",
        part="materials/_requisition_form.html",
        context={
            "heading": _("Materials for the visit to %(name)s") % {"name": visit.organisation.called},
            "submit_label": _("Request"),
            "cancel_url": visit.get_absolute_url(),
            "unknown": suggested.unknown,
        },
    )


@requires(*WRITERS)
def day_materials(request: HttpRequest) -> HttpResponse:
    """申请明天的物料: every visit of a day that has none yet, with what is suggested, in one tap."""
    day = asked_day(request, otherwise=clock.today() + timedelta(days=1))
    visits, campaign = to_supply(request.user, on=day), Campaign.objects.current()
    url = f"{reverse('visits:materials_of_day')}?on={day:%Y-%m-%d}"
    if request.method == "POST":
        try:
            count = request_for_visits(visits, by=request.user, at=clock.now())
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return done(request, url)
        return done(
            request,
            f"{reverse('visits:today')}?on={day:%Y-%m-%d}",
            _("Requested for %(n)s visits.") % {"n": count},
        )
    rows = [(visit, suggestion(visit, campaign)) for visit in visits] if campaign else []
    return render(
        request,
        "visits/day_materials.html",
        {"rows": rows, "day": day, "tomorrow": clock.today() + timedelta(days=1)},
    )
