"""How requests are shown: their state with its colour, where goods are taken in."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from keyaccounts.approvals.choices import RequestState

register = template.Library()
TONES = {
    RequestState.DRAFT: "none",
    RequestState.PENDING: "soon",
    RequestState.APPROVED: "doing",
    RequestState.REJECTED: "late",
    RequestState.RETURNED: "late",
    RequestState.FULFILLED: "done",
    RequestState.WITHDRAWN: "none",
}


@register.simple_tag
def request_badge(request: Any) -> SafeString:
    """The state of a request, in words and colour."""
    return format_html(
        '<span class="badge status-{}">{}</span>',
        TONES.get(request.state, "none"),
        request.get_state_display(),
    )


@register.simple_tag
def receive_url(material: Any, extra: Any) -> str:
    """Where the goods of a report are taken in."""
    try:
        return f"{reverse('materials:receive', args=[material.pk])}?extra={extra.pk}"
    except NoReverseMatch:
        return ""
