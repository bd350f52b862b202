"""The visit report: written on a phone, shown to its readers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keyaccounts.audit.actions import once
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.pages import done, put_on
from keyaccounts.common.roles import Role

from ..actions.photos import caption_photos
from ..actions.reports import OPEN_STATES, save_draft, submit_report
from ..answers import GROUPS, answers_of, earlier_reports, known_before, shown_answer
from ..choices import ASIDE_STATES, ReportState
from ..forms.reports import PhotosForm, ReopenForm, ReportForm, ReturnForm, ReviewForm, values_in
from ..models import Visit, VisitReport, label_of
from ..queries import rule, visit_is_late
from ..rules import is_blank, same_answer
from .common import READERS, visit_of
from .photos import captions_in
from .reviews import neighbour

WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def report(request: Any, pk: int) -> HttpResponse:
    """The report of a visit: a form while it is open, read-only once it is handed in."""
    visit = visit_of(request, pk)
    own = getattr(visit, "report", None)
    is_open = (own is None or own.state in OPEN_STATES) and visit.state not in ASIDE_STATES
    may_write = is_open and request.user.has_role(*WRITERS)
    if request.method == "POST" and not request.user.has_role(*WRITERS):
        raise PermissionDenied
    if request.method == "GET" and not may_write:
        return _read(request, visit)
    form = ReportForm(request.POST if request.method == "POST" else None, visit=visit)
    stale = None
    if request.method == "POST" and form.is_valid():
        is_draft = "draft" in request.POST
        try:
            address = once(
                form.cleaned_data["submission_key"],
                by=request.user,
                act=lambda: _save(request, visit, form, is_draft=is_draft),
            )
        except StaleEdit as violation:
            put_on(form, violation)
            stale = form.both_versions(violation.current)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(
                request,
                address,
                _("Draft kept. Nobody has been told yet.")
                if is_draft
                else _("Handed in: the director can read it now."),
            )
    if request.method == "POST" and own is not None and own.state not in OPEN_STATES:
        # It was handed in meanwhile, perhaps by the first of two taps: show what is there.
        messages.error(
            request, _("This report has been handed in and is locked. The director can return it.")
        )
        return _read(request, visit, status=422)
    if request.method == "POST":
        # Refused: what was typed under the photos stands there still, saved nowhere.
        typed = captions_in(request.POST)
        for shot in visit.photos.all():
            shot.caption = typed.get(shot.pk, shot.caption)
    context = {
        "visit": visit,
        "report": own,
        "form": form,
        "stale": stale,
        "sections": _sections(visit, form),
        "photos_form": PhotosForm(),
        "draft_key": f"visit-report-{visit.pk}",
        "cancel_url": visit.organisation.get_absolute_url(),
    }
    return render(request, "visits/report_form.html", context, status=422 if form.errors else 200)


def _save(request: Any, visit: Visit, form: ReportForm, *, is_draft: bool) -> str:
    caption_photos(visit, captions=captions_in(request.POST))
    given = {**form.given(), "by": request.user, "at": clock.now()}
    if is_draft:
        save_draft(visit, **given)
    else:
        submit_report(visit, key_contact=form.cleaned_data.get("key_contact"), **given)
    return reverse("visits:report", args=[visit.pk])


def _sections(visit: Visit, form: ReportForm) -> list[dict[str, Any]]:
    """The groups of the form with their fields, what each said before, and a summary for the folded state."""
    reports = earlier_reports(visit)
    before = known_before(visit, reports=reports)
    now = values_in(form)
    sections = []
    for key, title, names in GROUPS:
        fields = [_field(form, name, before, now, has_before=bool(reports)) for name in names]
        filled = [name for name in names if not is_blank(now.get(name))]
        sections.append(
            {
                "key": key,
                "title": title,
                "fields": fields,
                "filled": len(filled),
                "total": len(names),
                "summary": " · ".join(
                    text for text in (shown_answer(name, now.get(name)) for name in filled[:4]) if text
                ),
                "changed": sum(1 for field in fields if field["is_changed"]),
                "is_open": (not reports and not filled) or any(field["bound"].errors for field in fields),
            }
        )
    return sections


def _field(form: ReportForm, name: str, before: Any, now: Any, *, has_before: bool) -> dict[str, Any]:
    old, new = before.get(name), now.get(name)
    return {
        "bound": form[name],
        "name": name,
        "has_before": has_before and not is_blank(old),
        # As the page's script reads its inputs: their values in order, parted by U+0001.
        "before": "\x01".join(str(item) for item in old)
        if isinstance(old, list)
        else str(form.fields[name].prepare_value(old) or ""),
        "before_text": shown_answer(name, old),
        "is_changed": has_before and not is_blank(new) and not same_answer(old, new),
        "is_wide": name in WIDE,
    }


WIDE = {
    "main_business", "office_environment", "living_environment", "foot_traffic", "gift_demand",
    "gift_demand_text", "intention", "power", "attention", "intranet", "recent_events", "recent_event_on",
    "promo_method", "income_band",
}  # fmt: skip


def _read(request: Any, visit: Visit, status: int = 200) -> HttpResponse:
    own = getattr(visit, "report", None)
    director = request.user.has_role(Role.DIRECTOR)
    may_review = bool(own and director and own.submitted_by_id != request.user.pk)
    groups = []
    if own is not None:
        answers = answers_of(own)
        before = known_before(visit)
        groups = [
            {
                "title": title,
                "rows": [
                    {
                        "label": label_of(VisitReport, name),
                        "value": shown_answer(name, answers[name]),
                        "before": shown_answer(name, before.get(name)),
                        "is_changed": name in own.changed_fields,
                    }
                    for name in names
                ],
            }
            for _key, title, names in GROUPS
        ]
    context = {
        "visit": visit,
        "report": own,
        "groups": groups,
        "results": _results(visit),
        "late": visit_is_late(visit, at=clock.now(), setting=rule()),
        "previous": neighbour(request, own, newer=False) if may_review else None,
        "next": neighbour(request, own, newer=True) if may_review else None,
        "review_form": ReviewForm() if may_review and own and own.state == ReportState.SUBMITTED else None,
        "return_form": ReturnForm() if may_review and own and own.state == ReportState.SUBMITTED else None,
        "reopen_form": ReopenForm() if may_review and own and own.state == ReportState.REVIEWED else None,
        "needs_evaluation": visit.organisation.needs_evaluation,
    }
    return render(request, "visits/report.html", context, status=status)


def _results(visit: Visit) -> list[tuple[Any, str]]:
    met = "、".join(
        f"{contact.name}（{contact.title}）" if contact.title else contact.name
        for contact in visit.contacts_met.all()
    )
    names = ("outcome", "intention_after", "promised", "next_step", "next_on", "minutes")
    return [
        (_("people met"), met),
        *((label_of(Visit, name), shown_answer(name, getattr(visit, name))) for name in names),
    ]
