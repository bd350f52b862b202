"""Reading the choice lists. All of them are small: one cached query serves a process."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

from .models import Term, TermList

CACHE_KEY = "vocabulary"
CACHE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    label: str
    is_hidden: bool
    is_eligible_key: bool
    is_public_sector: bool


def _all() -> dict[str, dict[str, Choice]]:
    lists = cache.get(CACHE_KEY)
    if lists is None:
        lists = {name: {} for name in TermList.values}
        fields = ("list", "code", "label", "is_hidden", "is_eligible_key", "is_public_sector")
        for name, *values in Term.objects.order_by("list", "position", "code").values_list(*fields):
            lists.setdefault(name, {})[values[0]] = Choice(*values)
        cache.set(CACHE_KEY, lists, CACHE_SECONDS)
    return lists


def forget() -> None:
    """Read the lists anew: after a change in the admin, and between tests."""
    cache.delete(CACHE_KEY)


def terms(list_name: str) -> dict[str, Choice]:
    """All choices of a list by code, hidden ones too, in their order."""
    return _all().get(list_name, {})


def choices(list_name: str, *, keep: str | list[str] | None = None) -> list[tuple[str, str]]:
    """What a form offers: choices not hidden, plus those of ``keep`` that the record already has."""
    kept = {keep} if isinstance(keep, str) else set(keep or [])
    return [(t.code, t.label) for t in terms(list_name).values() if not t.is_hidden or t.code in kept]


def label(list_name: str, code: str | None) -> str:
    """What people read for a code; the code itself when the list no longer knows it."""
    if not code:
        return ""
    term = terms(list_name).get(code)
    return term.label if term else code


def labels(list_name: str, codes: list[str] | None) -> str:
    """Several codes as one text: 节日福利、员工自购."""
    return "、".join(label(list_name, code) for code in codes or [])


def code_of(list_name: str, text: str) -> str | None:
    """The code whose label (or code) is ``text``; None when there is none. For the Excel import."""
    text = text.strip()
    for term in terms(list_name).values():
        if text in (term.label, term.code):
            return term.code
    return None
