"""Kits: which materials of the campaign their rows mean, how many for so many people, what is missing (C16, C25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyaccounts.campaigns.models import Campaign
from materials.choices import KitUse
from materials.models import Kit, Material
from materials.rules import kit_quantity, named_item


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a kit for a number of people, and the material it means. ``quantity`` 0: only where it is wished for."""

    number: int
    name: str
    quantity: int
    unit: str
    remark: str
    is_inferred: bool
    material: Material | None

    @property
    def is_listed(self) -> bool:
        """Whether the plan's own list has it; otherwise 清单未列 (C16)."""
        return self.material is not None and self.material.is_listed

    @property
    def is_stocked(self) -> bool:
        """A file is used, not taken from a shelf."""
        return self.material is None or not self.material.is_digital

    @property
    def missing(self) -> int:
        """How many are not there; none of a file, all of what no list has."""
        if self.material is None:
            return self.quantity
        return max(0, self.quantity - self.material.available) if self.is_stocked else 0


class Catalogue:
    """The materials of one campaign by their names, for kits and for words people wrote."""

    def __init__(self, campaign: Campaign | None) -> None:
        rows = campaign.materials.stocked() if campaign else Material.objects.none()
        self.by_name: dict[str, Material] = {material.name: material for material in rows}
        self._known = {name: material.aliases for name, material in self.by_name.items()}

    def find(self, name: str) -> Material | None:
        """The material somebody means by ``name``."""
        found = named_item(name, self._known, in_part=True)
        return self.by_name[found] if found else None

    def rows_of(self, kit: Kit, *, people: int) -> list[Row]:
        """A kit's rows for so many people."""
        return [
            Row(
                number=line.number,
                name=line.name,
                quantity=kit_quantity(line.quantity, line.scale, people=people, base=kit.people),
                unit=line.unit,
                remark=line.remark,
                is_inferred=bool(line.inferred),
                material=self.find(line.name),
            )
            for line in kit.lines.all()
        ]

    def wanted(self, words: Mapping[str, int], kit: Kit | None, *, people: int | None) -> Wanted:
        """What to take along: the kit's rows, and what somebody wished for, which counts where both name the same."""
        found: dict[Material, int] = {}
        unknown: dict[str, int] = {}
        rows = self.rows_of(kit, people=people or kit.people) if kit else []
        along = [(row.name, row.quantity) for row in rows if row.quantity]
        for name, quantity in [*along, *words.items()]:
            material = self.find(name)
            if material is None:
                unknown[name] = quantity
            elif not material.is_digital:
                found[material] = quantity
        return Wanted(found, unknown)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Materials with their quantities, and words that no material answers to (清单未列)."""

    materials: dict[Material, int]
    unknown: dict[str, int]


def kit_for(use: str = KitUse.VISIT) -> Kit | None:
    """The kit in use for visits, or for briefings."""
    return Kit.objects.filter(use=use, is_active=True).prefetch_related("lines").first()
