"""Reading the list and the store: what there is, what is needed, what runs short and when."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import ExpressionWrapper, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from budget.models import Entry
from keyaccounts.campaigns.models import Campaign
from materials.choices import MaterialState, MoveKind
from materials.models import Loan, Material, Need, StockMove
from materials.models.items import MaterialQuerySet
from materials.rules import Need as Wanted
from materials.rules import Shortage, named_item, shortage

CLOSED = (MaterialState.READY, MaterialState.CANCELLED)


def received_quantity(material: Material) -> int:
    """How many have been received, wrong receipts taken off again, in the material's unit."""
    moves = StockMove.objects.filter(material=material)
    received = moves.filter(kind=MoveKind.RECEIPT).aggregate(sum=Sum("quantity"))["sum"] or 0
    taken_off = moves.filter(kind=MoveKind.ADJUST, about__kind=MoveKind.RECEIPT)
    return received - (taken_off.aggregate(sum=Sum("quantity"))["sum"] or 0)


def with_needs(rows: MaterialQuerySet) -> QuerySet[Any]:
    """Each with ``needed``: how many are needed and not yet bound, and ``missing``: how many more than are available."""
    needs = Need.objects.filter(material=OuterRef("pk")).order_by().values("material")
    needed = Coalesce(Subquery(needs.annotate(sum=Sum("quantity")).values("sum")), Value(0))
    free = F("on_hand") - F("reserved")
    return rows.annotate(needed=needed).annotate(
        missing=ExpressionWrapper(F("needed") - free, output_field=IntegerField())
    )


@dataclass(frozen=True, slots=True)
class StockRow:
    """One material as it stands in the store. ``short`` says how many are missing and from which day."""

    material: Material
    needed: int
    short: Shortage | None
    value: Decimal | None

    @property
    def is_low(self) -> bool:
        """At or under the level from which it is to be ordered again."""
        level = self.material.low_level
        return level is not None and self.material.available <= level

    @property
    def tone(self) -> str:
        return "late" if self.short else "soon" if self.is_low else "none"


def stock(campaign: Campaign, user: Any, *, rows: MaterialQuerySet | None = None) -> list[StockRow]:
    """Every thing of a campaign in the store: shortage first (soonest on top), then what is low, then by number."""
    rows = Material.objects.visible_to(user).filter(campaign=campaign) if rows is None else rows
    materials = list(rows.stocked().select_related("department", "line"))
    needs: dict[int, list[Wanted]] = defaultdict(list)
    for material, day, quantity in Need.objects.filter(material__in=materials).values_list(
        "material", "needed_on", "quantity"
    ):
        needs[material].append(Wanted(day, quantity))
    prices = unit_costs(materials)
    found = [
        StockRow(
            material,
            sum(need.quantity for need in needs[material.pk]),
            shortage(material.available, needs[material.pk]),
            None
            if (price := prices.get(material.pk, material.planned_price)) is None
            else price * material.on_hand,
        )
        for material in materials
    ]
    last = date.max
    return sorted(
        found,
        key=lambda row: (
            row.short.from_on if row.short else last,
            not row.is_low,
            row.material.number is None,
            row.material.number or 0,
            row.material.pk,
        ),
    )


def unit_costs(materials: list[Material]) -> dict[int, Decimal]:
    """What one of each has cost on average, in yuan, over the receipts whose cost is known."""
    rows = (
        StockMove.objects.filter(material__in=materials, kind=MoveKind.RECEIPT, unit_cost__isnull=False)
        .exclude(followers__kind=MoveKind.ADJUST)
        .order_by()
        .values("material")
        .annotate(
            cost=Sum(F("quantity") * F("unit_cost")),
            count=Sum("quantity"),
        )
        .values_list("material", "cost", "count")
    )
    return {
        material: (Decimal(cost) / count).quantize(Decimal("0.01")) for material, cost, count in rows if count
    }


@dataclass(frozen=True, slots=True)
class Spending:
    """Planned against real of one material, in yuan (C13): what the list plans, what was booked, what lies there."""

    planned: Decimal | None
    booked: Decimal
    on_hand: Decimal | None


def spending(material: Material) -> Spending:
    """What the list plans for a material, what its receipts have booked, and what lies in the store is worth."""
    price, total = material.planned_price, material.total_quantity
    booked = (
        Entry.objects.filter(stock_move__material=material)
        .exclude(followers__kind="reversal")
        .aggregate(sum=Sum("amount"))["sum"]
    )
    cost = unit_costs([material]).get(material.pk, price)
    return Spending(
        price * total if price is not None and total is not None else None,
        booked or Decimal(0),
        cost * material.on_hand if cost is not None else None,
    )


def overdue_loans(user: Any, *, on: date) -> QuerySet[Loan]:
    """Out longer than agreed."""
    return Loan.objects.visible_to(user).out().filter(due_back_on__lt=on)


def find_material(campaign: Campaign, name: str) -> Material | None:
    """A campaign's material by its name or another name of it, decisions and cancelled ones too (``named_item``)."""
    rows = Material.objects.filter(campaign=campaign)
    found = named_item(name, dict(rows.values_list("name", "aliases")))
    return rows.get(name=found) if found else None


def soon_short(campaign: Campaign, *, on: date, days: int = 14) -> list[tuple[Material, Shortage | None]]:
    """What runs short within so many days, and what is at its low level."""
    until = on + timedelta(days=days)
    materials = list(Material.objects.filter(campaign=campaign).stocked())
    needs: dict[int, list[Wanted]] = defaultdict(list)
    rows = Need.objects.filter(material__in=materials, needed_on__lte=until)
    for material, day, quantity in rows.values_list("material", "needed_on", "quantity"):
        needs[material].append(Wanted(day, quantity))
    found: list[tuple[Material, Shortage | None]] = []
    for row in materials:
        short = shortage(row.available, needs[row.pk])
        low = row.low_level is not None and row.available <= row.low_level and row.moves.exists()
        if short or low:
            found.append((row, short))
    return found


def state_filter(value: str, *, on: date) -> Q:
    """A state as the list's filter says it; ``late`` is none of the states."""
    if value == "late":
        return Q(due_on__lt=on) & ~Q(state__in=CLOSED)
    return Q(state=value)
