"""Organisations that look like the one being entered (D2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.rules.names import folded, normalise
from accounts.rules.pinyin import syllables
from accounts.search import matching

MOST = 5


@dataclass(frozen=True, slots=True)
class LookAlike:
    """All that is shown of it: name, district and owner, whoever asks."""

    pk: int
    name: str
    district: str
    owner: str
    why: str


def find_duplicates(
    *, name: str, short_name: str = "", phone: str = "", district: str = "", but: Organisation | None = None
) -> list[LookAlike]:
    """Look-alikes among **all** organisations, also those outside the asker's scope, likeliest first.

    Alike are: the same name without region, company form and brackets; one contained in the other; the
    same sound; the same short name; the same switchboard.
    """
    plain = normalise(name)
    if len(plain) < 2:
        return []
    rows = Organisation.objects.present()
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    sound = "".join(syllables(plain))
    reasons: dict[int, tuple[int, Organisation, str]] = {}

    def note(found: Any, rank: int, why: str) -> None:
        for row in found.select_related("owner")[:MOST]:
            if row.pk not in reasons or reasons[row.pk][0] > rank:
                reasons[row.pk] = (rank, row, why)

    note(rows.filter(normalised_name=plain), 0, _("the same name"))
    if short_name:
        short = folded(short_name)
        note(rows.filter(Q(short_name=short_name) | Q(normalised_name=short)), 1, _("the same short name"))
    if len(plain) >= 3:
        note(matching(rows, plain), 2, _("the name contains this one"))
    if len(sound) >= 8:
        note(matching(rows, sound), 3, _("sounds the same"))
    if phone:
        note(rows.filter(phone=phone), 4, _("the same switchboard"))
    ranked = sorted(reasons.values(), key=lambda found: (found[0], found[1].code))[:MOST]
    return [
        LookAlike(row.pk, row.name, row.district, str(row.owner or ""), why) for _rank, row, why in ranked
    ]
