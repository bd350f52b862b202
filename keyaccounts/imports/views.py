"""The pages of an import: upload, preview, result, template and the workbook of what was not imported."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook

from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column
from keyaccounts.common.pages import done
from keyaccounts.common.xlsx import workbook_response, write_sheet

from . import tasks
from .actions import (
    WRITE_AT_ONCE,
    decide_line,
    read_upload,
    revert_upload,
    start_writing,
    upload_workbook,
    write_upload,
)
from .choices import LineVerdict
from .forms import WorkbookForm
from .kinds import ImportKind, kinds
from .models import Upload, UploadLine


def _kind(request: HttpRequest, code: str) -> ImportKind:
    """The kind, 404 when there is none, 403 when it is not this person's to import."""
    kind = kinds().get(code)
    if kind is None:
        raise Http404
    if not request.user.has_role(*kind.roles):  # type: ignore[union-attr]
        raise PermissionDenied
    return kind


def _upload(request: HttpRequest, pk: int) -> tuple[Upload, ImportKind]:
    upload = get_object_or_404(Upload.objects.visible_to(request.user).select_related("by"), pk=pk)
    return upload, _kind(request, upload.kind)


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a workbook; earlier ones below."""
    chosen = _kind(request, kind)
    about = chosen.about(request.GET.get("campaign", ""), request.user)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    form.fields["file"].help_text = chosen.help_text

    def act() -> str:
        made = upload_workbook(
            chosen, form.cleaned_data["file"], about=about, by=request.user, at=clock.now()
        )
        if made.file.size <= chosen.read_at_once or not settings.REDIS_URL:
            read_upload(made.pk, clock=clock.now)
        else:
            tasks.look_at(made, tasks.read_upload)
        return made.get_absolute_url()

    context = {
        "heading": chosen.title,
        "submit_label": _("Upload and check"),
        "cancel_url": chosen.back(about),
        "kind": chosen,
        "uploads": Upload.objects.filter(by=request.user, kind=kind)[:20],
    }
    return answer(request, form, act=act, context=context, page="imports/start.html")


@signed_in
@require_safe
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, each line's verdict before writing, and what became of it after."""
    shown, kind = _upload(request, pk)
    verdict = request.GET.get("verdict", "")
    counts = dict(shown.lines.order_by().values_list("verdict").annotate(n=Count("pk")))
    rows = shown.lines.filter(verdict=verdict) if verdict in LineVerdict.values else shown.lines.all()
    page = Paginator(rows.order_by("pk"), 50).get_page(request.GET.get("page"))
    titles, cells = kind.cells(list(page))
    words = dict(kind.verdicts)
    goes_on = shown.lines.filter(verdict=LineVerdict.DUPLICATE).exclude(go_on_reason="").count()
    context = {
        "upload": shown,
        "kind": kind,
        "back": kind.back(shown.about),
        "page": page,
        "verdict": verdict,
        "titles": titles,
        "rows": [
            (line, its, words.get(line.verdict, line.get_verdict_display()))
            for line, its in zip(page, cells, strict=True)
        ],
        "tabs": [(code, label, counts.get(code, 0)) for code, label in kind.verdicts],
        "good": counts.get(LineVerdict.CREATE, 0) + counts.get(LineVerdict.UPDATE, 0) + goes_on,
        "failed": counts.get(LineVerdict.ERROR, 0) + counts.get(LineVerdict.DUPLICATE, 0) - goes_on,
    }
    return render(request, "imports/upload.html", context)


@signed_in
@require_POST
def decide(request: HttpRequest, pk: int, line_pk: int) -> HttpResponse:
    """A look-alike: the same one, a different one with the reason, or left out."""
    shown, _chosen = _upload(request, pk)
    line = get_object_or_404(UploadLine.objects.select_related("upload"), pk=line_pk, upload=shown)
    back = f"{shown.get_absolute_url()}?verdict={LineVerdict.DUPLICATE}"
    try:
        decide_line(
            line,
            decision=request.POST.get("decision", ""),
            reason=request.POST.get("reason", "").strip()[:200],
            by=request.user,
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(back)
    return done(request, back)


@signed_in
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the good lines: a short list at once, a long one by a job."""
    shown, _chosen = _upload(request, pk)
    try:
        start_writing(shown)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(shown)
    if shown.total <= WRITE_AT_ONCE or not settings.REDIS_URL:
        write_upload(shown, at=clock.now())
        return done(request, shown.get_absolute_url(), _("Imported."))
    tasks.look_at(shown, tasks.write_upload)
    return done(request, shown.get_absolute_url(), _("The import goes on in the background."))


@signed_in
@require_POST
def revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an untouched import back."""
    shown, _chosen = _upload(request, pk)
    try:
        revert_upload(shown, by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(shown)
    return done(request, shown.get_absolute_url(), _("The import has been taken back."))


@signed_in
@require_safe
def failed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines that were not imported with a reason column: put right, it can be uploaded again."""
    shown, kind = _upload(request, pk)
    left_out = Q(verdict=LineVerdict.ERROR) | Q(verdict=LineVerdict.DUPLICATE, go_on_reason="")
    lines = list(shown.lines.filter(left_out).order_by("pk"))
    titles = kind.in_order(dict.fromkeys(title for line in lines for title in line.raw))
    columns = [Column(title, title, width=16) for title in titles] + [Column("reason", _("Reason"), width=50)]
    rows = ([*(line.raw.get(title) for title in titles), " ".join(line.messages)] for line in lines)
    book = Workbook(write_only=True)
    write_sheet(book, title=_("Not imported"), columns=columns, rows=rows, note=shown.file_name)
    return workbook_response(book, filename=_("Not imported"))


@signed_in
@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An empty workbook with our headers, choices to pick from and one example line."""
    chosen = _kind(request, kind)
    return workbook_response(chosen.template(), filename=str(chosen.title))
