"""What the director sets for notices: the quiet hours."""

from django.contrib import admin

from keyaccounts.common.admin import RoleAdmin

from .models import QuietHours


@admin.register(QuietHours)
class QuietHoursAdmin(RoleAdmin):
    list_display = ("begins_at", "ends_at")

    def has_add_permission(self, request, obj=None):
        return False  # there is one row
