"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "budget.entry.posted": _("Booked in the ledger"),
}
DETAILS = {
    "line": _("budget line"),
    "amount": _("amount"),
}
