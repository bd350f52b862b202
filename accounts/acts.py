"""What the acts of this app are called in the audit trail."""

from django.utils.translation import gettext_lazy as _

from keyaccounts.vocabulary.models import TermList

ACTS = {
    "accounts.organisation.created": _("Entered the organisation"),
    "accounts.organisation.edited": _("Edited the organisation"),
    "accounts.organisation.moved": _("Moved the stage"),
    "accounts.organisation.placed": _("Noted where the organisation is"),
    "accounts.organisation.collaborators": _("Named the collaborators"),
    "accounts.organisation.handed_over": _("Handed the organisation over"),
    "accounts.organisation.merged": _("Merged another file into it"),
    "accounts.attachment.added": _("Added a paper"),
    "accounts.attachment.removed": _("Took a paper away"),
    "accounts.contact.added": _("Added a contact"),
    "accounts.contact.edited": _("Edited a contact"),
    "accounts.keycontact.confirmed": _("Confirmed the key contact"),
    "accounts.keycontactchange.requested": _("Asked for a change of the key contact"),
    "accounts.keycontactchange.decided": _("Decided on the change of the key contact"),
    "accounts.keycontactchange.withdrawn": _("Withdrew the change of the key contact"),
    "accounts.contactlog.added": _("Logged a contact"),
    "accounts.intel.reported": _("Reported news"),
    "accounts.importbatch.uploaded": _("Uploaded a workbook"),
    "accounts.importbatch.committed": _("Wrote the import"),
    "accounts.importbatch.reverted": _("Took the import back"),
    "accounts.organisation.imported": _("Added from an import"),
    "accounts.intel.read": _("Read the news"),
    "accounts.evaluation.made": _("Evaluated the organisation"),
    "accounts.evaluation.reviewed": _("Reviewed the evaluation"),
    "accounts.evaluationpolicy.published": _("Published evaluation weights"),
    "accounts.evaluationpolicy.created": _("Drew up evaluation weights"),
    "accounts.evaluationpolicy.changed": _("Edited evaluation weights"),
    "accounts.prioritylist.submitted": _("Submitted the priority list"),
    "accounts.prioritylist.decided": _("Decided on the priority list"),
}
# Whose reason is chosen from a list.
REASONS = {"accounts.organisation.moved": (TermList.PARK_REASON, TermList.LOSS_REASON)}
DETAILS = {
    "points": _("points"),
    "completeness": _("completeness"),
    "grades_changed": _("grades changed"),
    "chosen": _("chosen"),
    "changes": _("changes"),
    "fields": _("fields"),
    "people": _("people"),
    "from": _("from"),
    "to": _("to"),
    "source": _("source"),
    "lines": _("lines"),
    "next_step": _("next step"),
}
