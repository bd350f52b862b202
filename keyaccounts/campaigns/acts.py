"""What the acts of this app are called in the audit trail."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "campaigns.campaign.created": _("Drew up the campaign"),
    "campaigns.campaign.edited": _("Edited the campaign"),
    "campaigns.campaign.started": _("Started the campaign"),
    "campaigns.campaign.closed": _("Closed the campaign"),
    "campaigns.campaign.confirmed": _("Confirmed values deduced from the plan"),
    "campaigns.campaign.targets": _("Set the targets"),
    "campaigns.phase.created": _("Added the phase"),
    "campaigns.phase.edited": _("Edited the phase"),
    "campaigns.workitem.created": _("Added the work item"),
    "campaigns.workitem.edited": _("Edited the work item"),
    "campaigns.workitem.moved": _("Moved the work item"),
    "campaigns.workitem.document": _("Attached a document"),
}
DETAILS = {
    "previous": _("previous round"),
    "moved_days": _("moved by days"),
    "confirmed": _("confirmed"),
    "targets": _("targets"),
    "done_on": _("done on"),
    "file": _("file"),
}
