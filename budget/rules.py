"""The arithmetic of the ledger on plain values: what an entry changes, what is left, when a limit is reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

FEN = Decimal("0.01")
NOTHING = Decimal("0.00")


def fen(amount: Decimal | int | str) -> Decimal:
    """An amount in yuan to the fen, half up."""
    return Decimal(amount).quantize(FEN, rounding=ROUND_HALF_UP)


def fen_at_least(amount: Decimal) -> Decimal:
    """An amount in yuan to the fen, never less: what is to be enough."""
    return amount.quantize(FEN, rounding=ROUND_UP)


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry does to its line, in yuan: to the money allowed, committed and spent."""

    allowed: Decimal = NOTHING
    committed: Decimal = NOTHING
    spent: Decimal = NOTHING

    def __neg__(self) -> Change:
        return Change(-self.allowed, -self.committed, -self.spent)


@dataclass(frozen=True, slots=True)
class Balance:
    """How a line stands, in yuan. ``allowed`` is original + supplements + transfers in − out."""

    allowed: Decimal
    committed: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """Neither spent nor promised: what may still be used."""
        return self.allowed - self.committed - self.spent

    @property
    def used(self) -> Decimal:
        return self.committed + self.spent

    def after(self, change: Change) -> Balance:
        return Balance(
            self.allowed + change.allowed, self.committed + change.committed, self.spent + change.spent
        )


def missing(balance: Balance, change: Change) -> Decimal:
    """How much a line lacks for a change; zero or less when it can bear it."""
    return -balance.after(change).left


def percent_used(balance: Balance) -> Decimal:
    """Spent and committed in percent of what is allowed; a line without money counts as full once used."""
    if balance.allowed <= 0:
        return Decimal(100) if balance.used > 0 else Decimal(0)
    return (balance.used * 100 / balance.allowed).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Limit:
    """A mark of a line: at so many percent used, warn or block."""

    percent: int
    is_block: bool


def reached(before: Balance, after: Balance, limits: Iterable[Limit]) -> list[Limit]:
    """The limits that a change crosses. A warning counts at its percent, a block only beyond it.

    What makes a line emptier crosses nothing, however full it was.
    """
    if after.used <= before.used and after.allowed >= before.allowed:
        return []
    was, now = _used(before), _used(after)
    return [
        limit
        for limit in sorted(limits, key=lambda limit: limit.percent)
        if (now > limit.percent if limit.is_block else was < limit.percent <= now)
    ]


def _used(balance: Balance) -> Decimal:
    """Unrounded percent: 100.004 % is over."""
    if balance.allowed <= 0:
        return Decimal(0) if balance.used <= 0 else Decimal("Infinity")
    return balance.used * 100 / balance.allowed
