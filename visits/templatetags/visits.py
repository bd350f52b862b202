"""States of visits as they are shown, and the way to a place."""

from urllib.parse import quote

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from visits.choices import VisitState

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


@register.filter
def map_link(address: str) -> str:
    """An address that the phone's map application opens."""
    return f"https://uri.amap.com/search?keyword={quote(address)}&city=北京"
