"""Who gets what is there: approved rows hold what they can, the rest waits as a need, the oldest day first.

A row's reservation and its need are written only here, under the lock of its material.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from materials.models import Material, Need, Requisition, RequisitionLine, StockMove, StocktakeLine

from .stock import release, reserve

PREFIX = RequisitionLine._meta.label_lower + ":"


def lines_of(requisition: Requisition) -> list[RequisitionLine]:
    """The rows of a requisition in the order their materials are locked in."""
    rows = requisition.lines.select_related("reservation", "material", "requisition__requested_by")
    return list(rows.order_by("material_id", "pk"))


def lock_materials(lines: Iterable[RequisitionLine | StocktakeLine]) -> dict[int, Material]:
    """Lock the materials of some rows in the order of the house, before anything is recorded."""
    keys = {line.material_id for line in lines}
    return {
        material.pk: material
        for material in Material.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    }


def hold(line: RequisitionLine, *, on: date, at: datetime, by: Any) -> None:
    """Reserve as much of what is still to issue as there is, and let the rest stand as a need with its day.

    The caller has locked the material. Said again it changes nothing; a row with nothing to issue holds nothing.
    """
    material = Material.objects.get(pk=line.material_id)
    bound = line.bound
    want = max(0, min(line.to_issue, material.available + bound))
    if want != bound:
        if line.reservation:
            release(line.reservation, on=on, at=at, by=by)
        line.reservation = _reserve(line, material, want, on=on, at=at, by=by) if want else None
        line.save(update_fields=["reservation"])
    _note_need(line, line.to_issue - want)


def let_go(line: RequisitionLine, *, on: date, at: datetime, by: Any) -> None:
    """Free what a row holds and take its need away."""
    if line.reservation:
        release(line.reservation, on=on, at=at, by=by)
        line.reservation = None
        line.save(update_fields=["reservation"])
    _note_need(line, 0)


@transaction.atomic
def share_out(material: Material, *, on: date, at: datetime, by: Any) -> int:
    """Let rows that wait for a material hold what has become free, the earliest day first; how many got some."""
    material = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    served = 0
    for need in Need.objects.filter(material=material, source__startswith=PREFIX).order_by("needed_on", "pk"):
        if material.available <= 0:
            break
        line = RequisitionLine.objects.select_related("reservation", "requisition").get(
            pk=int(need.source.removeprefix(PREFIX))
        )
        hold(line, on=on, at=at, by=by)
        material.refresh_from_db(fields=["on_hand", "reserved"])
        served += 1
    return served


def share_out_all(*, on: date, at: datetime, by: Any = None) -> int:
    """Every material that is waited for and has some free: a job asks this, whatever freed it.

    ``by`` None lets each row's reservation be entered by whoever asked for it.
    """
    waiting = Need.objects.filter(source__startswith=PREFIX).values("material")
    rows = Material.objects.filter(pk__in=waiting, on_hand__gt=F("reserved")).order_by("pk")
    return sum(share_out(material, on=on, at=at, by=by) for material in rows)


def _reserve(
    line: RequisitionLine, material: Material, quantity: int, *, on: date, at: datetime, by: Any
) -> StockMove:
    times = StockMove.objects.filter(source__startswith=f"{line.source}:reserve:").count()
    return reserve(
        material, quantity, source=f"{line.source}:reserve:{times + 1}", on=on, at=at,
        by=by or line.requisition.requested_by, document=line.requisition.code,
    )  # fmt: skip


def _note_need(line: RequisitionLine, quantity: int) -> None:
    if quantity <= 0:
        Need.objects.filter(source=line.source).delete()
        return
    requisition = line.requisition
    Need.objects.update_or_create(
        source=line.source,
        defaults={
            "material_id": line.material_id,
            "quantity": quantity,
            "needed_on": timezone.localdate(requisition.needed_at),
            "label": f"{requisition.code} {requisition.purpose}"[:200],
            "url": requisition.get_absolute_url(),
        },
    )
