"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "budget.entry.posted": _("Booked in the ledger"),
    **{
        f"budget.{kind}.{state}": words
        for kind in ("supplement", "transfer")
        for state, words in {
            "drafted": _("Drafted"),
            "edited": _("Changed"),
            "pending": _("Handed in"),
            "approved": _("Approved"),
            "rejected": _("Rejected"),
            "returned": _("Returned"),
            "withdrawn": _("Withdrawn"),
        }.items()
    },
}
DETAILS = {
    "line": _("budget line"),
    "amount": _("amount"),
}
