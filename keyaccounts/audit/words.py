"""What people read for an act of the trail.

Each app names its acts in a module ``acts.py``::

    ACTS = {"accounts.organisation.parked": _("Parked")}
    DETAILS = {"sets": _("sets")}      # names in ``record(…, sets=40)`` that are no field of the record
    REASONS = {"accounts.organisation.moved": (TermList.PARK_REASON,)}  # lists an act's reason is chosen from

Acts of the admin (``….created``, ``….changed``, ``….deleted`` of a model) need no entry.
A code written by ``record`` that nobody named fails ``tests/audit/test_words.py``.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from keyaccounts.common.templatetags.show import yuan
from keyaccounts.vocabulary import queries as vocabulary
from keyaccounts.vocabulary.models import TermList

# Fields that keep a code of a choice list whose name differs from the field's.
LIST_OF_FIELD = {
    "type": TermList.ORG_TYPE,
    "position": TermList.CONTACT_POSITION,
    "decision_role": TermList.CONTACT_ROLE,
    "channel": TermList.CONTACT_CHANNEL,
    "source": TermList.ORG_SOURCE,
    "kind": TermList.VISIT_KIND,
    "outcome": TermList.VISIT_OUTCOME,
    "gift_distribution": TermList.FESTIVAL,
    "promo_method": TermList.PROMOTION_METHOD,
    "travel": TermList.VEHICLE_RESULT,
}
# A detail that lists fields of the record: which answers are new.
FIELD_NAMES = "changed"
ADMIN_ACTS = {
    "created": gettext_noop("Added %(kind)s"),
    "changed": gettext_noop("Changed %(kind)s"),
    "deleted": gettext_noop("Deleted %(kind)s"),
}

_acts: dict[str, Any] = {}
_details: dict[str, Any] = {}
_reasons: dict[str, tuple[str, ...]] = {}


def register(acts: dict[str, Any], details: dict[str, Any] | None = None) -> None:
    """Name acts, and details that are no field of their record."""
    _acts.update(acts)
    _details.update(details or {})


@cache
def _collect() -> None:
    for config in apps.get_app_configs():
        name = f"{config.name}.acts"
        if config.name.startswith("django.") or find_spec(name) is None:
            continue
        module = import_module(name)
        register(getattr(module, "ACTS", {}), getattr(module, "DETAILS", {}))
        _reasons.update(getattr(module, "REASONS", {}))


def act(code: str) -> str | None:
    """What an act is called, or None when nobody has named it."""
    _collect()
    if code in _acts:
        return str(_acts[code])
    kind, _dot, verb = code.rpartition(".")
    model = model_of(kind)
    if verb in ADMIN_ACTS and model:
        return _(ADMIN_ACTS[verb]) % {"kind": model._meta.verbose_name}
    return None


def acts() -> list[tuple[str, str]]:
    """All named acts, for a filter."""
    _collect()
    return sorted(((code, str(label)) for code, label in _acts.items()), key=lambda pair: pair[0])


@cache
def model_of(kind: str) -> type[models.Model] | None:
    """The model behind ``accounts.organisation`` or ``accounts.organisation:17``."""
    try:
        return apps.get_model(kind.partition(":")[0])
    except (LookupError, ValueError):
        return None


def kind_of(subject: str) -> str:
    """What kind of record ``accounts.organisation:17`` is: 单位."""
    model = model_of(subject)
    return str(model._meta.verbose_name) if model else ""


def state(subject: str, code: str) -> str:
    """What a state of that record is called; the text itself when it is no state of it."""
    model = model_of(subject)
    if not code or model is None:
        return code
    fields = [field for field in model._meta.concrete_fields if field.choices]
    for field in sorted(fields, key=lambda field: field.name not in ("state", "stage")):
        for value, label in field.flatchoices:
            if str(value) == code:
                return str(label)
    return code


def reason(code: str, text: str) -> str:
    """Why an act was done. Rows written before they kept the words hold a code of the act's list (``REASONS``)."""
    _collect()
    for listed in _reasons.get(code, ()):
        if text in (found := vocabulary.words(listed)):
            return found[text]
    return text


def detail(subject: str, name: str) -> str | None:
    """What a detail is called: the record's own field, or a name of ``DETAILS``; None: not for readers."""
    _collect()
    model = model_of(subject)
    if model is not None:
        try:
            return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        except (FieldDoesNotExist, AttributeError):
            pass
    return str(_details[name]) if name in _details else None


def value(subject: str, name: str, plain: Any) -> str:
    """A kept value in words: choices by label, codes by their list, yes and no, 未填."""
    if plain in (None, "", [], {}):
        return _("not known")
    if isinstance(plain, bool):
        return _("yes") if plain else _("no")
    if isinstance(plain, list):
        if name == FIELD_NAMES:
            return "、".join(detail(subject, str(item)) or str(item) for item in plain)
        return "、".join(value(subject, name, item) for item in plain)
    if isinstance(plain, dict):
        return "、".join(f"{key} {item}" for key, item in plain.items())
    model = model_of(subject)
    field = None
    if model is not None:
        field = next((f for f in model._meta.concrete_fields if f.name == name), None)
    if field is not None and field.choices:
        return next((str(label) for code, label in field.flatchoices if str(code) == str(plain)), str(plain))
    if name.rpartition("_")[2] == "amount":
        with suppress(InvalidOperation):
            return yuan(Decimal(str(plain)))
    list_name = LIST_OF_FIELD.get(name, name)
    if list_name in TermList.values:
        return vocabulary.label(list_name, str(plain))
    return str(plain)


register(
    {},
    {
        "count": gettext_lazy("how many"),
        "rows": gettext_lazy("rows"),
        "filter": gettext_lazy("filter"),
        "name": gettext_lazy("name"),
        "role": gettext_lazy("role"),
        "parts": gettext_lazy("parts"),
        "version": gettext_lazy("version"),
        "on": gettext_lazy("date"),
    },
)
