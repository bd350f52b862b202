"""Importing organisations and contacts: read, judge each line, write, revert (D6).

A batch and its lines are rows: a worker that dies leaves them, and the next run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import FactField, ImportState, Verdict
from accounts.imports import Read, read_lines
from accounts.models import Contact, ImportBatch, ImportRow, Organisation
from accounts.rules.names import folded, normalise
from accounts.rules.pinyin import syllables
from accounts.search import reindex
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx_in import check_archive, lines_of
from keyaccounts.people.models import User

from .contacts import add_contact
from .facts import learn
from .organisations import create_organisation

# Up to so many lines are handled while the person waits; more in the background with progress.
INLINE = 300
BATCH = 200


@transaction.atomic
def upload(file: Any, *, by: Any) -> ImportBatch:
    """Keep an uploaded workbook. Raises RuleViolation when it is not one."""
    check_archive(file)
    batch = ImportBatch(file_name=str(file.name)[:200], by=by)
    batch.file.save("import.xlsx", file, save=False)
    batch.save()
    record(batch, "accounts.importbatch.uploaded", by=by, to_state=batch.state)
    return batch


@dataclass(frozen=True, slots=True)
class _Known:
    """What is compared of an organisation that is there."""

    pk: int
    name: str
    district: str
    owner: str


class _Judge:
    """Compares lines with what is there: all organisations once, not a query a line."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.workable = set(Organisation.objects.workable_by(user).values_list("pk", flat=True))
        self.by_name: dict[str, _Known] = {}
        self.by_code: dict[str, _Known] = {}
        self.by_sound: dict[str, _Known] = {}
        self.by_phone: dict[str, _Known] = {}
        rows = Organisation.objects.present().values_list(
            "pk",
            "name",
            "district",
            "owner__name",
            "normalised_name",
            "code",
            "phone",
            "pinyin",
            "short_name",
        )
        for pk, name, district, owner, plain, code, phone, pinyin, short in rows.iterator(chunk_size=5000):
            known = _Known(pk, name, district, owner or "")
            self.by_name[plain] = known
            self.by_code[code] = known
            self.by_sound[pinyin.removeprefix("beijing")] = known
            if phone:
                self.by_phone[phone] = known
            if short:
                self.by_name.setdefault(folded(short), known)
        self.in_file: dict[str, int] = {}

    def judge(self, row: Read) -> tuple[str, list[str], int | None]:
        """The verdict, what to say, and the organisation it concerns."""
        if row.problems:
            return Verdict.ERROR, row.problems, None
        plain = normalise(row.organisation["name"])
        known = self.by_code.get(row.organisation.get("code", "")) or self.by_name.get(plain)
        if known is not None:
            if known.pk in self.workable:
                return Verdict.UPDATE, [], known.pk
            return Verdict.DUPLICATE, [self._look_alike(known, _("is already there"))], None
        if plain in self.in_file:
            # Another contact of an organisation that an earlier line brings.
            return Verdict.UPDATE, [_("As line %(number)s") % {"number": self.in_file[plain]}], None
        self.in_file[plain] = row.line.number
        alike = self.by_sound.get("".join(syllables(plain))) if len(plain) >= 3 else None
        if alike is not None:
            return Verdict.DUPLICATE, [self._look_alike(alike, _("sounds the same"))], None
        alike = self.by_phone.get(row.organisation.get("phone", ""))
        if alike is not None:
            return Verdict.DUPLICATE, [self._look_alike(alike, _("has the same switchboard"))], None
        return Verdict.CREATE, [], None

    @staticmethod
    def _look_alike(known: _Known, why: str) -> str:
        return _("%(name)s (%(district)s, owner %(owner)s) %(why)s.") % {
            "name": known.name,
            "district": known.district or "–",
            "owner": known.owner or "–",
            "why": why,
        }


