"""What the acts of this app are called in the audit trail."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "people.user.profile_changed": _("Changed the own profile"),
    "people.user.password_changed": _("Changed the own password"),
    "people.user.role_granted": _("Gave a role"),
    "people.user.role_revoked": _("Took a role away"),
    "people.team.confirmed": _("Confirmed the members"),
}
DETAILS = {"members": _("members")}
