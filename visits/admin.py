"""What the director sets for visits: the day, the hours of reminders, journeys, vehicles, guests, plans."""

from django import forms
from django.contrib import admin

from keyaccounts.common.admin import RoleAdmin
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .models import (
    DayTemplateStep,
    Driver,
    HospitalityRule,
    PlanRule,
    ReportRule,
    TravelRule,
    Vehicle,
    VehicleRule,
)


@admin.register(DayTemplateStep)
class DayTemplateStepAdmin(RoleAdmin):
    list_display = ("number", "starts_at", "ends_at", "title", "is_active")


class OneRuleAdmin(RoleAdmin):
    """There is one row; it is changed, never added to."""

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(ReportRule)
class ReportRuleAdmin(OneRuleAdmin):
    list_display = ("remind_at", "late_at", "escalate_hours", "confirm_visit_at", "minutes_before_visit")


@admin.register(TravelRule)
class TravelRuleAdmin(RoleAdmin):
    list_display = (
        "__str__", "is_allowed", "is_refusal_needed", "cap_per_trip", "over_cap", "is_receipt_needed",
    )  # fmt: skip

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """The ways of travelling are those of the choice list."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "mode":
            field.widget = forms.Select(choices=choices(TermList.VEHICLE_RESULT))
        return field


@admin.register(VehicleRule)
class VehicleRuleAdmin(OneRuleAdmin):
    list_display = ("request_by", "late_action", "minutes_each_way")


@admin.register(HospitalityRule)
class HospitalityRuleAdmin(OneRuleAdmin):
    list_display = ("cap_per_head", "over_cap", "report_within_hours")


@admin.register(PlanRule)
class PlanRuleAdmin(OneRuleAdmin):
    list_display = ("__str__", "needs_approval", "has_monthly", "remind_at", "since_on")


class FleetAdmin(RoleAdmin):
    """Nobody deletes what has driven. The marketing centre keeps the fleet on the site: visits/views/fleet."""


@admin.register(Vehicle)
class VehicleAdmin(FleetAdmin):
    list_display = ("plate", "name", "seats", "is_active")


@admin.register(Driver)
class DriverAdmin(FleetAdmin):
    list_display = ("name", "mobile", "is_active")
