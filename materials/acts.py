"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "materials.stockmove.made": _("Moved stock"),
    "materials.requisition.pending": _("Asked for materials"),
    "materials.requisition.approved": _("Approved the requisition"),
    "materials.requisition.returned": _("Returned the requisition"),
    "materials.requisition.rejected": _("Rejected the requisition"),
    "materials.requisition.withdrawn": _("Withdrew the requisition"),
    "materials.requisition.fulfilled": _("Requisition carried out"),
    "materials.requisition.moved": _("Moved the requisition with its visit"),
    "materials.requisition.cut": _("Called off what was not issued"),
    "materials.handover.issued": _("Handed materials over"),
    "materials.handover.confirmed": _("Confirmed the receipt"),
    "materials.materialextra.pending": _("Asked for a supplement of materials"),
    "materials.materialextra.approved": _("Approved the supplement of materials"),
    "materials.materialextra.returned": _("Returned the supplement of materials"),
    "materials.materialextra.rejected": _("Rejected the supplement of materials"),
    "materials.materialextra.withdrawn": _("Withdrew the supplement of materials"),
    "materials.materialextra.fulfilled": _("Supplement of materials is in"),
    "materials.material.joined": _("Joined the list by a report"),
    "materials.material.enlarged": _("More of it by a report"),
}
DETAILS = {
    "quantity": _("quantity"),
    "number": _("number"),
}
