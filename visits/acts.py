"""What the acts of this app are called in the audit trail."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "visits.visit.planned": _("Planned the visit"),
    "visits.visit.edited": _("Changed the plan of the visit"),
    "visits.visit.proposed": _("Proposed a time"),
    "visits.visit.confirmed": _("Confirmed the visit"),
    "visits.visit.preparing": _("Began to prepare the visit"),
    "visits.visit.on_way": _("Set out"),
    "visits.visit.checked_in": _("Checked in"),
    "visits.visit.done": _("Finished the visit"),
    "visits.visit.rescheduled": _("Rescheduled the visit"),
    "visits.visit.cancelled": _("Cancelled the visit"),
    "visits.visit.no_show": _("Noted that they did not appear"),
    "visits.appointmentcall.logged": _("Called for the appointment"),
}
DETAILS = {"result": _("result")}
