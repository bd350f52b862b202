"""One entry of the ledger and what may follow it; booking by hand; what is committed and not paid."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budget.actions import booking, ledger
from budget.choices import READERS, WRITERS, EntryKind
from budget.exports import entry_cells, entry_columns
from budget.filters import EntryFilter
from budget.forms.booking import ACT_FORMS, BookingForm
from budget.models import Budget, Entry
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.references import follow
from keyaccounts.exports.answers import listing_answer

ACTS = {
    EntryKind.COMMIT: ("pay", "release"),
    EntryKind.SPEND: ("refund", "reverse"),
    EntryKind.REFUND: ("reverse",),
    EntryKind.SUPPLEMENT: ("reverse",),
}


def _entry(request: HttpRequest, pk: int) -> Entry:
    rows = Entry.objects.visible_to(request.user).select_related(
        "budget__campaign", "line__budget", "by", "approved_by", "about"
    )
    return get_object_or_404(rows, pk=pk)


def _followers(entry: Entry) -> list[Entry]:
    return list(entry.followers.select_related("by").prefetch_related("followers").order_by("number"))


def _possible(entry: Entry, followers: list[Entry]) -> tuple[str, ...]:
    """What may still be done with an entry: a closed commitment and a reversed entry are done with."""
    kinds = {follower.kind for follower in followers}
    if entry.kind == EntryKind.COMMIT and kinds & {EntryKind.SPEND, EntryKind.RELEASE}:
        return ()
    if EntryKind.REVERSAL in kinds:
        return ()
    possible = ACTS.get(EntryKind(entry.kind), ())
    back = _came_back(followers)
    if entry.kind == EntryKind.SPEND and back:
        return ("refund",) if back < entry.amount else ()
    return possible


def _came_back(followers: list[Entry]) -> Any:
    return sum(
        f.amount
        for f in followers
        if f.kind == EntryKind.REFUND
        and not any(after.kind == EntryKind.REVERSAL for after in f.followers.all())
    )


@requires(*READERS)
@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: what it did, where it comes from, what it follows and what followed it."""
    shown = _entry(request, pk)
    followers = _followers(shown)
    owner = follow(shown.source, user=request.user)
    possible = _possible(shown, followers) if request.user.has_role(*WRITERS) else ()  # type: ignore[union-attr]
    if owner and shown.kind == EntryKind.COMMIT:
        possible = ()
    context = {
        "shown": shown,
        "owner": owner,
        "followers": followers,
        "acts": [(name, LABELS[name]()) for name in possible],
        "is_open": shown.kind == EntryKind.COMMIT
        and not {f.kind for f in followers} & {EntryKind.SPEND, EntryKind.RELEASE},
        "events": history(shown, limit=10),
    }
    return render(request, "budget/entry.html", context)


LABELS = {
    "pay": lambda: _("Pay"),
    "release": lambda: _("Release"),
    "refund": lambda: _("Money comes back"),
    "reverse": lambda: _("Reverse"),
}


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def entry_act(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Pay, release, refund or reverse: a form that says what it does to the line before it is done."""
    shown = _entry(request, pk)
    if how not in ACT_FORMS:
        raise Http404
    followers = _followers(shown)
    left = shown.amount - _came_back(followers)
    form = ACT_FORMS[how](
        request.POST or None, initial={"amount": left, "on": clock.today(), "document": shown.document}
    )
    now = clock.now()

    def act() -> str:
        facts = form.facts()
        if how == "pay":
            made = booking.pay(shown, facts.pop("amount"), at=now, by=request.user, **facts)
        elif how == "release":
            made = booking.release(shown, on=now.date(), at=now, by=request.user, **facts)
        elif how == "refund":
            key = form.cleaned_data["submission_key"]
            made = booking.refund(shown, facts.pop("amount"), key=key, at=now, by=request.user, **facts)
        else:
            made = ledger.reverse(shown, on=now.date(), at=now, by=request.user, **facts)
        return made.get_absolute_url()

    balance = shown.line.balance
    effects = {
        "pay": _("Paid, %(amount)s is no longer committed but spent; a difference goes back to the line."),
        "release": _("%(amount)s goes back to the line: %(left)s left → %(after)s."),
        "refund": _("What comes back can be used again: %(left)s left now. At most %(rest)s."),
        "reverse": _("A second entry takes back what this one did. Both stay."),
    }
    return answer(
        request,
        form,
        act=act,
        message=_("Booked."),
        page="components/confirm_page.html",
        context={
            "heading": f"{LABELS[how]()} · {shown}",
            "text": effects[how]
            % {
                "amount": f"¥{shown.amount:,.2f}",
                "left": f"¥{balance.left:,.2f}",
                "after": f"¥{balance.left + shown.amount:,.2f}",
                "rest": f"¥{left:,.2f}",
            },
            "submit_label": LABELS[how](),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(*WRITERS)
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Book by hand what neither a claim nor a list books by itself; the balance after stands beside it."""
    asked = request.GET.get("line", "")
    form = BookingForm(
        request.POST or None,
        initial={"on": clock.today(), "line": asked if asked.isdecimal() else None},
    )
    now = clock.now()

    def act() -> str:
        facts = form.facts()
        made = booking.book(
            facts.pop("line"),
            facts.pop("amount"),
            key=form.cleaned_data["submission_key"],
            at=now,
            by=request.user,
            **facts,
        )
        return made.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Booked."),
        context={
            "heading": _("Book"),
            "submit_label": _("Book it"),
            "cancel_url": reverse("budget:current"),
            "draft_key": "booking",
            "preview": "booking",
        },
    )


@requires(*READERS)
@require_safe
def commitments(request: HttpRequest, pk: int) -> HttpResponseBase:
    """已占用未付: promised and not paid, the oldest first."""
    budget = get_object_or_404(Budget.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    listing = Listing(
        request,
        key="commitments",
        queryset=Entry.objects.filter(budget=budget)
        .open_commitments()
        .select_related("line", "by", "approved_by"),
        filterset_class=EntryFilter,
        filter_kwargs={"budget": budget},
        columns=entry_columns(),
        default_sort="booked_on",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(
            request, listing, title=_("Committed and not paid"), pluck=partial(entry_cells, budget)
        )
    context = {
        "rows_part": "budget/_entry_rows.html",
        "heading": _("Committed and not paid"),
        "empty_text": _("Everything promised has been paid or released."),
    }
    return list_page(listing, **context)
