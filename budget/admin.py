"""The budget in the admin: limits, notes and closing of lines, claim rules; the ledger to read only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from keyaccounts.common.admin import RoleAdmin, RoleInline
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role

from .actions import budgets
from .choices import READERS, BudgetState
from .models import Budget, BudgetLimit, BudgetLine, ClaimRule, Entry

SEE = (*READERS, Role.SYSADMIN)


class LimitInline(RoleInline, admin.TabularInline):
    """Warn at 80 %, block at 100 %: for every line, or for one."""

    model = BudgetLimit
    view_roles = SEE
    delete_roles = (Role.DIRECTOR,)
    fields = ("line", "action", "percent")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        if db_field.name == "line" and match:
            # Only lines of this budget.
            kwargs["queryset"] = BudgetLine.objects.filter(
                budget=match.kwargs.get("object_id"), is_group=False
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LineInline(RoleInline, admin.TabularInline):
    """Names, notes and closing; amounts only while the budget is a draft. Lines are added on the site."""

    model = BudgetLine
    view_roles = SEE
    fields = ("number", "name", "original_amount", "stated_amount", "is_closed", "note")
    ordering = ("position", "number")
    max_num = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("number", "original_amount", "stated_amount") if obj and _is_in_force(obj) else ("number",)


def _is_in_force(budget: Budget) -> bool:
    return budget.state != BudgetState.DRAFT


@admin.register(Budget)
class BudgetAdmin(RoleAdmin):
    """One budget a campaign; it is drawn up and approved on the site, where each act has its rule."""

    view_roles = SEE
    list_display = ("campaign", "stated_amount", "state", "approved_by", "approved_at")
    list_select_related = ("campaign", "approved_by")
    readonly_fields = ("campaign", "state", "prepared_by", "approved_by", "approved_at")
    fields = ("campaign", "stated_amount", "state", "prepared_by", "approved_by", "approved_at")
    inlines = (LimitInline, LineInline)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # drawn up on the site

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        frozen = ("stated_amount",) if obj and _is_in_force(obj) else ()
        return (*self.readonly_fields, *frozen)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the action: a plain save would write back the ledger's end as this page read it."""
        if "stated_amount" in form.changed_data:
            self._try(
                request,
                lambda: budgets.edit_budget(
                    Budget.objects.get(pk=obj.pk),
                    stated_amount=form.cleaned_data["stated_amount"],
                    version=None,
                    by=request.user,
                ),
            )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Lines through the action too: their balances are the database's own."""
        if formset.model is not BudgetLine:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)
        for line, names in formset.changed_objects:
            values = {name: getattr(line, name) for name in names}
            self._try(
                request,
                lambda line=line, values=values: budgets.edit_line(  # type: ignore[misc]
                    line, version=None, by=request.user, **values
                ),
            )

    def _try(self, request: HttpRequest, act: Callable[[], Any]) -> None:
        try:
            act()
        except RuleViolation as violation:
            self.message_user(request, str(violation), messages.ERROR)


@admin.register(Entry)
class EntryAdmin(RoleAdmin):
    """The ledger, to read: nothing in it is ever changed."""

    view_roles = SEE
    change_roles = ()
    list_display = ("number", "booked_on", "line", "kind", "purpose", "amount", "by", "approved_by")
    list_filter = ("kind", "budget")
    list_select_related = ("line", "by", "approved_by")
    search_fields = ("purpose", "counterparty", "document")
    ordering = ("-pk",)


@admin.register(ClaimRule)
class ClaimRuleAdmin(RoleAdmin):
    """Which line a kind of claim goes to, who decides, what it needs."""

    list_display = ("kind", "category", "approver_role", "is_receipt_needed", "remind_after_days")
