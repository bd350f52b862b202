"""The frame around every page: navigation by role, the phone's bottom bar, what 新建 offers, the inbox count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice

SALES = {Role.REP, Role.LEAD}
READERS = {Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING}


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to go: a URL name, its words and drawing, and who is offered it."""

    name: str
    label: Any
    icon: str
    roles: frozenset[str] | set[Role] = frozenset(Role)
    url: str = ""
    is_here: bool = False
    count: int = 0
    menu: bool = False


NAV = (
    Entry("visits:today", _("Today"), "checklist", SALES),
    Entry("home", _("Overview"), "home", set(Role) - SALES),
    Entry("accounts:organisations", _("Organisations"), "building-community", READERS),
    Entry("visits:visits", _("Visits"), "map-pin", READERS),
    Entry("visits:calls", _("Calls"), "phone", SALES),
    Entry("visits:week", _("Calendar"), "calendar-week", READERS),
    Entry("accounts:intel", _("News"), "news", {Role.DIRECTOR, Role.MARKETING, Role.LEAD, Role.REP}),
    Entry("visits:to_review", _("Reports to review"), "report-analytics", {Role.DIRECTOR}),
    Entry("dashboard:approvals", _("Approvals"), "clipboard-check", {Role.DIRECTOR}),
    Entry("accounts:ranking", _("Evaluation"), "chart-bar", {Role.LEAD, Role.REP, Role.DIRECTOR}),
    Entry("campaigns:current", _("The plan"), "timeline"),
    Entry("people:teams", _("Teams"), "users", {Role.MARKETING}),
    Entry("audit:trail", _("Audit trail"), "history", {Role.DIRECTOR}),
    Entry("admin:index", _("Settings"), "settings", {Role.DIRECTOR, Role.SYSADMIN}),
)
CREATE = (
    Entry("visits:plan", _("Visit"), "map-pin", {Role.REP, Role.LEAD, Role.DIRECTOR}),
    Entry("accounts:log_contact", _("Call"), "phone", {Role.REP, Role.LEAD, Role.DIRECTOR}),
    Entry("accounts:intel_new", _("News"), "news", {Role.REP, Role.LEAD, Role.DIRECTOR}),
    Entry("accounts:organisation_new", _("Organisation"), "building", {Role.REP, Role.LEAD, Role.DIRECTOR}),
    Entry("accounts:imports", _("Import from Excel"), "upload", {Role.REP, Role.LEAD, Role.DIRECTOR}),
)
PLUS = Entry("", "", "plus", menu=True)
ME = Entry("people:me", _("Me"), "user")
INBOX = Entry("notices:inbox", _("Inbox"), "bell")
BOTTOM: tuple[tuple[set[Role], tuple[Entry, ...]], ...] = (
    ({Role.DIRECTOR}, (NAV[1], NAV[8], PLUS, NAV[6], ME)),
    (SALES, (NAV[0], NAV[2], PLUS, INBOX, ME)),
    ({Role.MARKETING}, (NAV[2], NAV[3], NAV[10], NAV[6], ME)),
    (set(Role), (NAV[1], NAV[10], INBOX, ME)),
)
PERSON = (ME, Entry("people:password", _("Change password"), "key"))


@cache
def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""  # a page that a later app brings


def _offered(entries: tuple[Entry, ...], request: HttpRequest, counts: dict[str, int]) -> list[Entry]:
    roles, here = request.user.roles, request.path  # type: ignore[union-attr]
    found: list[Entry] = []
    for entry in entries:
        if not entry.menu and (not (roles & {str(role) for role in entry.roles}) or not _address(entry.name)):
            continue
        url = _address(entry.name) if entry.name else ""
        found.append(replace(entry, url=url, count=counts.get(entry.name, 0)))
    # The entry whose address is the longest beginning of this page's: 今日 rather than 拜访 on /visits/today/.
    beginnings = [
        e.url for e in found if e.url and (here == e.url if e.url == "/" else here.startswith(e.url))
    ]
    nearest = max(beginnings, key=len, default="")
    return [replace(entry, is_here=bool(nearest) and entry.url == nearest) for entry in found]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor; reads the database only when a page draws the frame."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    unread = Notice.objects.inbox_of(user).unread().order_by()[:100].count()
    counts = {"notices:inbox": unread}
    bottom = next(
        entries
        for roles, entries in BOTTOM
        if user.roles & {str(role) for role in roles} or roles == set(Role)
    )
    return {
        "nav": _offered(NAV, request, counts),
        "create": _offered(CREATE, request, counts),
        "bottom": _offered(bottom, request, counts),
        "person": _offered(PERSON, request, counts),
        "unread": unread,
        "inbox_url": _address("notices:inbox"),
        "search_url": _address("accounts:search") if user.has_role(*READERS) else "",
        "sign_out_url": _address("people:sign_out"),
    }
