"""The arithmetic of stock on plain values: what a movement changes, kits by heads, when something runs short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
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
        quantity: for ``base`` people; None is 若干, 0 what is taken along only where somebody wishes it.
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


@dataclass(frozen=True, slots=True)
class Approval:
    """A rule in force: more than ``above`` of a category need the decision of ``role``."""

    above: int
    role: str


def approving_role(
    wanted: Iterable[tuple[str, int]], rules: Mapping[str, Approval], *, order: Sequence[str]
) -> str:
    """Whose decision a requisition needs: of several roles the first in ``order``; "" when no rule names anybody.

    Args:
        wanted: category and quantity of each row.
        rules: by category; "" is the rule of every category without its own.
    """
    named = set()
    for category, quantity in wanted:
        rule = rules.get(category) or rules.get("")
        if rule and quantity > rule.above:
            named.add(rule.role)
    return next((role for role in order if role in named), "")


def named_item(name: str, known: Mapping[str, Iterable[str]], *, in_part: bool = False) -> str | None:
    """Which material a word means: its name, or another name of it that no second one has (C16).

    ``known`` maps the names of the materials to their other names: 小礼物 is another name of 小型礼品.
    ``in_part`` is for words of kits and visits: the only name that holds the word or is held by it counts too,
    as 折页 in 项目折页. In a list that is written down a name in part is another material.
    """
    name = name.strip()
    if not name:
        return None
    if name in known:
        return name
    called = [full for full, others in known.items() if name in others]
    if len(called) == 1:
        return called[0]
    if not in_part:
        return None
    parts = [full for full in known if name in full or full in name]
    return parts[0] if len(parts) == 1 else None


def price_limit(planned: Decimal | None, line_amount: Decimal | None, quantity: int | None) -> Decimal | None:
    """What one may cost without a word, in yuan: the price planned, else the line's money ÷ the quantity (C14).

    1000 gifts from 5000 yuan are 5 yuan each. None where the plan says neither.
    """
    if planned is not None:
        return planned
    if line_amount is None or not quantity:
        return None
    return (line_amount / quantity).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
