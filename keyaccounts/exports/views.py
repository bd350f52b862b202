"""One's own exports: how far they are, and the files."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keyaccounts.audit.actions import record
from keyaccounts.common import clock
from keyaccounts.common.access import signed_in
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done
from keyaccounts.common.xlsx import file_response

from .actions import KEPT, cancel
from .choices import ExportState
from .models import Export


def _own(request: HttpRequest, pk: int) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.user), pk=pk)


@signed_in
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """我的导出: the newest fifty."""
    rows = Export.objects.visible_to(request.user)[:50]
    return render(request, "exports/exports.html", {"exports": rows, "kept_days": KEPT.days})


@signed_in
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One export: its progress, then its file."""
    return render(request, "exports/export.html", {"export": _own(request, pk), "kept_days": KEPT.days})


@signed_in
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, for whoever asked for it."""
    shown = _own(request, pk)
    if shown.state != ExportState.READY:
        raise Http404
    with transaction.atomic():
        record(shown, "exports.export.downloaded", by=request.user)
    return file_response(shown.file.open("rb"), filename=shown.file_name)


@signed_in
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Do not write it after all."""
    shown = _own(request, pk)
    try:
        cancel(shown, by=request.user, at=clock.now())
    except RuleViolation:
        return redirect(shown)
    return done(request, shown.get_absolute_url(), _("The export was stopped."))
