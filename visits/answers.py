"""The answers of a visit report: what is known before, what it opens with (R97), and how each reads in words (R94–R118)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.choices import Attention, Intention, Power
from accounts.models import Organisation
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices, label, labels

from .models import Visit, VisitReport
from .rules import is_blank

# The plan's form, group by group, in its order (R98–R117).
GROUPS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (
        "basics",
        _("Basic facts"),
        (
            "staff_count",
            "avg_annual_income",
            "income_band",
            "main_business",
            "industry",
            "office_environment",
            "living_environment",
            "foot_traffic",
        ),
    ),
    (
        "needs",
        _("What they need"),
        ("gift_demand", "gift_demand_text", "intention", "power", "price_low", "price_high", "attention"),
    ),
    ("special", _("Special information"), ("intranet", "recent_events", "recent_event_on")),
    ("promotion", _("Promotion advice"), ("promo_timing", "promo_place", "promo_method")),
)
FIELDS = tuple(name for _key, _title, names in GROUPS for name in names)
# What the organisation keeps as its latest known answer; the date of an event becomes news instead.
FACTS = tuple(name for name in FIELDS if name != "recent_event_on")

# How an answer is read: from a list, as a term, as a level, or with its unit.
LISTS = {
    "gift_demand": TermList.GIFT_DEMAND,
    "promo_method": TermList.PROMOTION_METHOD,
    "outcome": TermList.VISIT_OUTCOME,
}
TERMS = {"industry": TermList.INDUSTRY, "income_band": TermList.INCOME_BAND}
LEVELS: dict[str, Any] = {
    "intention": Intention,
    "intention_after": Intention,
    "power": Power,
    "attention": Attention,
}
UNITS = {
    "staff_count": "人",
    "avg_annual_income": "元",
    "price_low": "元/套",
    "price_high": "元/套",
    "minutes": "分钟",
}


def answers_of(record: VisitReport | Organisation) -> dict[str, Any]:
    """The answers a report or an organisation holds, blank ones too."""
    return {name: getattr(record, name, None) for name in FIELDS}


def earlier_reports(visit: Visit) -> list[VisitReport]:
    """Reports once submitted of the visits before this one at the organisation, the latest first."""
    rows = VisitReport.objects.filter(
        visit__organisation=visit.organisation_id, first_submitted_at__isnull=False
    ).exclude(visit=visit)
    if visit.number:
        rows = rows.filter(visit__number__lt=visit.number)
    return list(rows.order_by("-visit__number"))


def known_before(visit: Visit, *, reports: list[VisitReport] | None = None) -> dict[str, Any]:
    """The latest answer to each question before this visit: earlier reports, else the organisation's facts.

    What this visit's own report has already taught the organisation does not count as known before.
    """
    own = getattr(visit, "report", None)
    taught = set(own.changed_fields) if own is not None and own.first_submitted_at else set()
    known: dict[str, Any] = {}
    for source in reports if reports is not None else earlier_reports(visit):
        for name in FIELDS:
            if is_blank(known.get(name)):
                known[name] = getattr(source, name)
    for name in FACTS:
        if is_blank(known.get(name)) and name not in taught:
            known[name] = getattr(visit.organisation, name)
    return known


def opens_with(visit: Visit) -> dict[str, Any]:
    """What the form shows first: the report's own words, or a copy of what is known (R97)."""
    report = getattr(visit, "report", None)
    if report is not None:
        return {**answers_of(report), "remark": report.remark}
    # An event has a date of its own: last time's is not copied as if it were still to come.
    return {**known_before(visit), "recent_event_on": None}


def shown_answer(name: str, value: Any) -> str:
    """One answer of the report, or one particular of the visit, in words; empty when it was not asked."""
    if value in (None, "", [], ()):
        return ""
    if name in LISTS:
        # In the order of the list, whatever the order they were ticked in: the same answer reads the same.
        place = {code: n for n, (code, _text) in enumerate(choices(LISTS[name], keep=value))}
        return labels(LISTS[name], sorted(value, key=lambda code: place.get(code, len(place))))
    if name in TERMS:
        return label(TERMS[name], value)
    if name in LEVELS:
        return str(dict(LEVELS[name].choices).get(value, value))
    if name in UNITS:
        return f"{number_text(value)} {UNITS[name]}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value)


def number_text(value: Any) -> str:
    """A count or an amount as it is read: 1,203, 12.5."""
    text = f"{value:,}"
    return text.rstrip("0").rstrip(".") if isinstance(value, Decimal) and "." in text else text
