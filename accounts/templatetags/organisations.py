"""Stages, grades and phones as they are shown."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.choices import Stage
from accounts.queries import masked, may_see_phones

register = template.Library()
LOOKS = {
    Stage.SCOUTING: "none", Stage.EVALUATED: "none", Stage.PARKED: "soon", Stage.DROPPED: "none",
    Stage.COOPERATING: "done", Stage.MAINTAINING: "done",
}  # fmt: skip


@register.simple_tag
def stage_badge(stage: str) -> SafeString:
    """The stage as a word on a quiet badge."""
    return _badge(LOOKS.get(Stage(stage), "doing"), str(Stage(stage).label))


@lru_cache(maxsize=128)
def _badge(look: str, label: str) -> SafeString:
    return format_html('<span class="badge status-{}">{}</span>', look, label)


@register.simple_tag
@lru_cache(maxsize=16)
def grade_mark(grade: str) -> SafeString | str:
    return format_html('<span class="grade grade-{}">{}</span>', grade, grade) if grade else "–"


@register.simple_tag(takes_context=True)
def phone(context: dict[str, Any], number: str) -> SafeString | str:
    """A number to tap, or its masked form for those who may not see it."""
    if not number:
        return ""
    if not may_see_phones(context["request"].user):
        return masked(number)
    return format_html('<a href="tel:{}">{}</a>', number, number)
