"""From the name of a record, as texts keep it (``budget.expenseclaim:17``), to the record and its page.

A lower app that must name an upper one keeps such a text (``docs/architecture.md``); this follows it for the
reader without either knowing the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps


@dataclass(frozen=True, slots=True)
class Reference:
    """A record as a link: what people call it and where it is."""

    label: str
    url: str
    record: Any


def follow(source: str, *, user: Any) -> Reference | None:
    """The record that ``source`` names, if there is one that this person may see; what comes after its id is left out."""
    model, key = _named(source)
    record = model._default_manager.visible_to(user).filter(pk=key).first() if model else None
    return Reference(str(record), record.get_absolute_url(), record) if record else None


def addresses(sources: Iterable[str], *, user: Any) -> dict[str, str]:
    """Where the named records are that this person may see, asked for kind by kind; the others are left out."""
    keys: dict[Any, dict[int, str]] = {}
    for source in sources:
        model, key = _named(source)
        if model:
            keys.setdefault(model, {})[key] = source
    return {
        named[record.pk]: record.get_absolute_url()
        for model, named in keys.items()
        for record in model._default_manager.visible_to(user).filter(pk__in=named)
    }


def _named(source: str) -> tuple[Any, int]:
    """The kind of record, if such records have pages and a scope, and the key."""
    name, _colon, rest = source.partition(":")
    key = rest.partition(":")[0]
    if not key.isdecimal() or name.count(".") != 1:
        return None, 0
    try:
        model: Any = apps.get_model(name)
    except LookupError:
        return None, 0
    has_page = hasattr(model, "get_absolute_url") and hasattr(model._default_manager.all(), "visible_to")
    return (model, int(key)) if has_page else (None, 0)
