"""The whole trail, for the director: each act with a way to its record, and as Excel."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from keyaccounts.audit import words
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import in_words
from keyaccounts.common.access import requires
from keyaccounts.common.filtering import FromDay, OneOf, OneRow, UntilDay
from keyaccounts.common.listing import Column, Listing, list_page
from keyaccounts.common.references import addresses
from keyaccounts.common.roles import Role
from keyaccounts.exports.answers import listing_answer

COLUMNS = (
    Column("at", gettext_lazy("when"), sort="sequence"),
    Column("who", gettext_lazy("who")),
    Column("words", gettext_lazy("act")),
    Column("name", gettext_lazy("record")),
    Column("change", gettext_lazy("change")),
)


def acts_by_words() -> list[tuple[str, str]]:
    """Each act once by what people read: 已批准 is one choice, whatever was approved."""
    codes: dict[str, list[str]] = {}
    for code, label in words.acts():
        codes.setdefault(label, []).append(code)
    return [(",".join(same), label) for label, same in codes.items()]


class TrailFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label=_("Name of the record"), field_name="subject_label", lookup_expr="icontains"
    )
    actor = OneRow(label=_("who"), queryset=lambda request: get_user_model().objects.order_by("pk"))
    action = OneOf(label=_("act"), choices=lambda: acts_by_words(), method="by_action")
    since = FromDay("at")
    until = UntilDay("at")

    class Meta:
        model = AuditEvent
        fields = ("actor", "action")

    def by_action(self, events: Any, name: str, value: str) -> Any:
        return events.filter(action__in=value.split(","))


@requires(Role.DIRECTOR)
@require_safe
def trail(request: HttpRequest) -> HttpResponseBase:
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
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Audit trail"), values=_cells)
    entries = in_words(listing.page)
    named = {key for entry in entries for key in (entry.subject, entry.under) if key}
    pages = addresses(named, user=request.user)
    context: dict[str, Any] = {
        # An act on a record without a page leads to the record it is shown under.
        "rows": [(entry, pages.get(entry.subject) or pages.get(entry.under, "")) for entry in entries],
        "rows_part": "dashboard/_trail_rows.html",
        "heading": _("Audit trail"),
        "empty_text": _("Every act appears here from the first one on."),
    }
    return list_page(listing, **context)


def _cells(event: AuditEvent) -> list[Any]:
    [entry] = in_words([event])
    change = " ".join(part for part in (entry.change, entry.details, entry.reason) if part)
    return [timezone.localtime(entry.at), entry.who, entry.words, f"{entry.name} {entry.kind}", change]
