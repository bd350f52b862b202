"""What can be imported: each app names its kinds in a module ``importing.py``, ``KINDS = (PriceList(), …)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

from keyaccounts.common.roles import Role

from .choices import LineVerdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What is made of a line. ``messages`` say what it changes, or why it cannot be imported."""

    verdict: LineVerdict
    messages: list[str] = field(default_factory=list)
    url: str = ""


class ImportKind(ABC):
    """One kind of workbook.

    ``headers`` maps a field to the names companies give its column; the first is what our template says.
    ``needed`` are the fields without which no line is a header. ``read`` turns one cell's text into a value and
    raises ValueError with the words that say what is wrong.
    """

    code: str
    title: Any
    help_text: Any
    roles: tuple[Role, ...]
    headers: dict[str, tuple[str, ...]]
    needed: tuple[str, ...]
    example: dict[str, Any]
    choices: dict[str, list[str]] = {}

    @abstractmethod
    def about(self, asked: str, user: Any) -> str:
        """What an upload belongs to, from the address's ``?campaign=``; raises Http404."""

    @abstractmethod
    def back(self, about: str) -> str:
        """The page the import is started from."""

    @abstractmethod
    def read(self, name: str, cell: Any) -> Any: ...

    @abstractmethod
    def judge(self, values: dict[str, Any], *, about: str, seen: set[Any]) -> Judged:
        """What would become of a line; ``seen`` is shared by the lines of one file, so that a second one is told."""

    @abstractmethod
    def write(self, values: dict[str, Any], *, about: str, source: str, by: Any, at: datetime) -> str:
        """Write one line through the app's actions and return where it is read; raises RuleViolation."""


@cache
def kinds() -> dict[str, ImportKind]:
    """Every kind by its code."""
    found: dict[str, ImportKind] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.importing"
        if not config.name.startswith("django.") and find_spec(name) is not None:
            found |= {kind.code: kind for kind in import_module(name).KINDS}
    return found
