"""Materials for visits: what is asked for, ready, handed over; what to ask for (R69, R71, screens 5.1, 2 and 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.campaigns.models import Campaign
from materials.choices import KitUse
from materials.kitting import Catalogue, Wanted, kit_for
from materials.models import Handover, Requisition, RequisitionLine

from .models import Visit


def source_of(visit: Visit) -> str:
    """The name of a visit where lower apps keep what it caused."""
    return f"visits.visit:{visit.pk}"


@dataclass(frozen=True, slots=True)
class Supply:
    """How the materials of one visit stand: its requisition, what has to be confirmed, in words and colour."""

    requisition: Requisition | None = None
    lines: list[RequisitionLine] = field(default_factory=list)
    to_confirm: list[Handover] = field(default_factory=list)

    @property
    def short(self) -> int:
        """Rows of which something is not there."""
        return sum(1 for line in self.lines if line.short > 0)

    @property
    def words(self) -> str:
        if self.requisition is None:
            return _("nothing requested yet")
        if self.to_confirm:
            return _("handed over, please confirm")
        if self.requisition.state != RequestState.APPROVED:
            return str(self.requisition.get_state_display())
        if self.short:
            return _("%(n)s kinds are short") % {"n": self.short}
        if any(line.to_issue for line in self.lines):
            return _("ready to be fetched")
        return _("handed over")

    @property
    def tone(self) -> str:
        if self.requisition is None:
            return "none"
        if self.to_confirm or self.requisition.state == RequestState.PENDING:
            return "soon"
        if self.requisition.state in (RequestState.RETURNED, RequestState.REJECTED) or self.short:
            return "late"
        return "done"


def supplies_of(visits: Iterable[Visit]) -> dict[int, Supply]:
    """The supplies of several visits by their keys, in three queries however many they are."""
    sources = {source_of(visit): visit.pk for visit in visits}
    rows = (
        Requisition.objects.filter(source__in=sources)
        .exclude(state=RequestState.WITHDRAWN)
        .select_related("receiver")
        .prefetch_related(
            Prefetch("lines", RequisitionLine.objects.select_related("material", "reservation")),
            Prefetch("handovers", Handover.objects.unconfirmed(), to_attr="to_confirm"),
        )
        .order_by("pk")
    )
    found = {pk: Supply() for pk in sources.values()}
    for row in rows:
        found[sources[row.source]] = Supply(row, list(row.lines.all()), list(row.to_confirm))  # type: ignore[attr-defined]
    return found


def things_of_the_kit() -> list[str]:
    """What the kit for visits holds, by name: what may be wished for when a visit is planned."""
    kit = kit_for(KitUse.VISIT)
    return list(dict.fromkeys(line.name for line in kit.lines.all())) if kit else []


def suggestion(visit: Visit, campaign: Campaign) -> Wanted:
    """What to take along: the kit for visits scaled by the people expected, and what was wished for."""
    return Catalogue(campaign).wanted(
        visit.materials, kit_for(KitUse.VISIT), people=visit.people_expected or None
    )


def to_supply(person: Any, *, on: date) -> list[Visit]:
    """Somebody's visits of a day for which nothing has been asked for yet."""
    visits = list(
        Visit.objects.planned()
        .of_day(on)
        .filter(owner=person)
        .select_related("organisation")
        .order_by("planned_at")
    )
    supplies = supplies_of(visits)
    return [visit for visit in visits if supplies[visit.pk].requisition is None]
