"""The admin by roles: what the director sets without code.

``RoleAdmin`` for models, ``RoleInline`` in front of ``admin.TabularInline`` for their parts::

    @admin.register(SilenceRule)
    class SilenceRuleAdmin(RoleAdmin):
        list_display = ("grade", "contact_days", "visit_days")

Rows outside the person's scope do not appear, published versions are read-only, and each change
leaves a row in the audit trail with the old and the new values.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse

from .forms import check_year, say_choose, say_required
from .models import Inferable, Versioned
from .roles import Role


class _ByRole:
    """Permissions from roles instead of Django's permission tables.

    ``view_roles`` may look, ``change_roles`` may add and change. Nobody deletes unless
    ``delete_roles`` says so: records are hidden, ended or replaced by a new version.
    """

    view_roles: tuple[Role, ...] = (Role.DIRECTOR, Role.SYSADMIN)
    change_roles: tuple[Role, ...] = (Role.DIRECTOR,)
    delete_roles: tuple[Role, ...] = ()

    def is_frozen(self, obj: Any) -> bool:
        """A published version is replaced by a new one, never edited."""
        return bool(getattr(obj, "published_at", None))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*self.view_roles, *self.change_roles)  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*self.change_roles) and not self.is_frozen(obj)  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*self.change_roles) and not self.is_frozen(obj)  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*self.delete_roles) and not self.is_frozen(obj)  # type: ignore[union-attr]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_or_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            say_choose(field)
            say_required(field)
            check_year(field)
        return field

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)  # type: ignore[misc]
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


class RoleInline(_ByRole):
    """In front of ``admin.TabularInline`` or ``admin.StackedInline``."""

    extra = 0
    show_change_link = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Each cell says its column to a screen reader: a tabular inline has no labels of its own."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        for field in formset.form.base_fields.values():
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", field.label)
        return formset


class RoleAdmin(_ByRole, admin.ModelAdmin):
    """A model in the admin, by roles and with an audit trail (see the module)."""

    list_per_page = 50
    show_full_result_count = False
    save_on_top = False

    # -- the trail ----------------------------------------------------------------------------
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, obj, "created", message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self._record(request, obj, "deleted", [])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        request.admin_changes = {  # type: ignore[attr-defined]
            name: [_plain(form.initial.get(name)) if change else None, _plain(form.cleaned_data.get(name))]
            for name in form.changed_data
            if "password" not in name
        }
        if change and isinstance(obj, Inferable):
            # Whoever edits a value deduced from the plan has thereby confirmed it.
            obj.inferred = [name for name in obj.inferred if name not in form.changed_data]
        if change and isinstance(obj, Versioned):
            obj.version += 1
        super().save_model(request, obj, form, change)

    def _record(self, request: HttpRequest, obj: Any, verb: str, message: Any) -> None:
        data: dict[str, Any] = {"changes": getattr(request, "admin_changes", {})}
        parts = [
            str(part.get("object", ""))
            for entry in (message if isinstance(message, list) else [])
            if isinstance(entry, dict)
            for part in entry.values()
            if "object" in part
        ]
        if parts:
            data["parts"] = parts
        self.admin_site.record(obj, f"{obj._meta.label_lower}.{verb}", by=request.user, **data)  # type: ignore[attr-defined]

    def history_view(  # type: ignore[override]
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """History is the audit trail's, of this record."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return self.admin_site.history(request, obj)  # type: ignore[attr-defined]


def _plain(value: Any) -> Any:
    if isinstance(value, models.QuerySet | list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, models.Model):
        return str(value)
    if value is None or isinstance(value, bool | int | float | dict):
        return value
    return str(value)