@transaction.atomic
def read_upload(batch: ImportBatch) -> ImportBatch:
    """Read the workbook and judge each line; nothing is written to organisations yet."""
    ImportRow.objects.filter(batch=batch).delete()
    try:
        with batch.file.open("rb") as file:
            rows, without = read_lines(lines_of(file))
        if not rows:
            raise RuleViolation(
                _(
                    "No sheet has a header line with 单位名称 and another known column. Download the template to compare."
                )
            )
    except RuleViolation as violation:
        batch.state, batch.problem = ImportState.FAILED, str(violation)
        batch.save(update_fields=["state", "problem"])
        return batch
    judge = _Judge(batch.by)
    pending: list[ImportRow] = []
    for row in rows:
        verdict, messages, organisation = judge.judge(row)
        values = {"organisation": row.organisation, "contact": row.contact}
        pending.append(
            ImportRow(
                batch=batch,
                sheet=row.line.sheet[:60],
                number=row.line.number,
                raw=row.raw,
                values=values,
                verdict=verdict,
                messages=messages,
                organisation_id=organisation,
            )
        )
    _find_same(pending)
    ImportRow.objects.bulk_create(pending, batch_size=500)
    batch.state, batch.total, batch.handled = ImportState.PREVIEW, len(pending), 0
    batch.problem = (
        _("No header was found in: %(sheets)s.") % {"sheets": "、".join(without)} if without else ""
    )
    batch.save(update_fields=["state", "total", "handled", "problem"])
    return batch


def _find_same(rows: list[ImportRow]) -> None:
    """Lines that bring nothing new to an organisation that is there."""
    updates = [row for row in rows if row.verdict == Verdict.UPDATE and row.organisation_id]
    there = Organisation.objects.in_bulk({row.organisation_id for row in updates})
    contacts: dict[int, set[str]] = {}
    for pk, name in Contact.objects.filter(organisation__in=there).values_list("organisation", "name"):
        contacts.setdefault(pk, set()).add(name)
    for row in updates:
        organisation = there[row.organisation_id]  # type: ignore[index]
        news = _news(organisation, row.values["organisation"])
        person = row.values["contact"].get("name")
        new_person = bool(person) and person not in contacts.get(organisation.pk, set())
        if news or new_person:
            row.messages = [
                *row.messages,
                *([_("adds %(fields)s") % {"fields": _labels(news)}] if news else []),
            ]
            if new_person:
                row.messages.append(_("adds contact %(name)s") % {"name": person})
        else:
            row.verdict = Verdict.SAME


def _labels(names: Any) -> str:
    return "、".join(str(Organisation._meta.get_field(name).verbose_name) for name in names)


def _news(organisation: Organisation, values: dict[str, Any]) -> dict[str, Any]:
    """What the line says that the organisation does not: blanks filled, survey answers that differ."""
    news = {}
    for name, value in values.items():
        if name in ("name", "code", "owner"):
            continue
        field = Organisation._meta.get_field(name)
        held = getattr(organisation, name)
        typed = field.to_python(value)  # type: ignore[union-attr]
        if held == typed:
            continue
        # A list never overwrites what somebody entered by hand; survey answers have dates and may.
        if held in (None, "", []) or name in FactField.values:
            news[name] = typed
    return news


@transaction.atomic
def decide_row(row: ImportRow, *, decision: str, reason: str, by: Any) -> None:
    """A look-alike is a different organisation (with the reason), or is left out."""
    if row.batch.state != ImportState.PREVIEW:
        raise RuleViolation(_("This import has been written already."))
    if row.verdict != Verdict.DUPLICATE and not row.go_on_reason:
        raise RuleViolation(_("Only look-alikes need a decision."))
    if decision == "different" and not reason:
        raise RuleViolation(_("Say why it is a different organisation."))
    row.go_on_reason = reason if decision == "different" else ""
    row.save(update_fields=["go_on_reason"])


def start_commit(batch: ImportBatch, *, by: Any) -> None:
    """Claim the batch for writing: of two presses one starts."""
    won = ImportBatch.objects.filter(pk=batch.pk, state=ImportState.PREVIEW).update(
        state=ImportState.COMMITTING
    )
    if not won:
        raise RuleViolation(_("This import is being written already, or has been."))
    batch.refresh_from_db()


