"""Choice lists: renamed, hidden and added to; a code stays what it is, because records keep it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from keyaccounts.common.admin import RoleAdmin
from keyaccounts.common.roles import Role

from .models import Term
from .queries import forget_when_committed


@admin.register(Term)
class TermAdmin(RoleAdmin):
    view_roles = (Role.DIRECTOR, Role.SYSADMIN)
    change_roles = (Role.DIRECTOR, Role.SYSADMIN)
    list_display = ("label", "code", "list", "position", "is_hidden", "is_eligible_key", "is_public_sector")
    list_filter = ("list", "is_hidden")
    search_fields = ("label", "code")
    ordering = ("list", "position", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("list", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_when_committed()
