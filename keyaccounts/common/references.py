"""From the name of a record, as texts keep it (``budget.expenseclaim:17``), to the record and its page.

A lower app that must name an upper one keeps such a text (``docs/architecture.md``); this follows it for the
reader without either knowing the other.
"""

from __future__ import annotations

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
    name, _colon, rest = source.partition(":")
    key = rest.partition(":")[0]
    if not key.isdecimal() or name.count(".") != 1:
        return None
    try:
        model = apps.get_model(name)
    except LookupError:
        return None
    rows = model._default_manager.all()
    if not hasattr(rows, "visible_to") or not hasattr(model, "get_absolute_url"):
        return None
    record = rows.visible_to(user).filter(pk=int(key)).first()
    return Reference(str(record), record.get_absolute_url(), record) if record else None
