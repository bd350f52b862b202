"""Taking an import back as long as nobody has worked on what it brought (D6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.contacts import edit_contact
from accounts.actions.facts import learn
from accounts.choices import FactField
from accounts.models import Contact, Organisation, SearchKey
from accounts.search import reindex
from keyaccounts.audit.models import AuditEvent, subject_key
from keyaccounts.common.errors import RuleViolation
from keyaccounts.imports.models import Upload, UploadLine

from .lines import has_created, organisation_pk


def revert(upload: Upload, *, by: Any, at: datetime) -> None:
    """What the import created is withdrawn, what it added is put back.

    Raises RuleViolation that names the first organisation that somebody has worked on since.
    """
    lines = list(upload.lines.exclude(subject="").order_by("-pk"))
    files: dict[int | None, Organisation] = {}
    # Every organisation first: who is working on one is waited for and found in the trail, who comes later is refused.
    for some in _batched(sorted({organisation_pk(line) or 0 for line in lines}), 500):
        held = Organisation.objects.select_for_update().filter(pk__in=some).order_by("pk")
        files |= {file.pk: file for file in held}
    worked_on = _worked_on_since(upload)
    created = {pk for line in lines if has_created(line) and (pk := organisation_pk(line)) in files}
    for pk in created:
        if subject_key(files[pk]) in worked_on:
            raise _touched(files[pk])
    for some in _batched(created, 500):
        Organisation.objects.filter(pk__in=some).update(withdrawn_at=at)
        SearchKey.objects.filter(organisation__in=some).delete()
    for line in lines:
        pk = organisation_pk(line)
        if line.changes and pk in files and pk not in created:
            _put_back(line, Organisation.objects.get(pk=pk), by=by, on=timezone.localdate(at))


def _batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    held = list(values)
    return (held[start : start + size] for start in range(0, len(held), size))


def _worked_on_since(upload: Upload) -> set[str]:
    """Every record that the trail names after the import was written: whatever app did it, it was touched."""
    end = (
        AuditEvent.objects.filter(
            subject__in=[subject_key(upload), upload.former_name or subject_key(upload)]
        )
        .filter(action__in=["imports.upload.written", "accounts.importbatch.committed"])
        .order_by("sequence")
        .values_list("sequence", flat=True)
        .last()
    )
    later = AuditEvent.objects.filter(sequence__gt=end or 0).values_list("subject", "under")
    return {key for keys in later.iterator(chunk_size=2000) for key in keys if key}


def _touched(organisation: Any) -> RuleViolation:
    return RuleViolation(
        _("%(name)s has been worked on since the import, so it cannot be reverted.")
        % {"name": organisation.name}
    )


def _put_back(row: UploadLine, organisation: Organisation, *, by: Any, on: date) -> None:
    """The values from before; as facts cannot be taken back, the earlier answer is given again."""
    names = []
    for name, before in row.changes.get("before", {}).items():
        field = Organisation._meta.get_field(name)
        if getattr(organisation, name) != field.to_python(row.changes["after"][name]):  # type: ignore[union-attr]
            raise _touched(organisation)
        setattr(organisation, name, field.to_python(before))  # type: ignore[union-attr]
        names.append(name)
    if names:
        organisation.claim(None)
        organisation.save(update_fields=[*names, "updated_at"])
    held = {name: getattr(organisation, name) for name in names if name in FactField.values}
    learn(organisation, facts=held, on=on, by=by, source_label=_("Import taken back"))
    for filled in row.changes.get("filled", []):
        person = Contact.objects.get(pk=filled["contact"])
        if any(getattr(person, name) != value for name, value in filled["fields"].items()):
            raise _touched(organisation)
        emptied = {name: Contact._meta.get_field(name).get_default() for name in filled["fields"]}  # type: ignore[union-attr]
        edit_contact(person, by=by, version=None, **emptied)
    for person in Contact.objects.filter(pk__in=row.changes.get("contacts", [])):
        try:
            person.delete()
        except ProtectedError as problem:
            raise _touched(organisation) from problem
    reindex(organisation)
