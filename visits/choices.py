"""States and results of visits that rules depend on (practice 2.3, R118)."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class VisitState(TextChoices):
    """The appointment and the visit itself. What becomes of the report is ``ReportState``."""

    TO_CALL = "to_call", _("To be arranged")
    PROPOSED = "proposed", _("Proposed, waiting for an answer")
    CONFIRMED = "confirmed", _("Confirmed")
    PREPARING = "preparing", _("Materials and vehicle being prepared")
    ON_WAY = "on_way", _("On the way")
    CHECKED_IN = "checked_in", _("Checked in")
    DONE = "done", _("Done, report due")
    REPORTED = "reported", _("Report submitted")
    REVIEWED = "reviewed", _("Reviewed")
    RETURNED = "returned", _("Report returned")
    RESCHEDULED = "rescheduled", _("Rescheduled")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("They did not appear")


# Still to happen, in the order of the day.
PLANNED_STATES = (
    VisitState.TO_CALL,
    VisitState.PROPOSED,
    VisitState.CONFIRMED,
    VisitState.PREPARING,
    VisitState.ON_WAY,
)
# It took place: it has a number.
MADE_STATES = (
    VisitState.CHECKED_IN,
    VisitState.DONE,
    VisitState.REPORTED,
    VisitState.REVIEWED,
    VisitState.RETURNED,
)
# Made, and the report is not in.
REPORT_MISSING_STATES = (VisitState.CHECKED_IN, VisitState.DONE, VisitState.RETURNED)
# Agreed or begun: when its hour has passed, somebody has to say what became of it.
AGREED_STATES = (VisitState.CONFIRMED, VisitState.PREPARING, VisitState.ON_WAY)
# Came to nothing; each needs a reason.
ASIDE_STATES = (VisitState.RESCHEDULED, VisitState.CANCELLED, VisitState.NO_SHOW)


class CallResult(TextChoices):
    """What a call for an appointment came to: one tap."""

    ARRANGED = "arranged", _("Arranged")
    AGAIN = "again", _("Call again")
    NO_ANSWER = "no_answer", _("No answer")
    REFUSED = "refused", _("Refused")


class CheckInPlace(TextChoices):
    """Where a check-in happened, never required and never a track."""

    VERIFIED = "verified", _("At the organisation")
    OUTSIDE = "outside", _("Somewhere else")
    NOT_GIVEN = "not_given", _("Place not given")


class ReportState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    REVIEWED = "reviewed", _("Reviewed")
    RETURNED = "returned", _("Returned")


class PlanSpan(TextChoices):
    """拜访计划: for a week, or for a month where the director has switched that on (practice 2.3, S12, S14)."""

    WEEK = "week", _("Weekly plan")
    MONTH = "month", _("Monthly plan")


class LineState(TextChoices):
    """What became of one line of a visit plan."""

    PLANNED = "planned", pgettext_lazy("plan", "As planned")
    DONE = "done", pgettext_lazy("plan", "Visited")
    MOVED = "moved", pgettext_lazy("plan", "Moved")
    CANCELLED = "cancelled", pgettext_lazy("plan", "Fell through")


TRIP_STATES = {
    "draft": _("Draft"),
    "pending": _("Waiting for a vehicle"),
    "approved": _("Vehicle assigned"),
    "rejected": _("No vehicle to be had"),
    "fulfilled": _("Came back"),
    "withdrawn": _("Cancelled"),
}


def trip_state(trip: Any) -> str:
    """What people call the state of a vehicle request."""
    return str(TRIP_STATES.get(trip.state, trip.get_state_display()))


PLAN_STATES = {
    # Whether it waits for approval or is only read is frozen with the plan.
    True: {
        "pending": _("Waiting for approval"),
        "approved": _("Approved"),
        "returned": _("Returned"),
    },
    False: {
        "pending": pgettext_lazy("plan", "Handed in"),
        "approved": pgettext_lazy("plan", "Read"),
        "returned": _("Returned"),
    },
}


def plan_state(plan: Any) -> str:
    """What people call the state of a visit plan."""
    return str(PLAN_STATES[plan.needs_approval].get(plan.state, plan.get_state_display()))
