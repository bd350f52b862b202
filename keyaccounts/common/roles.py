"""The roles of the plan's organisation (plan R75–R79, `docs/architecture.md`)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody does in the campaign; a person may hold several."""

    REP = "rep", _("Key-account rep")
    LEAD = "lead", _("Team lead")
    DIRECTOR = "director", _("Key-account director")
    MARKETING = "marketing", _("Marketing centre")
    ADMIN_CENTRE = "admin_centre", _("Administration centre")
    FINANCE = "finance", _("Finance")
    SYSADMIN = "sysadmin", _("System administrator")


SALES = (Role.REP, Role.LEAD, Role.DIRECTOR)
EVERYONE = tuple(Role)
