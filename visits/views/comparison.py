"""Reports of an organisation laid side by side (R97)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from keyaccounts.common.access import requires

from ..answers import GROUPS, shown_answer
from ..models import Visit, VisitReport, label_of
from .common import READERS, organisation_of

MOST_SIDE_BY_SIDE = 60


@requires(*READERS)
@require_GET
def compare(request: Any, pk: int) -> HttpResponse:
    """First and second visit, or any others, side by side with the differences marked (R97).

    ``?v=12&v=15`` chooses; without a choice the last two, with ``?all=1`` every visit.
    """
    organisation = organisation_of(request, pk)
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
                        [shown_answer(name, getattr(visit.report, name)) for visit in visits],
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
                    [shown_answer(name, getattr(visit, name)) for visit in visits],
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
