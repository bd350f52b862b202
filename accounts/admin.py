"""What the director sets for organisations."""

from django.contrib import admin

from keyaccounts.common.admin import RoleAdmin

from .models import SilenceRule


@admin.register(SilenceRule)
class SilenceRuleAdmin(RoleAdmin):
    list_display = ("grade", "contact_days", "visit_days")
