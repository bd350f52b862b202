"""The whole trail, for the director."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from keyaccounts.common.access import requires
from keyaccounts.common.listing import Column, Listing
from keyaccounts.common.pages import page_or_part
from keyaccounts.common.roles import Role

from .filters import TrailFilter
from .models import AuditEvent
from .queries import in_words

COLUMNS = (
    Column("at", gettext_lazy("when"), sort="sequence"),
    Column("who", gettext_lazy("who")),
    Column("words", gettext_lazy("act")),
    Column("name", gettext_lazy("record")),
    Column("change", gettext_lazy("change")),
)


@requires(Role.DIRECTOR)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Who did what to which record, newest first, by person, act, record and dates."""
    events = AuditEvent.objects.select_related("actor")
    if record := request.GET.get("record"):
        events = events.of_key(record)
    listing = Listing(
        request,
        key="trail",
        queryset=events,
        filterset_class=TrailFilter,
        columns=COLUMNS,
        default_sort="-at",
    )
    context = {
        "listing": listing,
        "entries": in_words(listing.page),
        "rows_part": "audit/_trail_rows.html",
        "heading": _("Audit trail"),
        "empty_text": _("Every act appears here from the first one on."),
        "can_export": False,
    }
    return page_or_part(
        request, page="components/list_page.html", part="components/_list.html", context=context
    )
