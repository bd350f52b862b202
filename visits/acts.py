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
    "visits.visitreport.submitted": _("Submitted the visit report"),
    "visits.visitreport.reviewed": _("Reviewed the visit report"),
    "visits.visitreport.returned": _("Returned the visit report"),
    "visits.visitreport.reopened": _("Reopened the visit report"),
    "visits.visitreport.printed": _("Printed visit reports"),
    "visits.vehiclerequest.pending": _("Asked for a vehicle"),
    "visits.vehiclerequest.edited": _("Changed the vehicle request"),
    "visits.vehiclerequest.approved": _("Assigned a vehicle"),
    "visits.vehiclerequest.reassigned": _("Assigned another vehicle"),
    "visits.vehiclerequest.rejected": _("Could not send a vehicle"),
    "visits.vehiclerequest.withdrawn": _("Released the vehicle"),
    "visits.vehiclerequest.fulfilled": _("Vehicle came back"),
    "visits.travelclaim.written": _("Wrote a travel claim"),
    "visits.hospitality.written": _("Wrote a hospitality request"),
    "visits.hospitality.reported": _("Reported on the hospitality"),
    "visits.visitphoto.added": _("Added photos"),
    "visits.visitphoto.removed": _("Removed a photo"),
}
DETAILS = {
    "result": _("result"),
    "changed": _("new answers"),
    "visits": _("visits"),
    "photos": _("photos"),
    "filter": _("filter"),
}
