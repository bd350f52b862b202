"""移交: one organisation, or everything of somebody who leaves, with the visits to come (D3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.actions.handover import hand_over
from accounts.models import Organisation
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.forms import PageForm
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User
from visits.actions.taking_over import take_over_appointments
from visits.models import Visit


class HandoverForm(PageForm):
    """To whom, and why."""

    to = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("New owner"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, leaving: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.with_role(Role.REP, Role.LEAD)
        self.fields["to"].queryset = people.exclude(pk=leaving.pk) if leaving else people  # type: ignore[attr-defined]


@requires(Role.LEAD, Role.DIRECTOR)
def hand_over_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one organisation to another owner."""
    shown = get_object_or_404(Organisation.objects.workable_by(request.user).select_related("owner"), pk=pk)
    form = HandoverForm(request.POST or None, leaving=shown.owner)

    def act() -> str:
        hand_over([shown], by=request.user, at=clock.now(), along=(take_over_appointments,), **form.facts())
        # A lead who gave it outside the team no longer sees it.
        visible = Organisation.objects.visible_to(request.user).filter(pk=pk).exists()
        return shown.get_absolute_url() if visible else reverse("accounts:organisations")

    return answer(
        request,
        form,
        act=act,
        message=_("Handed over."),
        page="dashboard/hand_over.html",
        context={
            "heading": _("Hand over %(name)s") % {"name": shown.name},
            "submit_label": _("Hand over"),
            "cancel_url": shown.get_absolute_url(),
            "owner": shown.owner,
            "visits": _to_come([shown], of=shown.owner),
        },
    )


@requires(Role.LEAD, Role.DIRECTOR)
@require_safe
def hand_over_lists(request: HttpRequest) -> HttpResponse:
    """Whose list is to be handed over: everybody who owns organisations in scope, who has left first."""
    counts = (
        Organisation.objects.workable_by(request.user)
        .exclude(owner=None)
        .order_by()
        .values_list("owner")
        .annotate(count=Count("pk"))
    )
    owned = dict(counts)
    people = User.objects.filter(pk__in=owned).order_by("is_active", "name", "pk")
    rows = [(person, owned[person.pk]) for person in people]
    return render(request, "dashboard/hand_over_lists.html", {"rows": rows})


@requires(Role.LEAD, Role.DIRECTOR)
def hand_over_list(request: HttpRequest, person_pk: int) -> HttpResponse:
    """Give a leaver's whole list to another owner."""
    leaving = get_object_or_404(User, pk=person_pk)
    rows = Organisation.objects.workable_by(request.user).filter(owner=leaving)
    form = HandoverForm(request.POST or None, leaving=leaving)

    def act() -> str:
        hand_over(rows, by=request.user, at=clock.now(), along=(take_over_appointments,), **form.facts())
        return reverse("accounts:organisations") + f"?owner={form.cleaned_data['to'].pk}"

    count = rows.count()
    return answer(
        request,
        form,
        act=act,
        message=_("%(count)s organisations handed over.") % {"count": count},
        page="dashboard/hand_over.html",
        context={
            "heading": _("Hand over all organisations of %(name)s (%(count)s)")
            % {"name": leaving.name, "count": count},
            "submit_label": _("Hand over"),
            "cancel_url": reverse("dashboard:hand_over_lists"),
            "owner": leaving,
            "organisations": rows.order_by("code")[:200],
            "visits": _to_come(rows, of=leaving),
        },
    )


def _to_come(organisations: Iterable[Organisation], *, of: User | None) -> list[Visit]:
    """What goes along: the visits to come of that owner at these organisations."""
    rows = Visit.objects.to_come(at=clock.now()).filter(organisation__in=organisations, owner=of)
    return list(rows.select_related("organisation").order_by("planned_at", "pk")[:50])
