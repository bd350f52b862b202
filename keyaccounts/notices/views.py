"""The inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from keyaccounts.common import clock
from keyaccounts.common.access import signed_in
from keyaccounts.common.listing import Column, Listing, list_page
from keyaccounts.common.pages import done

from .actions import mark_read
from .filters import NoticeFilter
from .models import Notice
from .queries import unread_count

COLUMNS = (
    Column("title", gettext_lazy("notice")),
    Column("kind", gettext_lazy("kind"), sort="kind"),
    Column("delivered_at", gettext_lazy("when"), sort="delivered_at"),
    Column("act", ""),
)


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What this person has been told, newest first."""
    listing = Listing(
        request,
        key="notices",
        queryset=Notice.objects.inbox_of(request.user),
        filterset_class=NoticeFilter,
        columns=COLUMNS,
        default_sort="-delivered_at",
    )
    context = {
        "rows_part": "notices/_notice_rows.html",
        "heading": _("Inbox"),
        "empty_text": _("Reminders and answers to your requests appear here."),
        "unread": unread_count(request.user),
        "can_export": False,
    }
    return list_page(listing, page="notices/inbox.html", **context)


@signed_in
@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own notice as read and go to what it is about."""
    notice = get_object_or_404(Notice.objects.inbox_of(request.user), pk=pk)
    mark_read(Notice.objects.filter(pk=notice.pk), at=clock.now())
    is_ours = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and is_ours else "notices:inbox")


@signed_in
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read and stay."""
    notice = get_object_or_404(Notice.objects.inbox_of(request.user), pk=pk)
    mark_read(Notice.objects.filter(pk=notice.pk), at=clock.now())
    return done(request, reverse("notices:inbox"))


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything in the inbox as read."""
    count = mark_read(
        Notice.objects.filter(pk__in=Notice.objects.inbox_of(request.user).order_by().values("pk")),
        at=clock.now(),
    )
    return done(request, reverse("notices:inbox"), _("%(count)s marked as read.") % {"count": count})
