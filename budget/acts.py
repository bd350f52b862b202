"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "budget.entry.posted": _("Booked in the ledger"),
    "budget.budget.created": _("Drawn up"),
    "budget.budget.edited": _("Total changed"),
    "budget.budget.confirmed": _("Deduced values confirmed"),
    "budget.budget.approved": _("Approved and put in force"),
    "budget.budgetline.created": _("Line added"),
    "budget.budgetline.edited": _("Line changed"),
    "budget.budgetline.removed": _("Line taken out"),
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
    "purpose": _("purpose"),
    "kind": _("kind"),
    "carried_from": _("carried over from"),
    "confirmed": _("confirmed"),
}
