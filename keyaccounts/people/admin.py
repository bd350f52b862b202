"""People, roles, departments and teams for the system administrator. People are deactivated, never deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.admin import RoleAdmin, RoleInline
from keyaccounts.common.roles import Role

from .actions import grant_role, revoke_role
from .forms import NewPersonForm, PersonForm, RoleFormSet
from .models import Department, DepartmentAlias, RoleGrant, Team, TeamMember, User


class RoleGrantInline(RoleInline, admin.TabularInline):
    model = RoleGrant
    formset = RoleFormSet
    change_roles = (Role.SYSADMIN,)
    delete_roles = (Role.SYSADMIN,)


@admin.register(User)
class PersonAdmin(RoleAdmin, UserAdmin):
    change_roles = (Role.SYSADMIN,)
    form = PersonForm
    add_form = NewPersonForm
    inlines = (RoleGrantInline,)
    list_display = ("name", "username", "title", "department", "roles_shown", "is_active")
    list_filter = ("is_active", "department", "grants__role")
    search_fields = ("name", "username", "mobile")
    ordering = ("pk",)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("username", "password", "must_change_password")}),
        (_("Person"), {"fields": ("name", "title", "department", "mobile", "email", "joined_on", "left_on")}),
        (_("Access"), {"fields": ("is_active", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "name", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("grants").select_related("department")

    @admin.display(description=_("roles"))
    def roles_shown(self, person: User) -> str:
        return person.role_names

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Roles come and go as the acts they are: each is in the trail, and the settings open and close with them."""
        formset.save(commit=False)  # what the message about the change counts
        person, asked = form.instance, formset.roles()
        had = {grant.role for grant in person.grants.all()}
        for role in asked - had:
            grant_role(person, role, by=request.user)  # type: ignore[arg-type]
        for role in had - asked:
            revoke_role(person, role, by=request.user)  # type: ignore[arg-type]


class AliasInline(RoleInline, admin.TabularInline):
    model = DepartmentAlias
    change_roles = (Role.SYSADMIN, Role.DIRECTOR)
    delete_roles = (Role.SYSADMIN, Role.DIRECTOR)


@admin.register(Department)
class DepartmentAdmin(RoleAdmin):
    change_roles = (Role.SYSADMIN, Role.DIRECTOR)
    list_display = ("name", "code")
    inlines = (AliasInline,)


class TeamMemberInline(RoleInline, admin.TabularInline):
    model = TeamMember
    change_roles = ()


@admin.register(Team)
class TeamAdmin(RoleAdmin):
    change_roles = (Role.SYSADMIN, Role.DIRECTOR)
    list_display = ("name", "confirmed_by", "confirmed_on")
    readonly_fields = ("confirmed_by", "confirmed_on")
    inlines = (TeamMemberInline,)
