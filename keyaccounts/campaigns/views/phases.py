"""Pages of phases: one phase with its work and targets, and its form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import requires, signed_in

from .. import queries
from ..actions.phases import create_phase, edit_phase
from ..choices import WRITERS
from ..forms import PhaseForm
from ..models import Phase
from .common import campaign_of, edit_page, form_page, initial_of, try_once, writes
from .work import mark_shown, work_rows


@signed_in
def phase(request: HttpRequest, pk: int) -> HttpResponse:
    """One phase: days left, goals, its work, targets with counts reached."""
    shown = get_object_or_404(Phase.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    today = clock.today()
    card = next(c for c in queries.phase_cards(shown.campaign, on=today) if c.phase.pk == shown.pk)
    context = {
        "phase": shown,
        "card": card,
        "today": today,
        "items": work_rows(shown.campaign).filter(phase=shown).order_by("number"),
        "targets": shown.campaign.targets.order_by("pk"),
        "may_write": writes(request),
        "events": history(shown, limit=20),
    }
    mark_shown(context["items"], today)
    return render(request, "campaigns/phase.html", context)


PHASE_FIELDS = ["number", "name", "starts_on", "ends_on", "shown_until", "goal", "version"]


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def phase_edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Phase.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    form = PhaseForm(request.POST or None, initial=initial_of(shown, PHASE_FIELDS))
    return edit_page(request, form, shown, edit_phase, heading=_("Edit the phase"))


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def phase_new(request: HttpRequest, pk: int) -> HttpResponse:
    shown = campaign_of(request, pk)
    last = shown.phases.order_by("-number").values_list("number", flat=True).first() or 0
    form = PhaseForm(request.POST or None, initial={"number": last + 1})
    if form.is_valid():

        def act() -> str:
            return create_phase(shown, by=request.user, **form.facts()).get_absolute_url()

        if answer := try_once(request, form, act):
            return answer
    return form_page(
        request,
        form,
        heading=_("New phase"),
        cancel_url=shown.get_absolute_url(),
        draft_key=f"phase-new-{pk}",
    )
