"""The admin site: our name, our sign-in, our audit trail."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .actions import record
from .queries import history


class OfficeSite(AdminSite):
    """Where the director sets campaigns, weights, rules and choice lists without code."""

    site_header = _("Settings")
    site_title = _("Settings")
    index_title = _("What can be set")
    enable_nav_sidebar = False
    record = staticmethod(record)

    def history(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The acts on one record, to whoever may see it: the trail as a whole is the director's."""
        context = {**self.each_context(request), "title": _("History"), "subtitle": str(obj), "object": obj}
        return TemplateResponse(
            request, "audit/record_history.html", {**context, "opts": obj._meta, "events": history(obj)}
        )

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Nobody signs in here; who is signed in and has no business here is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("people:me")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("people:password")
