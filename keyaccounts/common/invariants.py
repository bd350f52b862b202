"""What must always hold, checked over all data: each app says it in its module ``invariants``.

A check is a function that looks at every row concerned and gives what it ``Found``::

    @invariant(12, _("At most one active key contact per organisation"))
    def one_active_key_contact() -> Found:
        return Found(rows=…, violations=["KH2012-001: 2"])

Checks of several apps with the same number and name count as one rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any

from django.apps import apps


@dataclass(slots=True)
class Found:
    """How many rows were looked at, and which of them break the rule, each in a few words."""

    rows: int = 0
    violations: list[str] = field(default_factory=list)

    def look(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Go through rows and count them."""
        for row in rows:
            self.rows += 1
            yield row


@dataclass(frozen=True, slots=True)
class Invariant:
    """One check of one app. ``rule`` is its number in the list of what must always hold."""

    rule: int
    name: Any
    check: Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all checks of one rule found."""

    rule: int
    name: str
    rows: int
    violations: tuple[str, ...]


_known: dict[str, Invariant] = {}


def invariant(rule: int, name: Any) -> Callable[[Callable[[], Found]], Callable[[], Found]]:
    """Let ``check_invariants`` run the function as (part of) rule number ``rule``."""

    def keep(check: Callable[[], Found]) -> Callable[[], Found]:
        _known[f"{check.__module__}.{check.__qualname__}"] = Invariant(rule, name, check)
        return check

    return keep


def all_invariants() -> list[Invariant]:
    """The checks of all installed apps, by rule."""
    for app in apps.get_app_configs():
        module = f"{app.name}.invariants"
        if module != __name__ and find_spec(module):
            import_module(module)
    return sorted(_known.values(), key=lambda known: (known.rule, str(known.name)))


def verdicts(rules: Iterable[int] = ()) -> Iterator[Verdict]:
    """Check all rules, or those given, one after another."""
    wanted = set(rules)
    chosen = [known for known in all_invariants() if not wanted or known.rule in wanted]
    for (rule, name), checks in groupby(chosen, key=lambda known: (known.rule, str(known.name))):
        found = [known.check() for known in checks]
        yield Verdict(
            rule,
            name,
            sum(one.rows for one in found),
            tuple(text for one in found for text in one.violations),
        )
