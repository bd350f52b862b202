"""The arithmetic of stock on plain values: what a movement changes, kits by heads, when something runs short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil

FROM_WHERE: dict[str, tuple[str, ...]] = {
    "draft": ("planned", "final"),
    "final": ("planned", "draft"),
    "producing": ("planned", "draft", "final"),
    "partly": ("planned", "draft", "final", "producing", "ready"),
    "ready": ("planned", "draft", "final", "producing", "partly"),
    "cancelled": ("planned", "draft", "final", "producing"),
    "planned": ("cancelled", "draft"),
}
"""The declared edges of a material on its way from 已列清单 to 已到位: to → from where."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one movement does to its material, in its unit: to what is on hand and to what is reserved of it."""

    on_hand: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """So many are needed by a day."""

    on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is missing for the needs known, and from which day on it does not suffice."""

    quantity: int
    from_on: date


def shortage(on_hand: int, needs: Iterable[Need]) -> Shortage | None:
    """Go through the needs in the order of their days: when does the stock not suffice any more, and how much in all."""
    rest, first = on_hand, None
    for need in sorted(needs, key=lambda need: need.on):
        rest -= need.quantity
        if rest < 0 and first is None:
            first = need.on
    return Shortage(-rest, first) if first is not None and rest < 0 else None


def kit_quantity(quantity: int | None, scale: str, *, people: int, base: int) -> int:
    """How many of a kit's line for so many people: 30 leaflets for 30 are 45 for 45; 若干 is one a head (R132, R137).

    Args:
        quantity: for ``base`` people; None is 若干.
        scale: ``fixed`` or ``per_head``.
    """
    if quantity is None:
        return people
    if scale == "fixed":
        return quantity
    return ceil(quantity * people / base)


def may_move(state: str, to: str) -> bool:
    """Whether there is a declared edge."""
    return state in FROM_WHERE.get(to, ())
