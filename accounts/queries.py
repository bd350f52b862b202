"""Readings about organisations over several models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label, labels, terms

from .choices import FactField
from .models import Fact, Organisation, SilenceRule
from .rules.silence import days_silent, is_silent

FACT_LISTS = {
    "industry": TermList.INDUSTRY,
    "income_band": TermList.INCOME_BAND,
    "gift_demand": TermList.GIFT_DEMAND,
    "gift_distribution": TermList.FESTIVAL,
    "meeting_time": TermList.MEETING_TIME,
    "purchase_mode": TermList.PURCHASE_MODE,
    "promo_method": TermList.PROMOTION_METHOD,
}
FACT_GROUPS: dict[str, tuple[str, ...]] = {
    "basics": (
        "staff_count", "coverage_count", "avg_annual_income", "income_band", "main_business", "industry", "office_environment",
        "living_environment", "foot_traffic",
    ),
    "needs": (
        "gift_demand", "gift_demand_text", "intention", "power", "per_capita_budget", "price_low", "price_high",
        "attention", "health_focus", "health_attention",
    ),
    "buying": (
        "gift_distribution", "gift_distribution_note", "meeting_time", "meeting_time_note", "collective_activities",
        "purchase_mode", "buying_process", "current_supplier",
    ),
    "promotion": ("intranet", "recent_events", "promo_timing", "promo_place", "promo_method"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silent:
    """An organisation without contact for longer than its grade allows."""

    organisation: Organisation
    days: int
    allowed: int
    silent_since: date


def silent(*, on: date, user: Any = None) -> list[Silent]:
    """All of ``each_silent`` at once."""
    return list(each_silent(on=on, user=user))


def each_silent(*, on: date, user: Any = None, only: Iterable[str] = ()) -> Iterator[Silent]:
    """Organisations silent ``on`` that day by their grade's rule (R34), longest first within the grade.

    One after the other, so that a run over all of them keeps its memory. Parked and dropped organisations are left
    alone on purpose. ``user`` narrows to what that person sees, ``only`` what is read of each to these fields and
    what the question itself asks.
    """
    rules = list(SilenceRule.objects.all())
    if not rules:
        return
    late = Q()
    for rule in rules:
        edge = on - timedelta(days=rule.contact_days)
        late |= Q(grade=rule.grade) & (
            Q(last_contact_on__lt=edge) | Q(last_contact_on__isnull=True, created_at__date__lt=edge)
        )
    rows = Organisation.objects.all() if user is None else Organisation.objects.visible_to(user)
    rows = rows.filter(late).present().at_work().select_related("owner")
    if only:
        rows = rows.only("grade", "last_contact_on", "created_at", *only)
    allowed = {rule.grade: rule.contact_days for rule in rules}
    for row in rows.order_by("grade", "last_contact_on", "code").iterator(chunk_size=1000):
        days = days_silent(row.last_contact_on, row.created_at.date(), on)
        if is_silent(days, allowed[row.grade]):
            since = (row.last_contact_on or row.created_at.date()) + timedelta(days=allowed[row.grade] + 1)
            yield Silent(row, days, allowed[row.grade], since)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """The latest known answer in words, and where it came from."""

    field: str
    label: str
    text: str
    observed_on: date | None
    source_label: str
    source_url: str
    asked: str
    is_wide: bool
    answers: int


def fact_in_words(field: str, value: Any) -> str:
    """A fact's value as people read it: choices by label, numbers with separators."""
    if value in (None, "", []):
        return ""
    if field in FACT_LISTS:
        return (
            labels(FACT_LISTS[field], value) if isinstance(value, list) else label(FACT_LISTS[field], value)
        )
    model_field = Organisation._meta.get_field(field)
    for code, text in getattr(model_field, "flatchoices", None) or []:
        if str(code) == str(value):
            return str(text)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def source_url(source: str) -> str:
    """The page of the record a fact came from: a name of an address, never an import from above."""
    kind, _colon, pk = source.partition(":")
    names = {
        "visits.visit": "visits:visit",
        "imports.upload": "imports:upload",
        "accounts.importbatch": "accounts:import_batch",
    }
    if kind not in names:
        return ""
    try:
        return reverse(names[kind], args=[int(pk)])
    except (NoReverseMatch, ValueError):
        return ""


