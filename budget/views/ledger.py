"""The ledger as a list."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from budget.choices import READERS
from budget.exports import entry_cells, entry_columns
from budget.filters import EntryFilter
from budget.models import Budget, Entry
from keyaccounts.common.access import requires
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.exports.answers import listing_answer


@requires(*READERS)
@require_safe
def ledger(request: HttpRequest, pk: int) -> HttpResponseBase:
    """台账: every entry of a budget, newest first; the rows behind each figure, and as Excel."""
    budget = get_object_or_404(Budget.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    listing = Listing(
        request,
        key="ledger",
        queryset=Entry.objects.filter(budget=budget).select_related("line", "by", "approved_by"),
        filterset_class=EntryFilter,
        filter_kwargs={"budget": budget},
        columns=entry_columns(),
        default_sort="-number",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Ledger"), pluck=partial(entry_cells, budget))
    context = {
        "rows_part": "budget/_entry_rows.html",
        "heading": _("Ledger"),
        "empty_text": _("Every amount committed, spent or given back stands here, once and for good."),
    }
    return list_page(listing, **context)
