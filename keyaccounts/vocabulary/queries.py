"""Reading the choice lists. All of them are small: each process keeps one copy and asks once a second
whether somebody has changed them."""

from __future__ import annotations

import time
import unicodedata
import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction

from .models import Term, TermList

STAMP_KEY = "vocabulary-stamp"
ASK_EVERY = 1.0  # seconds between two looks at the stamp
READ_EVERY = 60.0  # seconds until the lists are read anew although nobody told of a change


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a choice list, with what rules ask about it."""

    code: str
    label: str
    is_hidden: bool
    is_eligible_key: bool
    is_public_sector: bool


@dataclass(slots=True)
class _Copy:
    lists: dict[str, dict[str, Choice]]
    stamp: str | None
    read_at: float
    asked_at: float


_copy: _Copy | None = None


def _read() -> dict[str, dict[str, Choice]]:
    lists: dict[str, dict[str, Choice]] = {name: {} for name in TermList.values}
    fields = ("list", "code", "label", "is_hidden", "is_eligible_key", "is_public_sector")
    for name, *values in Term.objects.order_by("list", "position", "code").values_list(*fields):
        lists.setdefault(name, {})[values[0]] = Choice(*values)
    return lists


def _all() -> dict[str, dict[str, Choice]]:
    global _copy
    now, copy = time.monotonic(), _copy
    if copy is not None and now - copy.asked_at < ASK_EVERY:
        return copy.lists
    stamp = cache.get(STAMP_KEY)
    if copy is None or copy.stamp != stamp or now - copy.read_at > READ_EVERY:
        copy = _Copy(_read(), stamp, now, now)
    else:
        copy.asked_at = now
    _copy = copy
    return copy.lists


def forget() -> None:
    """Read the lists anew, in every process: after a change in the admin, and between tests."""
    global _copy
    _copy = None
    cache.set(STAMP_KEY, uuid.uuid4().hex, None)


def forget_when_committed() -> None:
    """Forget now for this transaction, and for everybody else once the change is really there."""
    forget()
    transaction.on_commit(forget)


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


def words(list_name: str) -> dict[str, str]:
    """What every code of a list reads like, for those who ask of many rows."""
    return {term.code: term.label for term in terms(list_name).values()}


def labels(list_name: str, codes: list[str] | None) -> str:
    """Several codes as one text: 节日福利、员工自购."""
    return "、".join(label(list_name, code) for code in codes or [])


def code_of(list_name: str, text: str) -> str | None:
    """The code whose label (or code) is ``text``; None when there is none. For the Excel import.

    Full-width letters, brackets and blanks are read like the usual ones.
    """
    text = _plain(text)
    for term in terms(list_name).values():
        if text in (_plain(term.label), term.code):
            return term.code
    return None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text or "").split())
