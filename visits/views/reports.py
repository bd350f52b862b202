"""The visit report: written on a phone, read by the director, laid side by side, printed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Organisation
from keyaccounts.audit.actions import once, record
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.pages import done, put_on
from keyaccounts.common.pdf import pdf_response
from keyaccounts.common.roles import Role

from .. import documents
from ..actions.photos import caption_photos
from ..actions.reports import (
    OPEN_STATES,
    reopen_report,
    return_report,
    review_report,
    save_draft,
    submit_report,
)
from ..answers import GROUPS, answers_of, earlier_reports, known_before
from ..choices import ASIDE_STATES, ReportState
from ..forms.reports import PhotosForm, ReopenForm, ReportForm, ReturnForm, ReviewForm, values_in
from ..models import Visit, VisitReport, label_of
from ..queries import rule, visit_is_late
from ..rules import is_blank, same_answer
from .photos import captions_in

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)
MOST_ON_PAPER = 200  # visits in one file; more would keep the browser waiting for minutes
MOST_SIDE_BY_SIDE = 60


def _visit(request: Any, pk: int) -> Visit:
    rows = Visit.objects.visible_to(request.user).select_related("organisation", "report", "owner")
    return get_object_or_404(rows.prefetch_related("visitors", "contacts_met", "contacts", "photos"), pk=pk)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def report(request: Any, pk: int) -> HttpResponse:
    """The report of a visit: a form while it is open, read-only once it is handed in."""
    visit = _visit(request, pk)
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
                    text
                    for text in (documents.shown_answer(name, now.get(name)) for name in filled[:4])
                    if text
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
        "before_text": documents.shown_answer(name, old),
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
                        "value": documents.shown_answer(name, answers[name]),
                        "before": documents.shown_answer(name, before.get(name)),
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
        "previous": _neighbour(request, own, newer=False) if may_review else None,
        "next": _neighbour(request, own, newer=True) if may_review else None,
        "review_form": ReviewForm() if may_review and own and own.state == ReportState.SUBMITTED else None,
        "return_form": ReturnForm() if may_review and own and own.state == ReportState.SUBMITTED else None,
        "reopen_form": ReopenForm() if may_review and own and own.state == ReportState.REVIEWED else None,
        "needs_evaluation": visit.organisation.needs_evaluation,
    }
    return render(request, "visits/report.html", context, status=status)


def _results(visit: Visit) -> list[tuple[Any, str]]:
    met = "、".join(
        f"{contact.name}({contact.title})" if contact.title else contact.name
        for contact in visit.contacts_met.all()
    )
    names = ("outcome", "intention_after", "promised", "next_step", "next_on", "minutes")
    return [
        (_("people met"), met),
        *((label_of(Visit, name), documents.shown_answer(name, getattr(visit, name))) for name in names),
    ]


def _waiting(request: Any) -> Any:
    return (
        Visit.objects.to_review_by(request.user)
        .select_related("organisation", "report", "owner", "report__submitted_by")
        .order_by("report__submitted_at", "pk")
    )


def _neighbour(request: Any, own: VisitReport | None, *, newer: bool) -> Visit | None:
    """The report to read before or after this one, oldest first."""
    if own is None or own.submitted_at is None:
        return None
    rows = _waiting(request).exclude(pk=own.visit_id)
    if newer:
        return rows.filter(report__submitted_at__gte=own.submitted_at).first()
    return rows.filter(report__submitted_at__lt=own.submitted_at).last()


@requires(Role.DIRECTOR)
@require_GET
def to_review(request: Any) -> HttpResponse:
    """待审阅: reports handed in and not read yet, the oldest first."""
    rows = list(_waiting(request)[:101])
    context = {"visits": rows[:100], "more": len(rows) > 100}
    for visit in rows:
        visit.shown_changes = "、".join(label_of(VisitReport, name) for name in visit.report.changed_fields)
    return render(request, "visits/reports_to_review.html", context)


def _decide(request: Any, pk: int, form: Any, act: Any, message: str) -> HttpResponse:
    visit = _visit(request, pk)
    own = get_object_or_404(VisitReport.objects.select_related("visit"), visit=visit)
    if form.is_valid():
        try:
            once(
                form.cleaned_data["submission_key"],
                by=request.user,
                act=lambda: act(own) and reverse("visits:report", args=[pk]),
            )
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return done(request, reverse("visits:report", args=[pk]))
        following = _neighbour(request, own, newer=True) or _neighbour(request, own, newer=False)
        target = following.pk if following and "next" in request.POST else pk
        return done(request, reverse("visits:report", args=[target]), message)
    for errors in form.errors.values():
        messages.error(request, errors[0])
    return done(request, reverse("visits:report", args=[pk]))


@requires(Role.DIRECTOR)
@require_POST
def report_review(request: Any, pk: int) -> HttpResponse:
    """已阅, with an optional note."""
    form = ReviewForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: review_report(own, note=form.cleaned_data["note"], by=request.user, at=clock.now()),
        _("Marked as read."),
    )


@requires(Role.DIRECTOR)
@require_POST
def report_return(request: Any, pk: int) -> HttpResponse:
    """退回补充, with the reason."""
    form = ReturnForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: return_report(own, reason=form.reason, by=request.user, at=clock.now()),
        _("Returned; the rep has been told why."),
    )


@requires(Role.DIRECTOR)
@require_POST
def report_reopen(request: Any, pk: int) -> HttpResponse:
    """Open a report that was read, with the reason."""
    form = ReopenForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        lambda own: reopen_report(own, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()),
        _("Reopened; the rep has been told why."),
    )


# -- side by side -------------------------------------------------------------------------------------
def _organisation(request: Any, pk: int) -> Organisation:
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)


@requires(*READERS)
@require_GET
def compare(request: Any, pk: int) -> HttpResponse:
    """First and second visit, or any others, side by side with the differences marked (R97).

    ``?v=12&v=15`` chooses; without a choice the last two, with ``?all=1`` every visit.
    """
    organisation = _organisation(request, pk)
    rows = (
        Visit.objects.visible_to(request.user)
        .filter(organisation=organisation, report__first_submitted_at__isnull=False)
        .select_related("report")
        .prefetch_related("visitors", "contacts_met")
        .order_by("number")
    )
    visits = list(rows[:MOST_SIDE_BY_SIDE])
    asked = {int(value) for value in request.GET.getlist("v") if value.isdigit()}
    chosen = [visit for visit in visits if visit.pk in asked]
    if request.GET.get("all"):
        chosen = visits
    elif len(chosen) < 2:
        chosen = visits[-2:]
    context = {
        "organisation": organisation,
        "visits": visits,
        "chosen": chosen,
        "chosen_pks": [visit.pk for visit in chosen],
        "groups": _side_by_side(chosen),
        "is_all": bool(request.GET.get("all")),
    }
    return render(request, "visits/compare.html", context)


def _side_by_side(visits: list[Visit]) -> list[dict[str, Any]]:
    groups = [
        {
            "title": _("Visit"),
            "rows": [
                _line(_("visitors"), ["、".join(str(p) for p in v.visitors.all()) for v in visits]),
                _line(_("people met"), ["、".join(c.name for c in v.contacts_met.all()) for v in visits]),
            ],
        }
    ]
    for _key, title, names in GROUPS:
        groups.append(
            {
                "title": title,
                "rows": [
                    _line(
                        label_of(VisitReport, name),
                        [documents.shown_answer(name, getattr(visit.report, name)) for visit in visits],
                    )
                    for name in names
                ],
            }
        )
    results = ("outcome", "intention_after", "promised", "next_step", "next_on")
    groups.append(
        {
            "title": _("Result and next step"),
            "rows": [
                _line(
                    label_of(Visit, name),
                    [documents.shown_answer(name, getattr(visit, name)) for visit in visits],
                )
                for name in results
            ]
            + [_line(_("remark"), [visit.report.remark for visit in visits])],
        }
    )
    return groups


def _line(title: Any, texts: list[str]) -> dict[str, Any]:
    """One row: each cell differs when its answer is new against the last one given to its left."""
    cells, last = [], ""
    for text in texts:
        cells.append({"text": text, "differs": bool(text and last and text != last)})
        last = text or last
    return {"label": title, "cells": cells, "differs": any(cell["differs"] for cell in cells)}


# -- paper ------------------------------------------------------------------------------------------
@requires(*READERS)
@require_GET
def report_pdf(request: Any, pk: int) -> HttpResponse:
    """The sheet a visit is on: the visit and the one it shares its page with."""
    visit = _visit(request, pk)
    number = visit.number or 1
    pair = (number - 1) // 2 * 2
    numbers = [pair + 1, pair + 2]
    rows = Visit.objects.visible_to(request.user).filter(organisation=visit.organisation_id)
    rows = rows.filter(number__in=numbers) if visit.number else rows.filter(pk=visit.pk)
    if request.GET.get("alone"):
        rows = rows.filter(pk=visit.pk)
    return _print(
        request, rows, subject=visit, under=visit.organisation, name=f"{visit.organisation.name} {visit.code}"
    )


@requires(*READERS)
@require_GET
def organisation_reports_pdf(request: Any, pk: int) -> HttpResponse:
    """All visits of an organisation, two on a page."""
    organisation = _organisation(request, pk)
    rows = Visit.objects.visible_to(request.user).filter(organisation=organisation).made()
    if not rows.exists():
        return blank_report_pdf(request, pk=pk)
    return _print(
        request, rows, subject=organisation, under=organisation, name=f"{organisation.name} 拜访报告"
    )


@requires(*READERS)
@require_GET
def week_reports_pdf(request: Any) -> HttpResponse:
    """All visits made from ``?from=`` until ``?until=`` (this week when left out) in one file."""
    start = parse_date(request.GET.get("from", "") or "") or _monday()
    until = parse_date(request.GET.get("until", "") or "") or start + timedelta(days=6)
    rows = (
        Visit.objects.visible_to(request.user)
        .made()
        .alias(made_at=Coalesce("checked_in_at", "planned_at"))
        .filter(made_at__date__gte=start, made_at__date__lte=until)
    )
    if request.GET.get("owner", "").isdigit():
        mine = Visit.visitors.through.objects.filter(user=int(request.GET["owner"])).values("visit")
        rows = rows.filter(pk__in=mine)
    return _print(request, rows, subject=request.user, under=None, name=f"拜访报告 {start} 至 {until}")


def _monday() -> Any:
    today = clock.today()
    return today - timedelta(days=today.weekday())


@requires(*READERS)
@require_GET
def blank_report_pdf(request: Any, pk: int | None = None) -> HttpResponse:
    """The empty form for the hand, with the organisation's name when one is given."""
    organisation = _organisation(request, pk) if pk else None
    first = 1
    if organisation is not None:
        first = Visit.objects.filter(organisation=organisation).made().count() + 1
    content = documents.blank_pdf(organisation, by=request.user, at=clock.now(), first=first)
    name = f"{organisation.name} " if organisation else ""
    return pdf_response(content, filename=f"{name}拜访报告 空白.pdf")


def _print(request: Any, rows: Any, *, subject: Any, under: Any, name: str) -> HttpResponse:
    count = rows.count()
    if not count:
        messages.info(request, _("There is no visit to print in this range."))
        return done(request, request.headers.get("Referer") or reverse("home"))
    if count > MOST_ON_PAPER:
        messages.error(
            request,
            ngettext(
                "%(count)s visits are more than one file takes (%(most)s). Choose a shorter range.",
                "%(count)s visits are more than one file takes (%(most)s). Choose a shorter range.",
                count,
            )
            % {"count": count, "most": MOST_ON_PAPER},
        )
        return done(request, request.headers.get("Referer") or reverse("home"))
    # Names of people leave the house: the trail knows before the first byte is sent (rule 25).
    with transaction.atomic():
        record(
            subject, "visits.visitreport.printed", by=request.user, under=under, visits=count,
            filter=request.GET.urlencode(),
        )  # fmt: skip
    content = documents.report_pdf(documents.with_reports(rows), by=request.user, at=clock.now())
    return pdf_response(content, filename=f"{name}.pdf", download=bool(request.GET.get("download")))
