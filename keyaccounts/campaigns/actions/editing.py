"""What writing any row of the plan has in common: checked in words, old and new in the trail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation, StaleEdit


@transaction.atomic
def edit_row(row: Any, act: str, *, version: int | None, by: Any, under: Any, values: dict[str, Any]) -> Any:
    """Write the changed values with old and new in the trail; a value somebody edits is thereby confirmed."""
    current = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if version is not None and current.version != version:
        raise StaleEdit(_("Somebody else saved this meanwhile."), current=current)
    many = {name: values.pop(name) for name in list(values) if name == "departments"}
    changes: dict[str, list[str]] = {}
    for name, value in values.items():
        before = getattr(current, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(current, name, value)
    for name, people in many.items():
        before = list(getattr(current, name).all())
        if set(before) != set(people):
            changes[name] = [_plain(before), _plain(list(people))]
    if not changes:
        return current
    current.inferred = [name for name in current.inferred if name not in changes]
    current.version += 1
    check_row(current)
    current.save()
    for name, people in many.items():
        getattr(current, name).set(people)
    record(current, act, by=by, under=under, changes=changes)
    return current


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    return "" if value is None else str(value)


def check_row(row: Any) -> None:
    """The database's rules in words, before the database says them."""
    try:
        row.full_clean(validate_unique=True)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleViolation(messages[0], field=None if field == "__all__" else field) from error
