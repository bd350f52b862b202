"""The pages of an import: upload, preview, result, template and the workbook of what was not imported."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column
from keyaccounts.common.pages import done
from keyaccounts.common.xlsx import workbook_response, write_sheet

from .actions import upload_workbook, write_upload
from .choices import LineVerdict
from .forms import WorkbookForm
from .kinds import ImportKind, kinds
from .models import Upload


def _kind(request: HttpRequest, code: str) -> ImportKind:
    """The kind, 404 when there is none, 403 when it is not this person's to import."""
    kind = kinds().get(code)
    if kind is None:
        raise Http404
    if not request.user.has_role(*kind.roles):  # type: ignore[union-attr]
        raise PermissionDenied
    return kind


def _upload(request: HttpRequest, pk: int) -> tuple[Upload, ImportKind]:
    upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
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
        return upload_workbook(
            chosen, form.cleaned_data["file"], about=about, by=request.user, at=clock.now()
        ).get_absolute_url()

    context = {
        "heading": chosen.title,
        "submit_label": _("Upload and check"),
        "cancel_url": chosen.back(about),
        "kind": chosen,
        "uploads": Upload.objects.visible_to(request.user).filter(kind=kind)[:10],
    }
    return answer(request, form, act=act, context=context, page="imports/start.html")


@signed_in
@require_safe
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Each line's verdict before writing, and what became of it after."""
    shown, kind = _upload(request, pk)
    verdict = request.GET.get("verdict", "")
    counts = dict(shown.lines.order_by().values_list("verdict").annotate(n=Count("pk")))
    rows = shown.lines.filter(verdict=verdict) if verdict in LineVerdict.values else shown.lines.all()
    page = Paginator(rows.order_by("pk"), 50).get_page(request.GET.get("page"))
    titles = [titles[0] for titles in kind.headers.values()]
    used = {title for line in page for title in line.raw}
    titles = [title for title in titles if title in used]
    context = {
        "upload": shown,
        "kind": kind,
        "back": kind.back(shown.about),
        "page": page,
        "verdict": verdict,
        "titles": titles,
        "rows": [(line, [line.raw.get(title, "") for title in titles]) for line in page],
        "tabs": [(code, label, counts.get(code, 0)) for code, label in LineVerdict.choices],
        "good": counts.get(LineVerdict.CREATE, 0) + counts.get(LineVerdict.UPDATE, 0),
        "failed": counts.get(LineVerdict.ERROR, 0),
    }
    return render(request, "imports/upload.html", context)


@signed_in
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the good lines."""
    shown, _chosen = _upload(request, pk)
    try:
        write_upload(shown, by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, shown.get_absolute_url())
    return done(request, shown.get_absolute_url(), _("Imported."))


@signed_in
@require_safe
def failed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines that were not imported with a reason column: put right, it can be uploaded again."""
    shown, kind = _upload(request, pk)
    titles = [titles[0] for titles in kind.headers.values()]
    columns = [Column(title, title, width=16) for title in titles] + [Column("reason", _("Reason"), width=50)]
    lines = shown.lines.filter(verdict=LineVerdict.ERROR).order_by("pk")
    rows = ([*(line.raw.get(title) for title in titles), ";".join(line.messages)] for line in lines)
    book = Workbook(write_only=True)
    write_sheet(book, title=_("Not imported"), columns=columns, rows=rows, note=shown.file_name)
    return workbook_response(book, filename=_("Not imported"))


@signed_in
@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An empty workbook with our headers, choices to pick from and one example line."""
    chosen = _kind(request, kind)
    titles = {name: titles[0] for name, titles in chosen.headers.items()}
    book = Workbook(write_only=True)
    write_sheet(
        book,
        title=str(chosen.title),
        columns=[Column(title, title, width=16) for title in titles.values()],
        rows=[[chosen.example.get(name) for name in titles]],
        note=_("Delete the example line."),
    )
    for index, name in enumerate(titles, start=1):
        listed = ",".join(chosen.choices.get(name, []))
        if listed and len(listed) < 250:
            validation = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            validation.add(f"{get_column_letter(index)}4:{get_column_letter(index)}2000")
            book.worksheets[0].data_validations.append(validation)
    return workbook_response(book, filename=str(chosen.title))
