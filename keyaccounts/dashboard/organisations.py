"""What several apps together say of one organisation: its timeline, and making two files one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.actions.duplicates import find_duplicates
from accounts.actions.key_contacts import active_key_contact
from accounts.actions.merging import merge
from accounts.forms.fields import OrganisationField
from accounts.models import Organisation
from accounts.timeline import KINDS, Happening, happenings, newest, noon
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.forms import PageForm
from keyaccounts.common.pages import page_or_part
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import labels
from visits.actions.merging import take_over_visits
from visits.models import Visit

AT_FIRST, AT_MOST = 20, 500


def visits_as_happenings(organisation: Organisation, *, limit: int) -> list[Happening]:
    """Visits with their number, outcome and next step; planned ones stand ahead, in the future."""
    rows = (
        Visit.objects.filter(organisation=organisation, planned_at__isnull=False)
        .select_related("owner")
        .order_by("-planned_at", "-pk")[:limit]
    )
    return [
        Happening(
            visit.planned_at or noon(visit.created_at.date()),
            "visit",
            " ".join(
                (
                    _("visit %(n)s") % {"n": visit.number} if visit.number else _("Visit"),
                    visit.get_state_display(),
                )
            ),
            ";".join(
                part
                for part in (
                    labels(TermList.VISIT_OUTCOME, visit.outcome),
                    _("promised: %(text)s") % {"text": visit.promised} if visit.promised else "",
                    _("next: %(text)s") % {"text": visit.next_step} if visit.next_step else "",
                    visit.aside_reason,
                )
                if part
            ),
            str(visit.owner),
            visit.get_absolute_url(),
            has_time=True,
        )
        for visit in rows
    ]


@requires(Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
@require_safe
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened at an organisation, newest first, by kind where asked."""
    shown = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    asked = request.GET.get("limit", "")
    limit = min(int(asked), AT_MOST) if asked.isdecimal() else AT_FIRST
    rows: list[Happening] = []
    if kind in ("", "visit"):
        rows += visits_as_happenings(shown, limit=limit + 1)
    if kind != "visit":
        rows += happenings(shown, kind=kind, limit=limit + 1)
    rows = newest(rows, limit + 1)
    context = {
        "organisation": shown,
        "rows": rows[:limit],
        "kinds": KINDS.items(),
        "kind": kind,
        "next_limit": min(limit * 4, AT_MOST) if len(rows) > limit < AT_MOST else 0,
        "now": clock.now(),
    }
    return page_or_part(
        request, page="dashboard/timeline.html", part="dashboard/_timeline.html", context=context
    )


class MergeForm(PageForm):
    """Which file goes into this one, and why."""

    merged = OrganisationField(label=gettext_lazy("Organisation that goes into this one"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("How you know they are the same."),
    )
    # The file that stood beside this one when the button was pressed.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kept: Organisation, user: Any, other: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Organisation.objects.workable_by(user).exclude(pk=kept.pk)
        alike = [
            found.pk
            for found in find_duplicates(
                name=kept.name, short_name=kept.short_name, phone=kept.phone, but=kept
            )
        ]
        self.fields["merged"].offer(  # type: ignore[attr-defined]
            rows, first=rows.filter(pk__in=alike), chosen=self.data.get("merged") or other
        )
        self.rows = rows
        if other:
            self.initial["merged"] = self.initial["seen"] = other

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        merged = cleaned.get("merged")
        if merged is not None and cleaned.get("seen") != merged.pk:
            self.data = self.data.copy()  # type: ignore[attr-defined,union-attr]
            self.data["seen"] = str(merged.pk)  # type: ignore[index]
            raise forms.ValidationError(_("Look at both files first, then press the button again."))
        return cleaned

    def beside(self) -> Organisation | None:
        """The file picked so far, to be looked at beside the one that stays."""
        asked = self.data.get("merged") or self.initial.get("merged") or ""
        return self.rows.filter(pk=asked).select_related("owner").first() if str(asked).isdecimal() else None


@requires(Role.LEAD, Role.DIRECTOR)
def merge_organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """Make two files of the same organisation one, after seeing both side by side (D2)."""
    kept = get_object_or_404(Organisation.objects.workable_by(request.user).select_related("owner"), pk=pk)
    other = request.GET.get("other", "")
    form = MergeForm(
        request.POST or None, kept=kept, user=request.user, other=other if other.isdecimal() else ""
    )
    beside = form.beside()

    def act() -> str:
        merge(
            kept,
            form.cleaned_data["merged"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
            along=(take_over_visits,),
        )
        return kept.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("The two files are one now; both histories are kept."),
        page="dashboard/merge.html",
        context={
            "heading": _("Merge into %(name)s") % {"name": kept.name},
            "submit_label": _("Merge"),
            "cancel_url": kept.get_absolute_url(),
            "organisation": kept,
            "files": [_summary(file) for file in (kept, beside)] if beside else [],
        },
    )


def _summary(file: Organisation) -> dict[str, Any]:
    """What tells two files apart or shows that they are the same."""
    key = active_key_contact(file)
    return {
        "file": file,
        "key": key,
        "people": list(file.contacts.present()[:8]),
        "visits": file.visits.count(),
        "facts": file.facts.count(),
        "logs": file.contact_logs.count(),
        "news": file.intel.count(),
    }
