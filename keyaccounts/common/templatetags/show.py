"""How values are shown: dates the way people say them, amounts with their unit, unknown as 未填."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.db.models import Model
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()
WEEKDAYS = "一二三四五六日"


def _as_date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """7月10日 周二; with the year when it is not this one."""
    if not value:
        return ""
    shown = _as_date(value)
    year = "" if shown.year == timezone.localdate().year else f"{shown.year}年"
    return f"{year}{shown.month}月{shown.day}日 周{WEEKDAYS[shown.weekday()]}"


@register.filter
def short_day(value: date | datetime | None) -> str:
    """7月10日."""
    if not value:
        return ""
    return _in_short(_as_date(value), timezone.localdate())


def _in_short(shown: date, today: date) -> str:
    year = "" if shown.year == today.year else f"{shown.year}年"
    return f"{year}{shown.month}月{shown.day}日"


@register.filter
def clock_time(value: datetime | None) -> str:
    """14:30."""
    return timezone.localtime(value).strftime("%H:%M") if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """7月10日 周二 14:30."""
    return f"{day(value)} {clock_time(value)}" if value else ""


@register.filter
def relative_day(value: date | datetime | None) -> str:
    """今天, 明天, 3天后, 2天前 within a week; else the date."""
    if not value:
        return ""
    shown, today = _as_date(value), timezone.localdate()
    days = (shown - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    if 0 < days <= 7:
        return _("in %(days)s days") % {"days": days}
    if -7 <= days < 0:
        return _("%(days)s days ago") % {"days": -days}
    return _in_short(shown, today)


@register.filter
def yuan(value: Decimal | int | None) -> str:
    """¥12,345.60."""
    return "" if value is None else f"¥{value:,.2f}"


@register.filter
def known(value: Any) -> Any:
    """The value, or 未填 when nobody has asked yet: unknown is not zero."""
    return _("not known") if value is None or value in ("", []) else value


@register.simple_tag(takes_context=True)
def address_with(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some of its query changed; an empty value takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = value
    return "?" + query.urlencode()


@register.filter
def choice_label(row: Model, field: str) -> str:
    """The label of a row's choice, for lists: ``get_…_display`` makes the field's dictionary anew for every row."""
    code = getattr(row, field)
    return str(_choice_labels(type(row), field).get(code, code))


@lru_cache(maxsize=128)
def _choice_labels(model: type[Model], field: str) -> dict[Any, Any]:
    return dict(model._meta.get_field(field).flatchoices)  # type: ignore[union-attr]


@register.simple_tag
def colon() -> str:
    """The colon of the reader's language, between a label and what it says."""
    return pgettext("punctuation", ": ")


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A drawing from the sprite, hidden from screen readers: the text beside it says what it means."""
    return _drawing(name, css)


@lru_cache(maxsize=512)
def _drawing(name: str, css: str) -> SafeString:
    # Where the sprite is does not change while the program runs, and a page has hundreds of drawings.
    sprite = static("vendor/icons.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, sprite, name
    )
