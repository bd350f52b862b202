"""交通费报销: from the visit with one tap, one claim for one or several visits."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget.choices import REQUESTERS, ClaimKind
from budget.claims import RELATED, line_of
from budget.models import ExpenseClaim
from budget.pages import page_context, submitted
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import refused
from keyaccounts.common.roles import Role
from visits.actions.travel import claim_travel, edit_travel, submit_travel, travel_obstacles
from visits.forms.travel import TravelClaimForm
from visits.models import TravelClaim, Visit
from visits.travelling import claimable

TRAVELLERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*TRAVELLERS)
@require_http_methods(["GET", "POST"])
def travel_claim_new(request: HttpRequest) -> HttpResponse:
    """Claim journeys: opened from a visit it knows the visit, the day, the way and the purpose."""
    visit = _visit(request)
    back = visit.get_absolute_url() if visit else reverse("budget:claims")
    try:
        line = line_of(ClaimKind.TRANSPORT)
    except RuleViolation as violation:
        return refused(request, back, violation)
    offered = claimable(request.user, at=clock.now(), keep=[visit.pk] if visit else [])
    form = TravelClaimForm(
        request.POST or None,
        request.FILES or None,
        offered=offered,
        initial={"visits": [visit.pk] if visit else [], "mode": _usual_mode(request.user, visit)},
    )

    def act() -> str:
        values = form.facts()
        travel = claim_travel(
            values.pop("visits"), amount=values.pop("claimed_amount"), line=line, by=request.user, at=clock.now(), **values
        )  # fmt: skip
        return reverse("visits:travel_claim", args=[travel.claim_id])

    return _form(request, form, act, heading=_("Claim travel costs"), cancel_url=back)


@requires(*REQUESTERS)
@require_safe
def travel_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """A claim with the visits it is for."""
    travel = _travel(request, pk)
    claim = travel.claim
    own_draft = claim.is_editable and claim.requested_by_id == request.user.pk
    context = page_context(
        request,
        claim,
        obstacles=travel_obstacles(travel, at=clock.now()) if own_draft else (),
        edit_url=reverse("visits:travel_claim_edit", args=[pk]),
        submit_url=reverse("visits:travel_claim_submit", args=[pk]),
        travel=travel,
        visits=travel.visits.select_related("organisation").order_by("planned_at"),
    )
    return render(request, "visits/travel_claim.html", context)


@requires(*TRAVELLERS)
@require_http_methods(["GET", "POST"])
def travel_claim_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own claim while it is a draft or was returned."""
    travel = _own(request, pk)
    kept = travel.visits.values_list("pk", flat=True)
    form = TravelClaimForm(
        request.POST or None,
        request.FILES or None,
        offered=claimable(request.user, at=clock.now(), keep=kept),
        travel=travel,
    )

    def act() -> str:
        values = form.facts()
        edit_travel(
            travel, values.pop("visits"), amount=values.pop("claimed_amount"), by=request.user, at=clock.now(),
            version=form.cleaned_data["version"], **values,
        )  # fmt: skip
        return reverse("visits:travel_claim", args=[pk])

    return _form(
        request, form, act, heading=travel.claim.code, cancel_url=reverse("visits:travel_claim", args=[pk])
    )


@requires(*TRAVELLERS)
@require_POST
def travel_claim_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand it in, checked against the director's travel rules."""
    travel = _own(request, pk)
    return submitted(
        request,
        travel.claim,
        lambda reason: submit_travel(travel, by=request.user, at=clock.now(), duplicate_reason=reason),
    )


def _form(request: HttpRequest, form: Any, act: Any, *, heading: str, cancel_url: str) -> HttpResponse:
    return answer(
        request,
        form,
        act=act,
        message=_("Saved. Look it over and hand it in."),
        context={"heading": heading, "submit_label": _("Save and go on"), "cancel_url": cancel_url, "action_url": request.get_full_path()},
    )  # fmt: skip


def _visit(request: HttpRequest) -> Visit | None:
    asked = request.GET.get("visit", "")
    if not asked.isdecimal():
        return None
    return get_object_or_404(Visit.objects.workable_by(request.user), pk=int(asked))


def _usual_mode(user: Any, visit: Visit | None) -> str:
    """How this person said they would go, else how they went last time."""
    if visit is not None and visit.travel in ("taxi", "public", "own"):
        return visit.travel
    last = TravelClaim.objects.filter(claim__requested_by=user).order_by("-pk").first()
    return last.mode if last else ""


def _travel(request: HttpRequest, pk: int) -> TravelClaim:
    claim = get_object_or_404(
        ExpenseClaim.objects.visible_to(request.user)
        .filter(travel__isnull=False)
        .select_related(*RELATED, "travel"),
        pk=pk,
    )
    travel: TravelClaim = claim.travel
    travel.claim = claim
    return travel


def _own(request: HttpRequest, pk: int) -> TravelClaim:
    travel = _travel(request, pk)
    if travel.claim.requested_by_id != request.user.pk:
        raise PermissionDenied
    return travel
