"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "budget.entry.posted": _("Booked in the ledger"),
    "budget.budget.created": _("Drawn up"),
    "budget.budget.edited": _("Total changed"),
    "budget.budget.confirmed": _("Deduced values confirmed"),
    "budget.budget.approved": _("Approved and put in force"),
    "budget.budget.closed": _("Budget closed"),
    "budget.budget.reopened": _("Budget reopened"),
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
    "budget.expenseclaim.written": _("Wrote the claim"),
    "budget.expenseclaim.edited": _("Changed the claim"),
    "budget.expenseclaim.pending": _("Handed the claim in"),
    "budget.expenseclaim.approved": _("Approved the claim"),
    "budget.expenseclaim.returned": _("Returned the claim"),
    "budget.expenseclaim.rejected": _("Rejected the claim"),
    "budget.expenseclaim.withdrawn": _("Withdrew the claim"),
    "budget.expenseclaim.fulfilled": _("Paid the claim"),
    "budget.expenseclaim.settled": _("Reported what it came to"),
    "budget.expenseclaim.raised": _("Approved the difference"),
    "budget.receipt.added": _("Added receipts"),
    "budget.receipt.removed": _("Removed a receipt"),
}
DETAILS = {
    "line": _("budget line"),
    "amount": _("amount"),
    "purpose": _("purpose"),
    "kind": _("kind"),
    "carried_from": _("carried over from"),
    "confirmed": _("confirmed"),
    "receipts": _("receipts"),
}
