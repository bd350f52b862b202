"""Uploading a workbook, its preview, writing it, taking it back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from openpyxl import Workbook

from accounts import tasks
from accounts.actions.imports import (
    INLINE,
    commit,
    decide_row,
    failed_rows,
    read_upload,
    revert,
    start_commit,
    upload,
)
from accounts.choices import ImportState, Verdict
from accounts.forms.imports import UploadForm
from accounts.imports import template
from accounts.models import ImportBatch, ImportRow
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column
from keyaccounts.common.pages import done
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import workbook_response, write_sheet

WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)
# A workbook up to this size is read while the person waits.
SMALL_BYTES = 300_000


def _own(request: HttpRequest, pk: int) -> ImportBatch:
    rows = ImportBatch.objects.all()
    if not request.user.has_role(Role.DIRECTOR):  # type: ignore[union-attr]
        rows = rows.filter(by=request.user)
    return get_object_or_404(rows.select_related("by"), pk=pk)


@requires(*WRITERS)
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a workbook; earlier imports below."""
    form = UploadForm(request.POST or None, request.FILES or None)

    def act() -> str:
        batch = upload(form.cleaned_data["file"], by=request.user)
        if batch.file.size <= SMALL_BYTES or not settings.REDIS_URL:
            read_upload(batch, today=clock.today())
        else:
            tasks.read_import.delay_on_commit(batch.pk)  # type: ignore[attr-defined]
        return reverse("accounts:import_batch", args=[batch.pk])

    rows = ImportBatch.objects.filter(by=request.user).order_by("-pk")[:20]
    context = {
        "heading": _("Import from Excel"),
        "submit_label": _("Upload and check"),
        "cancel_url": reverse("accounts:organisations"),
        "batches": rows,
    }
    return answer(request, form, act=act, context=context, page="accounts/imports.html")


@requires(*WRITERS)
def import_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview with each line's verdict, the progress, the result."""
    batch = _own(request, pk)
    verdict = request.GET.get("verdict", "")
    rows = batch.rows.select_related("organisation")
    counts = dict(batch.rows.order_by().values_list("verdict").annotate(n=Count("pk")))
    if verdict in Verdict.values:
        rows = rows.filter(verdict=verdict)
    page = Paginator(rows.order_by("pk"), 50).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "page": page,
        "verdict": verdict,
        "tabs": [(code, label, counts.get(code, 0)) for code, label in Verdict.choices],
        "is_working": batch.state in (ImportState.READING, ImportState.COMMITTING),
        "percent": round(100 * batch.handled / batch.total) if batch.total else 0,
        "failed": counts.get(Verdict.ERROR, 0) + counts.get(Verdict.DUPLICATE, 0),
    }
    return render(request, "accounts/import_batch.html", context)


@requires(*WRITERS)
@require_POST
def import_decide(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """A look-alike: different, with the reason, or left out."""
    batch = _own(request, pk)
    row = get_object_or_404(ImportRow, pk=row_pk, batch=batch)
    back = f"{reverse('accounts:import_batch', args=[pk])}?verdict={Verdict.DUPLICATE}"
    try:
        decide_row(
            row,
            decision=request.POST.get("decision", ""),
            reason=request.POST.get("reason", "").strip()[:200],
            by=request.user,
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(back)
    return done(request, back)


@requires(*WRITERS)
@require_POST
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what can be written: small imports at once, large ones in the background."""
    batch = _own(request, pk)
    address = reverse("accounts:import_batch", args=[pk])
    try:
        start_commit(batch, by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(address)
    if batch.total <= INLINE or not settings.REDIS_URL:
        commit(batch, at=clock.now())
        return done(request, address, _("Imported."))
    tasks.commit_import.delay_on_commit(batch.pk)  # type: ignore[attr-defined]
    return done(request, address, _("The import goes on in the background."))


@requires(*WRITERS)
@require_POST
def import_revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an untouched import back."""
    batch = _own(request, pk)
    address = reverse("accounts:import_batch", args=[pk])
    try:
        revert(batch, by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(address)
    return done(request, address, _("The import has been taken back."))


@requires(*WRITERS)
def import_failed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines that were not written, as a workbook with a reason column: put right, it can be uploaded again."""
    batch = _own(request, pk)
    rows = list(failed_rows(batch))
    titles = list(dict.fromkeys(title for row in rows for title in row.raw))
    columns = [Column(title, title, width=16) for title in titles] + [Column("reason", _("Reason"), width=50)]
    book = Workbook(write_only=True)
    values = ([*(row.raw.get(title) for title in titles), ";".join(row.messages)] for row in rows)
    write_sheet(book, title=_("Not imported"), columns=columns, rows=values, note=batch.file_name)
    return workbook_response(book, filename=_("Not imported"))


@requires(*WRITERS)
def import_template(request: HttpRequest) -> HttpResponseBase:
    """An empty workbook to fill in."""
    return workbook_response(template(), filename=_("Import template"))
