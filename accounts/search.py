"""Finding organisations by Chinese fragments of any length, full pinyin, initials and phone tails (D7).

``SearchKey`` holds short windows of every name: two characters, four initials, the last four digits of
phones. A look-up by window gives candidates in the order of an index; ``search_text`` decides. So a search costs
what it finds, not what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from .models import Contact, Organisation, SearchKey
from .rules.names import folded, normalise
from .rules.pinyin import as_initials, initials_of, syllables

HAN, LETTERS, DIGITS = 2, 4, 4
# Up to so many candidates are named one by one; a commoner window is asked for row by row.
FEW = 2_000
MOST_WORDS = 6
PHONE = re.compile(r"\d{4,}")

Rows = TypeVar("Rows", bound="models.QuerySet[Organisation]")


def _windows(text: str, size: int) -> set[bytes]:
    return {text[start : start + size].encode() for start in range(len(text))}


def _forms(name: str, *, is_person: bool = False) -> tuple[str, str, str]:
    """A name folded, its initials, its full pinyin."""
    plain = folded(name)
    parts = syllables(plain, is_person=is_person)
    return plain, initials_of(parts), "".join(parts)


def index_of(
    organisation: Organisation, contacts: Iterable[Contact], former: Iterable[Organisation] = ()
) -> tuple[str, set[bytes]]:
    """What the organisation is found by: the deciding text and the keys that lead to it.

    ``former`` are files merged into it: it is found by their names too.
    """
    lines: list[str] = [organisation.code.lower()]
    keys: set[bytes] = {organisation.code.lower().encode()[:12]}
    people = list(contacts)
    files = [organisation, *former]
    named = [
        *((name, False) for file in files for name in (file.name, file.short_name)),
        *((person.name, True) for person in people),
    ]
    for name, is_person in named:
        if not name:
            continue
        plain, initials, pinyin = _forms(name, is_person=is_person)
        lines += [plain, initials, pinyin]
        keys |= _windows(plain, HAN) | _windows(initials, LETTERS)
    for phone in [organisation.phone, *(number for p in people for number in (p.mobile, p.phone))]:
        digits = re.sub(r"\D", "", phone)
        if len(digits) >= DIGITS:
            lines.append(digits)
            keys.add(digits[-DIGITS:].encode())
    return "\n".join(lines), keys


INDEXED = ("search_text", "initials", "pinyin", "normalised_name", "sound")


def sound_of(plain: str) -> str:
    """How a normalised name sounds, without tones: what homophones are found by."""
    return "".join(syllables(plain))[:400]


def describe(
    organisation: Organisation, contacts: Iterable[Contact], former: Iterable[Organisation] = ()
) -> set[bytes]:
    """Set the columns an organisation is found by (``INDEXED``), unsaved; returns its search keys."""
    organisation.search_text, keys = index_of(organisation, contacts, former)
    _plain, initials, pinyin = _forms(organisation.name)
    organisation.initials, organisation.pinyin = initials[:100], pinyin[:400]
    organisation.normalised_name = normalise(organisation.name)
    organisation.sound = sound_of(organisation.normalised_name)
    return keys


def is_called(person: Contact, text: str) -> bool:
    """Whether what was typed finds this person: by name, pinyin, initials or a phone."""
    typed = folded(text)
    forms = (*_forms(person.name, is_person=True), re.sub(r"\D", "", person.mobile), person.phone)
    return any(typed in form for form in forms)


def reindex(organisation: Organisation) -> None:
    """Write anew what an organisation is found by, after its names, people or phones changed."""
    keys = describe(organisation, organisation.contacts.all(), organisation.merged_from.all())
    Organisation.objects.filter(pk=organisation.pk).update(
        **{name: getattr(organisation, name) for name in INDEXED}
    )
    SearchKey.objects.filter(organisation=organisation).delete()
    SearchKey.objects.bulk_create(SearchKey(organisation=organisation, key=key) for key in keys)


def reindex_all(*, batch: int = 2_000) -> int:
    """Write every organisation's search keys anew, in batches of bounded memory; returns how many organisations."""
    done, last = 0, 0
    while True:
        rows = list(
            Organisation.objects.filter(pk__gt=last)
            .order_by("pk")
            .prefetch_related("contacts", "merged_from")[:batch]
        )
        if not rows:
            return done
        keys: list[SearchKey] = []
        for row in rows:
            if row.merged_into_id or row.withdrawn_at:
                continue
            keys += [
                SearchKey(organisation=row, key=key)
                for key in describe(row, row.contacts.all(), row.merged_from.all())
            ]
        SearchKey.objects.filter(organisation__gt=last, organisation__lte=rows[-1].pk).delete()
        SearchKey.objects.bulk_create(keys, batch_size=5_000)
        Organisation.objects.bulk_update(rows, INDEXED, batch_size=500)
        done, last = done + len(rows), rows[-1].pk


def matching(rows: Rows, text: str) -> Rows:
    """Those of ``rows`` that the text finds; the scope of ``rows`` stays what it was. No text finds all; signs alone, nothing.

    Several words find what is called by all of them together, and what has each somewhere in its names, people
    and numbers: 清槐 中学, 热电 邢.
    """
    typed = folded(text)
    if not typed:
        return rows.none() if text.strip() else rows
    found = _called(rows, typed)
    words = [word for word in map(folded, text.split()) if word][:MOST_WORDS]
    if len(words) == 1:
        return found
    longest = max(words, key=len)
    each = _called(rows, longest)
    for word in words:
        each = each.filter(search_text__contains=word)
    return rows.filter(Q(pk__in=found.values("pk")) | Q(pk__in=each.values("pk")))


def _called(rows: Rows, typed: str) -> Rows:
    """Those of ``rows`` that one folded word finds."""
    windows = _windows_for(typed)
    wanted = Q()
    for window, size in windows:
        wanted |= (
            Q(key=window) if len(window.decode()) >= size else Q(key__gte=window, key__lt=window + b"\xff")
        )
    candidates = SearchKey.objects.filter(wanted)
    few = list(candidates.values_list("organisation_id", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        found = rows.filter(pk__in=set(few))
    else:
        found = rows.filter(Exists(candidates.filter(organisation=OuterRef("pk"))))
    if any(len(typed) > size or window.decode() != typed for window, size in windows):
        found = found.filter(search_text__contains=typed)
    return found


def _windows_for(typed: str) -> list[tuple[bytes, int]]:
    """The windows to look up for what was typed, each with the full size of its kind."""
    if PHONE.fullmatch(typed):
        # A tail of a phone, a whole phone, or digits in a name (301医院).
        return [(typed[-DIGITS:].encode(), DIGITS), (typed[:HAN].encode(), HAN)]
    if typed.isascii() and typed.isalpha():
        heads = {typed[:LETTERS], *(initials[:LETTERS] for initials in as_initials(typed))}
        return [(head.encode(), LETTERS) for head in sorted(heads)]
    if typed.isascii() and not typed.isdigit():
        return [(typed.encode()[:12], 12)]
    return [(typed[:HAN].encode(), HAN)]
