"""What the director sets about the plan without code: campaigns with their parts, festivals, reminders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.admin import RoleAdmin, RoleInline
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .models import Campaign, DeadlineRule, FestivalDate, LeadWindow, Phase, Target, WorkItem


def _term_field(list_name: str, label: Any) -> forms.ChoiceField:
    """A code of a choice list, chosen by its words."""
    return forms.ChoiceField(
        label=label, choices=lambda: [("", _("Please choose")), *choices(list_name)], required=True
    )


class TargetForm(forms.ModelForm):
    org_type = _term_field(TermList.ORG_TYPE, _("organisation type"))

    class Meta:
        model = Target
        fields = ("org_type", "count")


class FestivalDateForm(forms.ModelForm):
    festival = _term_field(TermList.FESTIVAL, _("festival"))

    class Meta:
        model = FestivalDate
        fields = ("festival", "falls_on", "is_union_holiday")


class PhaseInline(RoleInline, admin.StackedInline):
    model = Phase
    fields = (("number", "name"), ("starts_on", "ends_on", "shown_until"), "goal")
    formfield_overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 3})}}


class WorkItemInline(RoleInline, admin.TabularInline):
    """Dates, words and people; the state moves on the site, where each move has its reason."""

    model = WorkItem
    fields = ("number", "phase", "content", "due_from", "due_on", "due_text", "departments", "owner", "note")
    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.SelectMultiple(attrs={"size": 4})},
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 24})},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "due_text":
            kwargs["widget"] = forms.TextInput(attrs={"size": 16})
        if db_field.name == "content":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2, "cols": 30})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        if db_field.name == "phase" and match:
            # Only phases of this campaign; a new one has none yet.
            kwargs["queryset"] = Phase.objects.filter(campaign=match.kwargs.get("object_id"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TargetInline(RoleInline, admin.TabularInline):
    model = Target
    form = TargetForm
    delete_roles = (Role.DIRECTOR,)


@admin.register(Campaign)
class CampaignAdmin(RoleAdmin):
    list_display = ("name", "state", "starts_on", "ends_on", "owner")
    list_filter = ("state",)
    search_fields = ("name",)
    fields = ("name", ("starts_on", "ends_on"), "venue", "goal", "owner", "state", "previous")
    readonly_fields = ("state", "previous")
    inlines = (PhaseInline, WorkItemInline, TargetInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A value edited here is confirmed thereby, and an open form elsewhere becomes stale."""
        for part in formset.initial_forms:
            row = part.instance
            if part.has_changed() and not part.cleaned_data.get("DELETE"):
                row.inferred = [name for name in row.inferred if name not in part.changed_data]
                if hasattr(row, "version"):
                    row.version += 1
        super().save_formset(request, form, formset, change)


@admin.register(FestivalDate)
class FestivalDateAdmin(RoleAdmin):
    form = FestivalDateForm
    delete_roles = (Role.DIRECTOR,)
    list_display = ("name_shown", "falls_on", "is_union_holiday")
    list_filter = ("is_union_holiday",)
    date_hierarchy = "falls_on"

    @admin.display(description=_("festival"), ordering="festival")
    def name_shown(self, row: FestivalDate) -> str:
        return row.name


@admin.register(LeadWindow)
class LeadWindowAdmin(RoleAdmin):
    list_display = ("name", "from_days", "to_days", "advice")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(RoleAdmin):
    list_display = ("days_before", "is_active")
