"""Signing in and out."""

from django.contrib.auth.views import LoginView
from django.shortcuts import render

from keyaccounts.common.access import Access


class SignIn(LoginView):
    template_name = "people/sign_in.html"
    redirect_authenticated_user = True
    access = Access(frozenset(), public=True)


def locked_out(request, credentials, *args, **kwargs):
    """Too many wrong passwords: say how long to wait."""
    return render(request, "people/locked_out.html", status=429)
