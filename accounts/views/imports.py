"""Addresses that imports of organisations had before all kinds were one: they lead on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from keyaccounts.common.access import requires
from keyaccounts.common.roles import SALES
from keyaccounts.imports.models import Upload


@requires(*SALES)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """Where organisations are imported."""
    return redirect("imports:start", "organisations")


@requires(*SALES)
@require_safe
def import_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """An import that had this number then."""
    uploads = Upload.objects.visible_to(request.user)
    return redirect(get_object_or_404(uploads, former_name=f"accounts.importbatch:{pk}"))
