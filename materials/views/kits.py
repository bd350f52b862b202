"""Kits as pages: for so many people, what is there and what is missing (R131–R139, C16, C25)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.access import requires
from keyaccounts.common.pages import page_or_part
from materials.choices import READERS, WRITERS
from materials.kitting import Catalogue
from materials.models import Kit


@requires(*READERS)
@require_safe
def kits(request: HttpRequest) -> HttpResponse:
    """The kits: 拜访随身资料, 说明会宣传物料(每次)."""
    rows = Kit.objects.filter(is_active=True).prefetch_related("lines")
    return render(request, "materials/kits.html", {"kits": rows})


@requires(*READERS)
@require_safe
def kit(request: HttpRequest, pk: int) -> HttpResponse:
    """A kit for so many people: what is there, what is missing, what no list has."""
    shown = get_object_or_404(Kit.objects.filter(is_active=True).prefetch_related("lines"), pk=pk)
    asked = request.GET.get("people", "")
    people = int(asked) if asked.isdecimal() and 0 < int(asked) < 10_000 else shown.people
    rows = Catalogue(Campaign.objects.current()).rows_of(shown, people=people)
    missing = [row for row in rows if row.missing]
    context = {
        "kit": shown,
        "people": people,
        "rows": rows,
        "missing": missing,
        "unknown": [row for row in rows if row.material is None],
        "may_name": request.user.has_role(*WRITERS),  # type: ignore[union-attr]
        "may_change": request.user.is_staff,  # type: ignore[union-attr]
    }
    return page_or_part(request, page="materials/kit.html", part="materials/_kit_rows.html", context=context)
