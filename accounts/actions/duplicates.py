"""Organisations that look like the one being entered (D2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.rules.names import folded, normalise
from accounts.search import matching, sound_of
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

MOST = 5
# A name of at least so many characters counts when a longer one contains it.
PART = 4
SHOWN = (
    "code",
    "name",
    "short_name",
    "normalised_name",
    "district",
    "phone",
    "owner__name",
    "owner__username",
)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """All that is shown of it: name, district and owner, whoever asks."""

    pk: int
    name: str
    district: str
    owner: str
    why: str


def find_duplicates(
    *, name: str, short_name: str = "", phone: str = "", but: Organisation | None = None
) -> list[LookAlike]:
    """Look-alikes among **all** organisations, also those outside the asker's scope, likeliest first.

    Alike are: the same name without region, company form and brackets; the same short name; the same
    sound; one contained in the other; the same switchboard.
    """
    plain = normalise(name)
    if len(plain) < 2:
        return []
    rows = Organisation.objects.present()
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    reasons: dict[int, tuple[int, Organisation, str]] = {}

    def note(found: Iterable[Organisation], rank: int, why: str) -> None:
        for row in found:
            if row.pk not in reasons or reasons[row.pk][0] > rank:
                reasons[row.pk] = (rank, row, why)

    def some(found: Any) -> Any:
        return found.select_related("owner").only(*SHOWN)[:MOST]

    note(some(rows.filter(normalised_name=plain)), 0, _("the same name"))
    for short in {folded(short_name), folded(name)} - {""}:
        note(
            [
                row
                for row in some(matching(rows, short))
                if short in (folded(row.short_name), row.normalised_name)
            ],
            1,
            _("the same short name"),
        )
    note(some(rows.filter(sound=sound_of(plain))), 2, _("sounds the same"))
    if len(plain) >= 3:
        note(some(matching(rows, plain)), 3, _("the name contains this one"))
        note(some(rows.filter(normalised_name__in=_parts(plain))), 4, _("this name contains that one"))
    if phone:
        note([row for row in some(matching(rows, phone)) if row.phone == phone], 5, _("the same switchboard"))
    ranked = sorted(reasons.values(), key=lambda found: (found[0], found[1].code))[:MOST]
    return [
        LookAlike(row.pk, row.name, label(TermList.DISTRICT, row.district), str(row.owner or ""), why)
        for _rank, row, why in ranked
    ]


def _parts(plain: str) -> set[str]:
    """The parts of a name that are long enough to be one: 燕岭重型铸造厂 of 燕岭重型铸造厂工会."""
    lengths = range(PART, len(plain))
    return {plain[at : at + length] for length in lengths for at in range(len(plain) - length + 1)}