def commit(batch: ImportBatch, *, at: datetime) -> ImportBatch:
    """Write the lines that can be written, a few hundred a transaction; may be called again after a stop."""
    while _commit_some(batch, at=at):
        pass
    with transaction.atomic():
        won = ImportBatch.objects.filter(pk=batch.pk, state=ImportState.COMMITTING).update(
            state=ImportState.COMMITTED, committed_at=at
        )
        if won:
            record(
                batch,
                "accounts.importbatch.committed",
                by=batch.by,
                to_state=ImportState.COMMITTED,
                lines=batch.total,
            )
    batch.refresh_from_db()
    return batch


@transaction.atomic
def _commit_some(batch: ImportBatch, *, at: datetime) -> bool:
    rows = list(batch.rows.select_for_update().filter(is_done=False).order_by("pk")[:BATCH])
    for row in rows:
        try:
            with transaction.atomic():
                _write(row, batch=batch, at=at)
        except (RuleViolation, ValidationError) as problem:
            said = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
            row.verdict, row.messages = Verdict.ERROR, said
        row.is_done = True
        row.save(update_fields=["is_done", "verdict", "messages", "organisation", "contact", "changes"])
    ImportBatch.objects.filter(pk=batch.pk).update(handled=batch.rows.filter(is_done=True).count())
    return bool(rows)


def _write(row: ImportRow, *, batch: ImportBatch, at: datetime) -> None:
    if row.verdict in (Verdict.ERROR, Verdict.SAME) or (
        row.verdict == Verdict.DUPLICATE and not row.go_on_reason
    ):
        return
    on = timezone.localdate(at)
    said = dict(row.values["organisation"])
    source = {
        "source": f"accounts.importbatch:{batch.pk}",
        "source_label": _("Import %(file)s") % {"file": batch.file_name},
    }
    organisation = row.organisation or _earlier_line(row)
    if organisation is None:
        said.pop("code", None)
        organisation = _create(said, batch=batch, row=row, on=on, source=source)
    else:
        news = _news(organisation, said)
        facts = {name: value for name, value in news.items() if name in FactField.values}
        plain = {name: value for name, value in news.items() if name not in facts}
        before = {name: getattr(organisation, name) for name in news}
        for name, value in plain.items():
            setattr(organisation, name, value)
        if plain:
            organisation.full_clean(exclude=["code"])
            organisation.save(update_fields=[*plain, "updated_at"])
        learn(organisation, facts=facts, on=on, by=batch.by, **source)  # type: ignore[arg-type]
        if news:
            after = {name: getattr(organisation, name) for name in news}
            row.changes = {"before": before, "after": after}
            record(organisation, "accounts.organisation.imported", by=batch.by, fields=list(news))
    row.organisation = organisation
    person = dict(row.values["contact"])
    if person.get("name") and not organisation.contacts.filter(name=person["name"]).exists():
        row.contact = add_contact(organisation, by=batch.by, **person)
        row.changes = {**row.changes, "contact": row.contact.pk}


def _create(
    said: dict[str, Any], *, batch: ImportBatch, row: ImportRow, on: Any, source: dict[str, str]
) -> Organisation:
    facts = {
        name: Organisation._meta.get_field(name).to_python(said.pop(name))
        for name in list(said)
        if name in FactField.values
    }  # type: ignore[union-attr]
    owner = said.pop("owner", None)
    if owner and batch.by.has_role(Role.DIRECTOR, Role.LEAD):
        said["owner"] = User.objects.get(pk=owner)
    organisation = create_organisation(by=batch.by, on=on, go_on_reason=row.go_on_reason, **said)
    learn(organisation, facts=facts, on=on, by=batch.by, **source)  # type: ignore[arg-type]
    row.changes = {"created": organisation.pk}
    return organisation


def _earlier_line(row: ImportRow) -> Organisation | None:
    """The organisation that an earlier line of the same file brought."""
    plain = normalise(row.values["organisation"]["name"])
    if row.verdict != Verdict.UPDATE:
        return None
    return Organisation.objects.workable_by(row.batch.by).filter(normalised_name=plain).first()


