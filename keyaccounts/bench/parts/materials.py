"""Thirty materials and a movement to each number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from keyaccounts.bench.excel import export_figures
from keyaccounts.bench.measuring import Figures, ListPage
from keyaccounts.bench.writers import issue_figures
from materials.actions.stock import receive
from materials.choices import MoveKind
from materials.models import Material, StockMove

if TYPE_CHECKING:
    from keyaccounts.bench.world import World

MATERIALS = 30


def prepare(world: World) -> None:
    for n in range(1, MATERIALS + 1):
        material = Material.objects.create(
            campaign=world.campaign, number=n, name=f"物料{n}", category="print", unit="份", quantity=1000
        )
        receive(
            material,
            10_000_000,
            source=f"bench.material:{n}",
            on=world.today,
            at=world.now,
            by=world.marketer,
        )


def grow(world: World, numbers: range) -> None:
    materials = list(Material.objects.order_by("number")[:MATERIALS])
    StockMove.objects.bulk_create(
        StockMove(
            material=materials[(n // 3) % MATERIALS],
            kind=MoveKind.RETURN if n % 4 == 0 else MoveKind.ISSUE,
            quantity=n % 5 + 1,
            on_hand_change=(n % 5 + 1) * (1 if n % 4 == 0 else -1),
            moved_on=world.day(-(n % 60)),
            person=world.reps[n % len(world.reps)],
            source=f"bench.move:{n}",
            by=world.marketer,
            at=world.now,
        )
        for n in numbers
    )


LISTS = (
    ListPage(
        "materials:moves",
        filtered="kind=return",
        bare=lambda: StockMove.objects.select_related("material", "person", "by").order_by("-moved_on"),
        columns=(
            "moved_on",
            "material.name",
            "kind",
            "quantity",
            "person.name",
            "document",
            "reason",
            "by.name",
        ),
        who="marketing",
    ),
)


def figures(world: World) -> Figures:
    return export_figures(
        "Excel of stock movements", reverse("materials:moves"), world=world
    ) | issue_figures(world)
