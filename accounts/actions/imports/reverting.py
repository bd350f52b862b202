"""Taking an import back as long as nobody has worked on what it brought (D6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.facts import learn
from accounts.choices import FactField, ImportState, Verdict
from accounts.models import Contact, ImportBatch, ImportRow, Organisation, SearchKey
from accounts.search import reindex
from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent, subject_key
from keyaccounts.common.errors import RuleViolation


@transaction.atomic
def revert(batch: ImportBatch, *, by: Any, at: datetime) -> ImportBatch:
    """Take an import back: what it created is withdrawn, what it added is put back.

    Raises RuleViolation that names the first organisation that somebody has worked on since; nothing is taken
    back then.
    """
    won = ImportBatch.objects.filter(pk=batch.pk, state=ImportState.COMMITTED).update(
        state=ImportState.REVERTED, reverted_at=at
    )
    if not won:
        raise RuleViolation(_("Only a written import can be reverted."))
    # Every organisation first: who is working on one is waited for and found in the trail, who comes later is refused.
    touched = batch.rows.filter(organisation__isnull=False).order_by().values_list("organisation", flat=True)
    for some in _batched(sorted(set(touched)), 500):
        list(Organisation.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
    worked_on = _worked_on_since(batch)
    rows = list(batch.rows.filter(organisation__isnull=False).select_related("organisation").order_by("-pk"))
    created = {row.organisation_id for row in rows if row.has_created}
    for row in rows:
        if row.organisation_id in created and subject_key(row.organisation) in worked_on:  # type: ignore[arg-type]
            raise _touched(row.organisation)
    for some in _batched(created, 500):
        Organisation.objects.filter(pk__in=some).update(withdrawn_at=at)
        SearchKey.objects.filter(organisation__in=some).delete()
    for row in rows:
        if row.changes and row.organisation_id not in created:
            _put_back(row, by=by, on=timezone.localdate(at))
    record(
        batch,
        "accounts.importbatch.reverted",
        by=by,
        from_state=ImportState.COMMITTED,
        to_state=ImportState.REVERTED,
    )
    batch.refresh_from_db()
    return batch


def _batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    held = list(values)
    return (held[start : start + size] for start in range(0, len(held), size))


def _worked_on_since(batch: ImportBatch) -> set[str]:
    """Every record that the trail names after the import was written: whatever app did it, it was touched."""
    end = (
        AuditEvent.objects.about(batch)
        .filter(action="accounts.importbatch.committed")
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


def _put_back(row: ImportRow, *, by: Any, on: date) -> None:
    """The values from before; as facts cannot be taken back, the earlier answer is given again."""
    organisation = Organisation.objects.get(pk=row.organisation_id)
    names = []
    for name, before in row.changes.get("before", {}).items():
        field = Organisation._meta.get_field(name)
        if getattr(organisation, name) != field.to_python(row.changes["after"][name]):  # type: ignore[union-attr]
            raise _touched(organisation)
        setattr(organisation, name, field.to_python(before))  # type: ignore[union-attr]
        names.append(name)
    if names:
        organisation.save(update_fields=[*names, "updated_at"])
    held = {name: getattr(organisation, name) for name in names if name in FactField.values}
    learn(organisation, facts=held, on=on, by=by, source_label=_("Import taken back"))
    for filled in row.changes.get("filled", []):
        person = Contact.objects.get(pk=filled["contact"])
        if any(getattr(person, name) != value for name, value in filled["fields"].items()):
            raise _touched(organisation)
        for name in filled["fields"]:
            setattr(person, name, Contact._meta.get_field(name).get_default())  # type: ignore[union-attr]
        person.save(update_fields=list(filled["fields"]))
    if row.contact_id:
        ImportRow.objects.filter(pk=row.pk).update(contact=None)
    for person in Contact.objects.filter(pk__in=row.changes.get("contacts", [])):
        try:
            person.delete()
        except ProtectedError as problem:
            raise _touched(organisation) from problem
    reindex(organisation)


def failed_rows(batch: ImportBatch) -> Iterator[ImportRow]:
    """The lines that were not written, with their reasons."""
    rows = batch.rows.filter(verdict__in=[Verdict.ERROR, Verdict.DUPLICATE]).order_by("pk")
    return (
        row for row in rows.iterator(chunk_size=1000) if row.verdict == Verdict.ERROR or not row.go_on_reason
    )
