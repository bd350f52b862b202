"""States of visits as they are shown, and the way to a place."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from visits.choices import AGREED_STATES, VisitState, plan_state, trip_state
from visits.models import VehicleRequest, Visit, VisitPlan

register = template.Library()
LOOKS = {
    VisitState.TO_CALL: "none", VisitState.PROPOSED: "soon", VisitState.REVIEWED: "done", VisitState.REPORTED: "done",
    VisitState.DONE: "soon", VisitState.RETURNED: "late", VisitState.NO_SHOW: "late", VisitState.CANCELLED: "none",
    VisitState.RESCHEDULED: "none",
}  # fmt: skip


@register.simple_tag
def visit_badge(state: str) -> SafeString:
    """The state as a word on a quiet badge."""
    return format_html(
        '<span class="badge status-{}">{}</span>',
        LOOKS.get(VisitState(state), "doing"),
        VisitState(state).label,
    )


TRIP_LOOKS = {"pending": "soon", "approved": "doing", "fulfilled": "done", "rejected": "late"}


@register.simple_tag
def trip_badge(trip: VehicleRequest, now: datetime | None = None) -> SafeString:
    """Whether there is a vehicle, as a word on a quiet badge; red where it should be back by ``now``."""
    if now is not None and trip.is_out_late(at=now):
        return format_html('<span class="badge status-late">{}</span>', _("Return not noted"))
    return format_html(
        '<span class="badge status-{}">{}</span>', TRIP_LOOKS.get(trip.state, "none"), trip_state(trip)
    )


@register.simple_tag
def visit_look(visit: Visit, now: datetime) -> str:
    """The colour of a visit in the calendar: red once its hour has passed and nobody said what became of it."""
    if visit.state in AGREED_STATES and visit.planned_at is not None and visit.planned_at <= now:
        return "late"
    return LOOKS.get(VisitState(visit.state), "doing")


PLAN_LOOKS = {"pending": "doing", "approved": "done", "returned": "late"}


@register.simple_tag
def plan_badge(plan: VisitPlan | None, is_late: bool = False) -> SafeString:
    """How a plan stands; a missing one is grey until it is late."""
    if plan is None:
        words = pgettext("plan", "Not handed in")
        return format_html('<span class="badge status-{}">{}</span>', "late" if is_late else "none", words)
    look = "soon" if plan.state == "pending" and plan.needs_approval else PLAN_LOOKS.get(plan.state, "none")
    return format_html('<span class="badge status-{}">{}</span>', look, plan_state(plan))


LINE_LOOKS = {"planned": "doing", "done": "done", "moved": "soon", "cancelled": "none"}


@register.simple_tag
def line_badge(row: Any) -> SafeString:
    """What became of a line of a plan; one whose day has passed without a word is red."""
    look = "late" if row.is_late else LINE_LOOKS[row.state]
    words = pgettext("plan", "No word yet") if row.is_late else row.state.label
    return format_html('<span class="badge status-{}">{}</span>', look, words)


@register.filter
def map_link(address: str) -> str:
    """An address that the phone's map application opens."""
    return f"https://uri.amap.com/search?keyword={quote(address)}&city=北京"


@register.filter
def of(found: dict[int, Any], key: int) -> Any:
    """The supply of one visit among those of the day."""
    return found.get(key)


@register.filter
def has_requisition(found: dict[int, Any], key: int) -> bool:
    """Whether something has been asked for, which says more than what was wished for."""
    supply = found.get(key)
    return bool(supply and supply.requisition)


@register.filter
def any_to_confirm(found: dict[int, Any]) -> bool:
    """Whether several handovers of the day wait to be confirmed: then one tap confirms all."""
    return sum(len(supply.to_confirm) for supply in found.values()) > 1
