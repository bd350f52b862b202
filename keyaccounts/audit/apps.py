from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "keyaccounts.audit"
    verbose_name = _("Audit trail")
    default = True


class OfficeConfig(admin_apps.AdminConfig):
    """Django's admin with our sign-in, name and audit trail."""

    default = False
    default_site = "keyaccounts.audit.office.OfficeSite"
    verbose_name = _("Settings")
