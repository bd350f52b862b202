"""The people at an organisation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Contact, Organisation
from accounts.search import reindex
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation

from .locking import lock_present


@transaction.atomic
def add_contact(organisation: Organisation, *, by: Any, **values: Any) -> Contact:
    """Enter a person. The same mobile twice at one organisation is refused: it is the same person."""
    lock_present(organisation)
    contact = Contact(organisation=organisation, created_by=by, **values)
    _refuse_same_mobile(contact)
    contact.full_clean()
    contact.save()
    reindex(organisation)
    record(contact, "accounts.contact.added", by=by, under=organisation)
    return contact


@transaction.atomic
def edit_contact(contact: Contact, *, by: Any, version: int | None, **values: Any) -> Contact:
    """Change a person's file. Raises StaleEdit when somebody else saved it meanwhile."""
    lock_present(contact.organisation)
    contact.claim(version)
    contact.refresh_from_db()
    changed = [name for name, value in values.items() if getattr(contact, name) != value]
    for name, value in values.items():
        setattr(contact, name, value)
    _refuse_same_mobile(contact)
    contact.full_clean()
    contact.save()
    if changed:
        reindex(contact.organisation)
        record(
            contact,
            "accounts.contact.edited",
            by=by,
            under=contact.organisation,
            fields=field_names(contact, changed),
        )
    return contact


def field_names(contact: Contact, names: Iterable[str]) -> str:
    """Which fields were changed, in words: the trail names them and never repeats a phone."""
    return "、".join(str(contact._meta.get_field(name).verbose_name) for name in names)


def _refuse_same_mobile(contact: Contact) -> None:
    if not contact.mobile:
        return
    others = contact.organisation.contacts.filter(mobile=contact.mobile).exclude(pk=contact.pk)
    other = others.first()
    if other:
        raise RuleViolation(
            _("%(name)s already has this mobile. Open that contact instead.") % {"name": other.name},
            field="mobile",
        )
