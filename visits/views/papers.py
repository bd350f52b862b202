"""Reports on paper: a sheet, an organisation's, a week's, and the empty form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from keyaccounts.audit.actions import record
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.pages import done
from keyaccounts.common.pdf import pdf_response

from .. import documents
from ..models import Visit
from .common import READERS, asked_day, organisation_of, visit_of

MOST_ON_PAPER = 200  # visits in one file; more would keep the browser waiting for minutes


@requires(*READERS)
@require_GET
def report_pdf(request: Any, pk: int) -> HttpResponse:
    """The sheet a visit is on: the visit and the one it shares its page with."""
    visit = visit_of(request, pk)
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
    organisation = organisation_of(request, pk)
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
    start = asked_day(request, "from", otherwise=_monday())
    until = asked_day(request, "until", otherwise=start + timedelta(days=6))
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
    organisation = organisation_of(request, pk) if pk else None
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
