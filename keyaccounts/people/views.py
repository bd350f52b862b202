"""Signing in and out, one's own page, and the teams."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from keyaccounts.audit.actions import record
from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.access import Access, public, requires, signed_in
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.forms import PageForm, side_by_side
from keyaccounts.common.pages import done, page_or_part, put_on
from keyaccounts.common.roles import Role

from .actions import change_profile, confirm_team
from .forms import ProfileForm, TeamForm
from .models import Team, TeamMember, User


class SignIn(LoginView):
    template_name = "people/sign_in.html"
    redirect_authenticated_user = True
    access = Access(frozenset(), public=True)


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; drafts stay in the browser, under this person's number only."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request: HttpRequest, credentials: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: say how long to wait."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "people/locked_out.html", {"minutes": minutes}, status=429)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, kept in a cookie; back to the page it was chosen on."""
    return set_language(request)


class OwnPasswordForm(PageForm, PasswordChangeForm):
    """The old password and a new one twice, in the house's form pattern."""


@signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """An own password; the other sessions of this person end."""
    user: User = request.user  # type: ignore[assignment]
    form = OwnPasswordForm(user, request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            user.must_change_password = False
            form.save()
            record(user, "people.user.password_changed", by=user)
        update_session_auth_hash(request, user)
        return done(request, reverse("people:me"), _("The new password counts from now on."))
    context = {
        "form": form,
        "heading": _("Change password"),
        "submit_label": _("Save"),
        "cancel_url": "" if user.must_change_password else reverse("people:me"),
    }
    return page_or_part(
        request,
        page="people/password.html",
        part="components/_form.html",
        context=context,
        status=422 if form.errors else 200,
    )


@signed_in
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """我的: particulars, teams, language, look, saved filters, password, sign-out."""
    user: User = request.user  # type: ignore[assignment]
    fields = ("mobile", "email", "wants_email", "version")
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in fields})
    stale: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            change_profile(user, version=form.cleaned_data["version"], by=user, **form.facts())
        except StaleEdit as violation:
            put_on(form, violation)
            stored = {name: getattr(violation.current, name) for name in fields[:-1]}
            stale = side_by_side(form, stored, version=violation.current.version)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, reverse("people:me"), _("Saved."))
    context = {
        "form": form,
        "person": user,
        "stale": stale,
        "memberships": user.memberships.filter(until_on__isnull=True).select_related("team"),
        "saved_filters": user.saved_filters.all(),
        "languages": settings.LANGUAGES,
        "submit_label": _("Save"),
        "draft_key": "me",
    }
    return render(request, "people/me.html", context, status=422 if form.errors else 200)


@requires(Role.MARKETING, Role.DIRECTOR)
@require_http_methods(["GET"])
def teams(request: HttpRequest) -> HttpResponse:
    """The teams with their members; the marketing centre confirms them (R47)."""
    present = (
        TeamMember.objects.filter(until_on__isnull=True).select_related("user").order_by("-is_lead", "pk")
    )
    rows = Team.objects.select_related("confirmed_by").prefetch_related(
        Prefetch("members", queryset=present, to_attr="present")
    )
    return render(request, "people/teams.html", {"teams": rows})


@requires(Role.MARKETING)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the members of one team."""
    team = get_object_or_404(Team, pk=pk)
    present = team.members.filter(until_on__isnull=True)
    initial = {
        "members": list(present.values_list("user", flat=True)),
        "lead": present.filter(is_lead=True).values_list("user", flat=True).first(),
        "version": team.version,
    }
    form = TeamForm(request.POST or None, team=team, initial=initial)
    stale: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            confirm_team(
                team,
                version=form.cleaned_data["version"],
                on=clock.today(),
                by=request.user,  # type: ignore[arg-type]
                **form.facts(),
            )
        except StaleEdit as violation:
            put_on(form, violation)
            there = [member.user for member in present.select_related("user")]
            lead = next((m.user for m in present.filter(is_lead=True).select_related("user")), None)
            stale = side_by_side(form, {"members": there, "lead": lead}, version=violation.current.version)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(
                request, reverse("people:teams"), _("The members of %(team)s are confirmed.") % {"team": team}
            )
    context = {
        "form": form,
        "stale": stale,
        "team": team,
        "present": present.select_related("user"),
        "events": history(team, limit=20),
        "heading": _("Confirm the members of %(team)s") % {"team": team},
        "submit_label": _("Confirm the members"),
        "cancel_url": reverse("people:teams"),
        "draft_key": f"team-{team.pk}",
    }
    return page_or_part(
        request,
        page="people/team.html",
        part="components/_form.html",
        context=context,
        status=422 if form.errors else 200,
    )
