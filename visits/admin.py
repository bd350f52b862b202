"""What the director sets for visits: the day, the hours of reminders."""

from django.contrib import admin

from keyaccounts.common.admin import RoleAdmin

from .models import DayTemplateStep, ReportRule


@admin.register(DayTemplateStep)
class DayTemplateStepAdmin(RoleAdmin):
    list_display = ("number", "starts_at", "ends_at", "title", "is_active")


@admin.register(ReportRule)
class ReportRuleAdmin(RoleAdmin):
    list_display = ("remind_at", "late_at", "escalate_hours", "confirm_visit_at", "minutes_before_visit")

    def has_add_permission(self, request, obj=None):
        return False  # there is one rule