def known_facts(organisation: Organisation) -> dict[str, list[KnownFact]]:
    """The organisation's latest answers by section, each with its source; unknown ones have no text."""
    latest: dict[str, Fact] = {}
    answers: Counter[str] = Counter()
    for fact in organisation.facts.select_related("asked").order_by("-observed_on", "-pk"):
        latest.setdefault(fact.field, fact)
        answers[fact.field] += 1
    return {
        group: [_known(organisation, name, latest.get(name), answers[name]) for name in names]
        for group, names in FACT_GROUPS.items()
    }


def _known(organisation: Organisation, name: str, fact: Fact | None, answers: int) -> KnownFact:
    text = fact_in_words(name, getattr(organisation, name))
    shown = fact if fact is not None and text else None
    return KnownFact(
        field=name,
        label=str(FactField(name).label),
        text=text,
        observed_on=shown.observed_on if shown else None,
        source_label=shown.source_label if shown else "",
        source_url=source_url(shown.source) if shown else "",
        asked=shown.asked.name if shown and shown.asked else "",
        is_wide=len(text) > 24,
        answers=answers,
    )


@dataclass(frozen=True, slots=True)
class Similar:
    """An organisation like another one, and what they share in words."""

    pk: int
    name: str
    stage: str
    shared: list[str]

    def get_absolute_url(self) -> str:
        return reverse("accounts:organisation", args=[self.pk])


def similar_to(organisation: Organisation, *, user: Any, limit: int = 6) -> list[Similar]:
    """同类单位: same type, industry or district, those that share most first, better grades before others (R60)."""
    visible = (
        Organisation.objects.visible_to(user)
        .exclude(pk=organisation.pk)
        .only("name", "stage", "grade", "type", "industry", "district", "code")
        .order_by("code")
    )
    same = {name: value for name in SHARED if (value := getattr(organisation, name))}
    alike = [Q(**{name: value}) for name, value in same.items()]
    # Those that share two come from the first question, and only when there are too few is another asked.
    asked = [reduce(or_, (one & other for one, other in combinations(alike, 2)))] if len(alike) > 1 else []
    found: dict[int, Organisation] = {}
    for wanted in (*asked, *alike):
        if len(found) >= limit:
            break
        found |= {row.pk: row for row in visible.filter(wanted)[: limit * 2] if row.pk not in found}

    def shared(row: Organisation) -> list[str]:
        return [name for name, value in same.items() if getattr(row, name) == value]

    ranked = sorted(found.values(), key=lambda row: (-len(shared(row)), row.grade or "Z", row.code))
    return [
        Similar(row.pk, row.name, row.stage, [_term(name, same[name]) for name in shared(row)])
        for row in ranked[:limit]
    ]


# What makes two organisations alike.
SHARED = ("type", "industry", "district")
_LISTS = {"type": TermList.ORG_TYPE, "industry": TermList.INDUSTRY, "district": TermList.DISTRICT}


def _term(name: str, code: str) -> str:
    return label(_LISTS[name], code)


def is_public_sector(organisation: Organisation) -> bool:
    """As its file says, or else as its type says (practice 2.12)."""
    if organisation.public_sector is not None:
        return organisation.public_sector
    term = terms(TermList.ORG_TYPE).get(organisation.type)
    return bool(term and term.is_public_sector)


def may_see_phones(user: Any) -> bool:
    """Sales and the director see phones; the marketing centre sees them masked (practice 2.12)."""
    return user.has_role(Role.REP, Role.LEAD, Role.DIRECTOR)


def masked(phone: str) -> str:
    """199****1001."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****" if phone else ""
