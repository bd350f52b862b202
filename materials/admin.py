"""What the director sets about materials: the list, the kits, who approves what. The marketing centre works on the site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from keyaccounts.common import clock
from keyaccounts.common.admin import RoleAdmin, RoleInline
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.fields import TermChoice
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .actions.items import refresh_estimate
from .models import ApprovalRule, Kit, KitLine, Material
from .models.items import DECISION


class MaterialAdminForm(forms.ModelForm):
    category = TermChoice(TermList.MATERIAL_CATEGORY, label=_("Material category"))

    class Meta:
        model = Material
        fields = (
            "campaign", "number", "name", "category", "quantity", "kinds", "unit", "due_on", "department", "remark",
            "is_charged", "line", "planned_price", "low_level", "is_returnable",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        # Chosen once; afterwards the list it is on is not asked for again.
        line, campaign_id = found.get("line"), getattr(found.get("campaign"), "pk", self.instance.campaign_id)
        moved = self.instance.pk and self.instance.moves.exists()
        if moved and found.get("category") == DECISION:
            self.add_error("category", _("What lies in the store is no decision."))
        if line and not found.get("is_charged"):
            self.add_error("line", _("What a department pays is not charged to a line of the budget."))
        if line and (line.is_group or line.budget.campaign_id != campaign_id):
            self.add_error("line", _("Choose a line of this campaign's budget that has no parts."))
        return found


@admin.register(Material)
class MaterialAdmin(RoleAdmin):
    """Stock and state are not edited here: they move on the site, each with its reason."""

    form = MaterialAdminForm
    list_display = (
        "number",
        "name",
        "category_shown",
        "quantity",
        "unit",
        "due_on",
        "department",
        "state",
        "on_hand",
    )
    list_display_links = ("number", "name")
    list_filter = ("campaign", "state", "department")
    list_select_related = ("department", "campaign")
    search_fields = ("name", "remark")
    readonly_fields = ("state", "ready_on", "on_hand", "reserved")

    @admin.display(description=_("material category"), ordering="category")
    def category_shown(self, row: Material) -> str:
        return row.category_name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What has moved keeps its campaign, its unit, and whether it is lent."""
        has_moved = obj is not None and obj.moves.exists()
        return (*self.readonly_fields, *(("campaign", "unit", "is_returnable") if has_moved else ()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_estimate(obj, at=clock.now())


class KitLineInline(RoleInline, admin.TabularInline):
    """Names as the plan has them; the campaign's material is found by its name or another name of it."""

    model = KitLine
    fields = ("number", "name", "quantity", "unit", "scale", "remark", "to_confirm")
    readonly_fields = ("to_confirm",)
    delete_roles = (Role.DIRECTOR,)

    @admin.display(description=_("to be confirmed"))
    def to_confirm(self, row: KitLine) -> str:
        """The fields deduced from the plan, until somebody edits them."""
        return "、".join(str(KitLine._meta.get_field(name).verbose_name) for name in row.inferred)  # type: ignore[union-attr]


@admin.register(Kit)
class KitAdmin(RoleAdmin):
    list_display = ("name", "use", "people", "is_active")
    inlines = (KitLineInline,)

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """Whoever edits a row deduced from the plan has thereby confirmed what was edited."""
        for row in formset.forms:
            if row.instance.pk and row.has_changed():
                row.instance.inferred = [
                    name for name in row.instance.inferred if name not in row.changed_data
                ]
        super().save_formset(request, form, formset, change)


class ApprovalRuleForm(forms.ModelForm):
    category = forms.ChoiceField(
        label=_("material category"),
        required=False,
        choices=lambda: [("", _("every other category")), *choices(TermList.MATERIAL_CATEGORY)],
    )

    class Meta:
        model = ApprovalRule
        fields = ("category", "above", "role")


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(RoleAdmin):
    form = ApprovalRuleForm
    list_display = ("__str__", "role")
    delete_roles = (Role.DIRECTOR,)
