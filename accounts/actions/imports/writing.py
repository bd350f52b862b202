"""Writing the lines that can be written: new organisations many at a time, additions one by one (D6).

A batch and its lines are rows: a worker that dies leaves them, and the next run goes on where it stopped.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.actions.contacts import add_contact, field_names
from accounts.actions.facts import BLANK, learn
from accounts.actions.organisations import plain_value, team_of
from accounts.choices import FactField, ImportState, Verdict
from accounts.models import Contact, Fact, ImportBatch, ImportRow, Organisation, SearchKey
from accounts.search import describe, reindex
from keyaccounts.audit.actions import Act, record, record_all
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import free_codes
from keyaccounts.common.errors import RuleViolation
from keyaccounts.people.models import User

from .judging import blanks_filled, news

# Up to so many lines are handled while the person waits; more in the background with progress.
INLINE = 300
BATCH = 500
TRIES = 20


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
    # The batch is the lock: of two workers one writes, the other finds the lines done.
    ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    rows = list(batch.rows.filter(is_done=False).order_by("pk").select_related("organisation")[:BATCH])
    if not rows:
        return False
    on = timezone.localdate(at)
    writer = _Writer(batch, on=on)
    fresh = [
        row
        for row in rows
        if row.verdict == Verdict.CREATE or (row.verdict == Verdict.DUPLICATE and row.go_on_reason)
    ]
    writer.create(fresh)
    told = []
    for row in rows:
        if row.verdict != Verdict.UPDATE:
            continue
        try:
            with transaction.atomic():
                writer.add(row)
        except (RuleViolation, ValidationError) as problem:
            said = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
            row.verdict, row.messages = Verdict.ERROR, said
        told.append(row)
    ImportRow.objects.bulk_update(told, ["verdict", "messages", "organisation", "contact", "changes"])
    ImportRow.objects.filter(pk__in=[row.pk for row in rows]).update(is_done=True)
    ImportBatch.objects.filter(pk=batch.pk).update(handled=batch.rows.filter(is_done=True).count())
    return True


class _Writer:
    """Writes some lines of one batch: whose it is, of which day, and where from."""

    def __init__(self, batch: ImportBatch, *, on: date) -> None:
        self.batch, self.on, self.by = batch, on, batch.by
        self.source = f"accounts.importbatch:{batch.pk}"
        self.source_label = str(_("Import %(file)s") % {"file": batch.file_name})[:100]
        self.campaign = Campaign.objects.current()
        self.teams: dict[int, Any] = {}

    def _asked_on(self, row: ImportRow) -> date:
        said = row.values.get("asked_on")
        return (parse_date(said) if isinstance(said, str) else said) or self.on

    # -- new ones -----------------------------------------------------------------------------
    def create(self, rows: list[ImportRow]) -> None:
        """Enter the organisations of these lines, with people, facts, search keys and trail."""
        rows = self._still_new(rows)
        owners = User.objects.in_bulk({self._owner_pk(row) for row in rows} - {None})
        made = [(row, self._organisation(row, owners)) for row in rows]
        if not made:
            return
        people = {
            id(organisation): [
                Contact(organisation=organisation, created_by=self.by, **values)
                for values in _once_each(row.values["contacts"])
            ]
            for row, organisation in made
        }
        keys = self._save_with_codes([organisation for _row, organisation in made], people)
        for row, organisation in made:
            row.organisation = organisation
        for persons in people.values():
            for person in persons:
                person.organisation_id = person.organisation.pk
        Contact.objects.bulk_create(
            [person for persons in people.values() for person in persons], batch_size=200
        )
        Fact.objects.bulk_create(
            [fact for row, organisation in made for fact in self._facts(row, organisation)], batch_size=200
        )
        SearchKey.objects.bulk_create(
            [SearchKey(organisation=organisation, key=key) for organisation, its in keys for key in its],
            batch_size=300,
        )
        ImportRow.objects.bulk_update([row for row, _organisation in made], ["organisation"])
        record_all(
            [
                act
                for row, organisation in made
                for act in self._acts(row, organisation, people[id(organisation)])
            ],
            by=self.by,
        )

    def _acts(self, row: ImportRow, organisation: Organisation, people: list[Contact]) -> list[Act]:
        return [
            Act(
                organisation,
                "accounts.organisation.created",
                to_state=organisation.stage,
                reason=row.go_on_reason,
                data={"source": self.source_label},
            ),
            *(Act(person, "accounts.contact.added", under=organisation) for person in people),
        ]

    def _still_new(self, rows: list[ImportRow]) -> list[ImportRow]:
        """Somebody may have entered one of them since the preview: that line is not written."""
        names = [row.values["organisation"]["name"] for row in rows if not row.go_on_reason]
        there = set(Organisation.objects.present().filter(name__in=names).values_list("name", flat=True))
        new, late = [], []
        for row in rows:
            if row.values["organisation"]["name"] in there and not row.go_on_reason:
                row.verdict = Verdict.ERROR
                row.messages = [_("Somebody has entered this organisation meanwhile. Import the file again.")]
                late.append(row)
            else:
                new.append(row)
        ImportRow.objects.bulk_update(late, ["verdict", "messages"])
        return new

    @staticmethod
    def _owner_pk(row: ImportRow) -> int | None:
        return row.values["organisation"].get("owner")

    def _organisation(self, row: ImportRow, owners: dict[int, User]) -> Organisation:
        said = {
            name: value for name, value in row.values["organisation"].items() if name not in ("owner", "code")
        }
        named = self._owner_pk(row)
        owner = owners.get(named) if named else None
        if owner is None and self.by.has_role("rep", "lead"):
            owner = self.by
        organisation = Organisation(
            owner=owner, team=self._team(owner), campaign=self.campaign, created_by=self.by
        )
        for name, value in said.items():
            setattr(organisation, name, Organisation._meta.get_field(name).to_python(value))  # type: ignore[union-attr]
        return organisation

    def _team(self, owner: Any) -> Any:
        if owner is None:
            return None
        if owner.pk not in self.teams:
            self.teams[owner.pk] = team_of(owner)
        return self.teams[owner.pk]

    def _facts(self, row: ImportRow, organisation: Organisation) -> list[Fact]:
        return [
            Fact(
                organisation=organisation,
                field=name,
                value=value,
                observed_on=self._asked_on(row),
                source=self.source,
                source_label=self.source_label,
                recorded_by=self.by,
            )
            for name, value in row.values["organisation"].items()
            if name in FactField.values and value not in BLANK
        ]

    def _save_with_codes(
        self, organisations: list[Organisation], people: dict[int, list[Contact]]
    ) -> list[tuple[Organisation, set[bytes]]]:
        """All at once, with the next free numbers; when somebody took one of them, with the ones after.

        Returns what each is found by.
        """
        for _attempt in range(TRIES):
            keys = []
            codes = free_codes(Organisation, f"KH{self.on.year}-", len(organisations))
            for code, organisation in zip(codes, organisations, strict=True):
                organisation.pk, organisation.code = None, code
                keys.append((organisation, describe(organisation, people[id(organisation)])))
            try:
                with transaction.atomic():
                    Organisation.objects.bulk_create(organisations, batch_size=100)
            except IntegrityError:
                continue
            return keys
        raise RuleViolation(_("Too many organisations are being entered at once. Try again."))

    # -- additions ----------------------------------------------------------------------------
    def add(self, row: ImportRow) -> None:
        """Add what a line says to an organisation that is there, or that an earlier line brought."""
        organisation = self._target(row)
        said = dict(row.values["organisation"])
        added = news(organisation, said)
        facts = {name: value for name, value in added.items() if name in FactField.values}
        plain = {name: value for name, value in added.items() if name not in facts}
        before = {name: getattr(organisation, name) for name in added}
        for name, value in plain.items():
            setattr(organisation, name, value)
        if plain:
            organisation.full_clean(exclude=["code"])
            organisation.save(update_fields=[*plain, "updated_at"])
        kept = learn(
            organisation,
            facts=facts,
            on=self._asked_on(row),
            by=self.by,
            source=self.source,
            source_label=self.source_label,
        )
        changed = [*plain, *kept]
        people, filled = self._people(row, organisation)
        if changed or people or filled:
            row.changes = {
                "before": {name: before[name] for name in changed},
                "after": {name: getattr(organisation, name) for name in changed},
                "contacts": [person.pk for person in people],
                "filled": filled,
            }
        if plain or filled:
            reindex(organisation)
        if added:
            changes = {name: [plain_value(before[name]), plain_value(value)] for name, value in added.items()}
            record(organisation, "accounts.organisation.imported", by=self.by, changes=changes)
        row.organisation = organisation
        row.contact = people[0] if people else None

    def _target(self, row: ImportRow) -> Organisation:
        rows = Organisation.objects.workable_by(self.by)
        name = row.values.get("name") or row.values["organisation"]["name"]
        found = rows.filter(pk=row.organisation_id) if row.organisation_id else rows.filter(name=name)
        organisation = found.order_by("-pk").first()
        if organisation is None:
            raise RuleViolation(
                _("The organisation of this line is not there (any more). Import the file again.")
            )
        return organisation

    def _people(
        self, row: ImportRow, organisation: Organisation
    ) -> tuple[list[Contact], list[dict[str, Any]]]:
        """People added, and what was filled in at those who were there."""
        people, filled = [], []
        for values in row.values["contacts"]:
            person = organisation.contacts.filter(name=values["name"]).first()
            if person is None:
                people.append(add_contact(organisation, by=self.by, **values))
                continue
            blanks = blanks_filled(person, values)
            for name, value in blanks.items():
                setattr(person, name, value)
            if blanks:
                person.full_clean()
                person.save(update_fields=list(blanks))
                record(
                    person,
                    "accounts.contact.edited",
                    by=self.by,
                    under=organisation,
                    fields=field_names(person, blanks),
                )
                filled.append({"contact": person.pk, "fields": blanks})
        return people, filled


def _once_each(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same name twice in one line is one person."""
    return list({values["name"]: values for values in reversed(contacts)}.values())[::-1]