@transaction.atomic
def revert(batch: ImportBatch, *, by: Any, at: datetime) -> ImportBatch:
    """Take an import back, as long as nobody has worked on what it brought.

    Raises RuleViolation that names the first organisation that was touched since; nothing is taken back then.
    """
    won = ImportBatch.objects.filter(pk=batch.pk, state=ImportState.COMMITTED).update(
        state=ImportState.REVERTED, reverted_at=at
    )
    if not won:
        raise RuleViolation(_("Only a written import can be reverted."))
    for row in batch.rows.select_related("organisation", "contact").order_by("-pk"):
        if row.organisation is None or not row.changes:
            continue
        _refuse_touched(row)
        if row.contact is not None and row.changes.get("contact"):
            contact, row.contact = row.contact, None
            row.save(update_fields=["contact"])
            _delete(contact, row.organisation)
        if "before" in row.changes:
            _put_back(row, by=by, on=timezone.localdate(at))
        if row.changes.get("created"):
            row.organisation.search_keys.all().delete()
            Organisation.objects.filter(pk=row.organisation.pk).update(withdrawn_at=at)
    record(
        batch,
        "accounts.importbatch.reverted",
        by=by,
        from_state=ImportState.COMMITTED,
        to_state=ImportState.REVERTED,
    )
    batch.refresh_from_db()
    return batch


def _refuse_touched(row: ImportRow) -> None:
    organisation = row.organisation
    assert organisation is not None  # noqa: S101 - the caller has looked
    source = f"accounts.importbatch:{row.batch_id}"
    touched = (
        organisation.contact_logs.exists() or organisation.intel.exists() or organisation.evaluations.exists()
    )
    if row.changes.get("created"):
        others = organisation.facts.exclude(source=source).exclude(
            source="", source_label=_("Organisation file")
        )
        brought = ImportRow.objects.filter(batch=row.batch_id, contact__isnull=False).values("contact")
        touched = (
            touched
            or organisation.version > 1
            or organisation.visits_made > 0
            or others.exists()
            or organisation.contacts.exclude(pk__in=brought).exists()
        )
    if touched and row.changes.get("created"):
        raise RuleViolation(
            _("%(name)s has been worked on since the import, so it cannot be reverted.")
            % {"name": organisation.name}
        )


def _put_back(row: ImportRow, *, by: Any, on: date) -> None:
    """The values from before; as facts cannot be taken back, the earlier answer is given again."""
    organisation = row.organisation
    assert organisation is not None  # noqa: S101 - the caller has looked
    names = []
    for name, before in row.changes["before"].items():
        field = Organisation._meta.get_field(name)
        after = field.to_python(row.changes["after"][name])  # type: ignore[union-attr]
        if getattr(organisation, name) != after:
            raise RuleViolation(
                _("%(name)s has been worked on since the import, so it cannot be reverted.")
                % {"name": organisation.name}
            )
        setattr(organisation, name, before)
        names.append(name)
    organisation.save(update_fields=[*names, "updated_at"])
    held = {name: getattr(organisation, name) for name in names if name in FactField.values}
    learn(organisation, facts=held, on=on, by=by, source_label=_("Import taken back"))
    reindex(organisation)


def _delete(what: Any, organisation: Organisation) -> None:
    try:
        what.delete()
    except ProtectedError as problem:
        raise RuleViolation(
            _("%(name)s has been worked on since the import, so it cannot be reverted.")
            % {"name": organisation.name}
        ) from problem


def failed_rows(batch: ImportBatch) -> Iterator[ImportRow]:
    """The lines that were not written, with their reasons."""
    rows = batch.rows.filter(verdict__in=[Verdict.ERROR, Verdict.DUPLICATE]).order_by("pk")
    return (
        row for row in rows.iterator(chunk_size=1000) if row.verdict == Verdict.ERROR or not row.go_on_reason
    )
