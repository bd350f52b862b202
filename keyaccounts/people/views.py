"""Signing in and out."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from keyaccounts.common.access import Access, signed_in


class SignIn(LoginView):
    template_name = "people/sign_in.html"
    redirect_authenticated_user = True
    access = Access(frozenset(), public=True)


@signed_in
@require_POST
def sign_out(request):
    """End the session; drafts stay in the browser, under this person's number only."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request, credentials, *args, **kwargs):
    """Too many wrong passwords: say how long to wait."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "people/locked_out.html", {"minutes": minutes}, status=429)
