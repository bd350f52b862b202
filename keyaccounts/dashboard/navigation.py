"""Where each role goes: the side bar, the phone's bottom bar, 新建 and the person's menu, as data.

A page enters the frame in two steps: a line in ``PLACES`` with its words and drawing, and its key in the
lists of the roles that need it every day. A side bar has at most nine entries, a bottom bar five.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Intel
from budget.models import ExpenseClaim
from keyaccounts.common.listing import capped_counts
from keyaccounts.common.roles import Role
from keyaccounts.notices.models import Notice
from visits.models import VehicleRequest, Visit

from . import approvals

MOST_ENTRIES = 9
COUNTED_UP_TO = 99


@dataclass(frozen=True, slots=True)
class Place:
    """One way to go: a URL name, its words and its drawing."""

    name: str
    label: Any
    icon: str
    query: str = ""
    under: tuple[
        str, ...
    ] = ()  # pages that lie elsewhere and belong here: their folder counts as this place's


PLUS = "plus"  # the bottom bar's ＋, which opens what CREATE offers
PLACES: dict[str, Place] = {
    PLUS: Place("", _("New"), "plus"),
    "today": Place("visits:today", _("Today"), "checklist"),
    "overview": Place("home", _("Overview"), "home"),
    "supply": Place("home", _("To supply"), "truck-delivery"),
    "approvals": Place("dashboard:approvals", _("Approvals"), "clipboard-check"),
    "organisations": Place("accounts:organisations", _("Organisations"), "building-community"),
    "visits": Place("visits:visits", _("Visits"), "map-pin"),
    "calls": Place("visits:calls", _("Calls"), "phone"),
    "week": Place("visits:week", _("Calendar"), "calendar-week"),
    "my_plan": Place("visits:my_plan", _("My visit plan"), "calendar-event"),
    "plans": Place("visits:plans", _("Visit plans"), "calendar-event"),
    "news": Place("accounts:intel", _("News"), "news"),
    "to_review": Place("visits:to_review", _("Reports to review"), "report-analytics"),
    "evaluation": Place("accounts:ranking", _("Evaluation"), "chart-bar"),
    "stock": Place("materials:stock", _("Stock"), "building-warehouse"),
    "plan": Place("campaigns:current", _("The plan"), "timeline"),
    "budget": Place("budget:current", _("Budget"), "wallet"),
    "supplements": Place("budget:supplements", _("Supplement reports"), "report-money"),
    "new_booking": Place("budget:book", _("Ledger entry"), "coin"),
    "new_supplement": Place("budget:supplement_new", _("Supplement report"), "report-money"),
    "teams": Place("people:teams", _("Teams"), "users"),
    "trail": Place("dashboard:trail", _("Audit trail"), "history"),
    "settings": Place("admin:index", _("Settings"), "settings"),
    "claims": Place(
        "budget:claims",
        _("Expense claims"),
        "receipt",
        under=("visits:travel_claim_new", "visits:guests_new"),
    ),
    "vehicles": Place("visits:vehicles", _("Vehicles"), "car"),
    "fleet": Place("visits:fleet", _("Vehicles and drivers"), "car"),
    "new_journey": Place("visits:travel_claim_new", _("Travel costs"), "car"),
    "new_claim": Place("budget:claim_new", _("Expense claim"), "receipt"),
    "new_guests": Place("visits:guests_new", _("Hospitality"), "users"),
    "inbox": Place("notices:inbox", _("Inbox"), "bell"),
    "todo": Place("notices:inbox", _("Things to do"), "bell"),
    "me": Place("people:me", _("Me"), "user"),
    "workbook": Place("dashboard:workbook", _("Marketing workbook"), "report-money"),
    "exports": Place("exports:exports", _("My exports"), "file-spreadsheet"),
    "password": Place("people:password", _("Change password"), "key"),
    "requisitions": Place("materials:requisitions", _("Requisitions"), "packages"),
    "extras": Place("materials:extras", _("Supplements of materials"), "file-text"),
    "kits": Place("materials:kits", _("Kits"), "package"),
    "new_requisition": Place("materials:requisition_new", _("Request materials"), "packages"),
    "new_receipt": Place("materials:stock", _("Receive goods"), "truck-delivery", "?act=receive"),
    "new_issue": Place("materials:stock", _("Hand out"), "send", "?act=issue"),
    "new_stocktake": Place("materials:stocktakes", pgettext_lazy("act", "Stocktake"), "clipboard-check"),
    "new_extra": Place("materials:extra_new", _("Supplement of materials"), "file-text"),
    "new_visit": Place("visits:plan", _("Visit"), "map-pin"),
    "new_call": Place("accounts:log_contact", _("Call"), "phone"),
    "new_news": Place("accounts:intel_new", _("News"), "news"),
    "new_organisation": Place("accounts:organisation_new", _("Organisation"), "building"),
    "import": Place("accounts:imports", _("Import from Excel"), "upload"),
}

# Whoever holds several roles gets the bottom bar of the first of them here, and the side bars joined in this order.
PRECEDENCE = (
    Role.DIRECTOR,
    Role.LEAD,
    Role.REP,
    Role.MARKETING,
    Role.ADMIN_CENTRE,
    Role.FINANCE,
    Role.SYSADMIN,
)
_SALES = ("today", "organisations", "visits", "calls", "week", "requisitions", "news", "evaluation", "plan")
SIDE: dict[Role, tuple[str, ...]] = {
    Role.DIRECTOR: (
        "overview", "approvals", "organisations", "visits", "to_review", "news", "evaluation", "budget", "plan",
    ),
    Role.LEAD: _SALES,
    Role.REP: _SALES,
    Role.MARKETING: (
        "supply", "approvals", "requisitions", "stock", "vehicles", "budget", "claims", "visits", "plan",
    ),
    Role.ADMIN_CENTRE: ("supply", "approvals", "requisitions", "stock", "claims", "plan"),
    Role.FINANCE: ("overview", "approvals", "budget", "claims", "supplements", "plan"),
    Role.SYSADMIN: ("overview", "plan", "settings"),
}  # fmt: skip
BOTTOM: dict[Role, tuple[str, ...]] = {
    Role.DIRECTOR: ("overview", "approvals", PLUS, "news", "me"),
    Role.LEAD: ("today", "organisations", PLUS, "todo", "me"),
    Role.REP: ("today", "organisations", PLUS, "todo", "me"),
    Role.MARKETING: ("supply", "stock", PLUS, "budget", "me"),
    Role.ADMIN_CENTRE: ("supply", "stock", PLUS, "claims", "me"),
    Role.FINANCE: ("overview", "budget", PLUS, "claims", "me"),
    Role.SYSADMIN: ("overview", "plan", "todo", "me"),
}
_MONEY_CREATE = ("new_booking", "new_supplement", "new_claim")
_STORE_CREATE = ("new_receipt", "new_issue", "new_stocktake")
_SALES_CREATE = (
    "new_visit", "new_call", "new_news", "new_organisation", "new_requisition", "new_journey", "new_guests",
    "new_claim", "import",
)  # fmt: skip
CREATE: dict[Role, tuple[str, ...]] = {
    Role.DIRECTOR: _SALES_CREATE,
    Role.LEAD: _SALES_CREATE,
    Role.REP: _SALES_CREATE,
    Role.MARKETING: (
        *_STORE_CREATE,
        "new_booking",
        "new_extra",
        "new_supplement",
        "new_requisition",
        "new_claim",
    ),
    Role.ADMIN_CENTRE: (*_STORE_CREATE, "new_extra", "new_requisition"),
    Role.FINANCE: _MONEY_CREATE,
}
# Under the person's name: seldom, but never out of reach.
PERSON: dict[Role, tuple[str, ...]] = {
    Role.SYSADMIN: ("me", "exports", "password"),
    Role.ADMIN_CENTRE: ("me", "todo", "kits", "extras", "exports", "password"),
    Role.REP: ("me", "my_plan", "stock", "claims", "vehicles", "kits", "extras", "exports", "password"),
    Role.LEAD: (
        "me",
        "plans",
        "my_plan",
        "stock",
        "claims",
        "vehicles",
        "kits",
        "extras",
        "exports",
        "password",
    ),
    Role.DIRECTOR: (
        "me",
        "workbook",
        "stock",
        "week",
        "plans",
        "claims",
        "vehicles",
        "requisitions",
        "kits",
        "extras",
        "exports",
        "teams",
        "trail",
        "settings",
        "password",
    ),
    Role.MARKETING: (
        "me",
        "workbook",
        "organisations",
        "week",
        "news",
        "fleet",
        "kits",
        "extras",
        "exports",
        "teams",
        "password",
    ),
    Role.FINANCE: ("me", "workbook", "exports", "password"),
}

# What a quiet badge counts, by URL name; rows of one person, counted up to 99, all in one query.
COUNTS: dict[str, Callable[[Any], QuerySet[Any]]] = {
    "notices:inbox": lambda user: Notice.objects.inbox_of(user).unread(),
    "accounts:intel": lambda user: Intel.objects.visible_to(user).unread(),
    "visits:to_review": lambda user: Visit.objects.to_review_by(user),
    "visits:vehicles": lambda user: VehicleRequest.objects.to_answer_by(user),
    "budget:claims": lambda user: ExpenseClaim.objects.to_pay_by(user),
}


def roles_in_order(user: Any) -> list[Role]:
    """The roles of a person, the one whose frame counts first."""
    return [role for role in PRECEDENCE if role.value in user.roles]


def joined(lists: dict[Role, tuple[str, ...]], roles: list[Role]) -> list[str]:
    """The keys of several roles, each once, in the order of the roles."""
    return list(dict.fromkeys(key for role in roles for key in lists.get(role, ())))


def counts_for(user: Any, names: set[str]) -> dict[str, int]:
    """The badges of the places a person is offered, in one query."""
    sources: list[tuple[str, QuerySet[Any]]] = [
        (name, count(user)) for name, count in COUNTS.items() if name in names
    ]
    if "dashboard:approvals" in names:
        sources += [("dashboard:approvals", kind.rows(user)) for kind in approvals.kinds_of(user)]
    if not sources:
        return {}
    numbers = capped_counts((rows for _name, rows in sources), beside=user, most=COUNTED_UP_TO)
    found: dict[str, int] = {}
    for (name, _rows), number in zip(sources, numbers, strict=True):
        found[name] = found.get(name, 0) + number
    return found
