"""The home page of each role, and what waits for the director."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from budget.models import Budget, ExpenseClaim
from budget.queries import glance
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common import clock
from keyaccounts.common.access import public, requires, signed_in
from keyaccounts.common.readiness import not_ready
from keyaccounts.common.roles import Role
from keyaccounts.exports.answers import workbook_answer
from keyaccounts.people.models import Team
from materials.choices import KEEPERS

from . import approvals as waiting
from . import queries, supply, workbook
from .beginning import first_steps, words
from .forms import WorkbookForm

SHOWN = 8
CARDS_AT_HOME = 4


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What now? 总览 for the director, 待供应 for the marketing centre, Today for sales."""
    user, today = request.user, clock.today()
    if user.has_role(Role.DIRECTOR):  # type: ignore[union-attr]
        cards = waiting.cards_for(user)
        context: dict[str, Any] = {
            "figures": queries.figures(user, on=today, at=clock.now()),
            "funnel": queries.funnel(user),
            "phases": queries.phases(on=today),
            "cards": cards[:CARDS_AT_HOME],
            "waiting": len(cards),
            "second_visits": queries.without_second_visit(user),
            **_beginning(user),
        }
        return render(request, "dashboard/overview.html", context)
    if user.has_role(Role.REP, Role.LEAD):  # type: ignore[union-attr]
        return redirect("visits:today")
    if user.has_role(*KEEPERS):  # type: ignore[union-attr]
        return _to_supply(request)
    context = {"phases": queries.phases(on=today)}
    if user.has_role(Role.SYSADMIN):  # type: ignore[union-attr]
        context |= _beginning(user)
    if user.has_role(Role.FINANCE):  # type: ignore[union-attr]
        context |= {"money": glance(user), "undecided": waiting.count_for(user), **_to_pay(user)}
    return render(request, "dashboard/home.html", context)


def _to_supply(request: HttpRequest) -> HttpResponse:
    """待供应: the marketing centre's home, and the administration centre's for what it keeps."""
    now, user = clock.now(), request.user
    tab, span = request.GET.get("tab", ""), request.GET.get("span", "")
    context = {
        "queue": supply.queue(user, at=now, tab=tab, span=span),
        "spans": supply.SPANS,
        "tab": tab,
        "span": span,
        "today": now.date(),
        "slip_day": now.date() + timedelta(days=1 if span == "tomorrow" else 0),
        "undecided": waiting.count_for(user),
        "phases": queries.phases(on=now.date()),
        "money": glance(user) if user.has_role(Role.MARKETING) else None,  # type: ignore[union-attr]
        "teams": Team.objects.filter(confirmed_on__isnull=True) if user.has_role(Role.MARKETING) else [],  # type: ignore[union-attr]
    }
    if user.has_role(Role.MARKETING):  # type: ignore[union-attr]
        context |= _beginning(user)
    return render(request, "dashboard/supply.html", context)


def _beginning(user: Any) -> dict[str, Any]:
    """The first steps of the company, until all are done."""
    steps = first_steps(user)
    return {"first_steps": steps, "first_steps_words": words(steps)}


def _to_pay(user: Any) -> dict[str, Any]:
    """The claims that wait for this person's payment, the oldest first."""
    rows = ExpenseClaim.objects.visible_to(user).to_pay_by(user)
    listed = rows.select_related("requested_by", "line").order_by("decided_at", "pk")
    return {"to_pay": listed[:SHOWN], "to_pay_count": rows.count()}


@requires(*waiting.MAY_DECIDE)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Every request that waits for this person, decided with one tap."""
    return render(request, "dashboard/approvals.html", {"cards": waiting.cards_for(request.user)})


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database is migrated and the broker answers; else 503 and the names of what is not there."""
    missing = not_ready()
    text = "not ready: " + ", ".join(missing) if missing else "ok"
    return HttpResponse(text, content_type="text/plain", status=503 if missing else 200)


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 once a page can be served."""
    return HttpResponse("ok", content_type="text/plain")


@requires(Role.MARKETING, Role.DIRECTOR, Role.FINANCE)
@require_safe
def marketing_workbook(request: HttpRequest) -> HttpResponseBase:
    """The marketing centre's workbook: choose period, sheets and filter, then take it along."""
    user, today = request.user, clock.today()
    budget = Budget.objects.visible_to(user).current()
    if budget is None:
        return render(request, "dashboard/workbook.html", {"budget": None})
    wants_file = request.GET.get("export") == "xlsx"
    # A period chosen by its chip comes in the address too.
    period = {name: request.GET[name] for name in ("from_on", "until_on") if request.GET.get(name)}
    form = WorkbookForm(
        request.GET if wants_file else None, budget=budget, user=user, today=today, initial=period
    )
    if wants_file and form.is_valid():
        choice, at = form.choice, clock.now()
        return workbook_answer(
            request,
            title=_("Budget and materials"),
            total=choice.total,
            filters=choice.words(),
            write=lambda book, progress: workbook.write(book, choice, user=user, at=at, progress=progress),
        )
    context = {"budget": budget, "form": form, "periods": _periods(budget.campaign, today)}
    return render(request, "dashboard/workbook.html", context, status=422 if form.errors else 200)


def _periods(campaign: Campaign, today: date) -> list[tuple[str, date, date]]:
    """The periods people ask for, as chips: this week, this month, the whole campaign, each phase."""
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    found = [(_("This week"), monday, today), (_("This month"), first, today)]
    found.append((_("The whole campaign"), campaign.starts_on, max(today, campaign.starts_on)))
    phases = campaign.phases.filter(starts_on__lte=today)
    return found + [(str(phase), phase.starts_on, min(phase.ends_on or today, today)) for phase in phases]
