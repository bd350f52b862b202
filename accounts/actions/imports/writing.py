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

from accounts.actions.contacts import add_contact, edit_contact
from accounts.actions.facts import BLANK, learn
from accounts.actions.organisations import plain_value, team_of
from accounts.choices import FactField
from accounts.models import Contact, Fact, Organisation, SearchKey
from accounts.search import describe, reindex
from keyaccounts.audit.actions import Act, record, record_all
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import free_codes
from keyaccounts.common.errors import RuleViolation
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.kinds import refuse
from keyaccounts.imports.models import Upload, UploadLine
from keyaccounts.people.models import User

from .judging import blanks_filled, news
from .lines import be_about, organisation_pk

TRIES = 20


class Writer:
    """Writes some lines of one upload: whose it is, of which day, and where from."""

    def __init__(self, upload: Upload, *, at: datetime) -> None:
        self.on, self.by = timezone.localdate(at), upload.by
        self.source = f"imports.upload:{upload.pk}"
        self.source_label = str(_("Import %(file)s") % {"file": upload.file_name})[:100]
        self.campaign = Campaign.objects.current()
        self.teams: dict[int, Any] = {}

    def __call__(self, lines: list[UploadLine]) -> None:
        """Write these lines; one that the rules refuse keeps their reasons."""
        self.create(
            [
                line
                for line in lines
                if line.verdict == LineVerdict.CREATE
                or (line.verdict == LineVerdict.DUPLICATE and line.go_on_reason)
            ]
        )
        for line in lines:
            if line.verdict != LineVerdict.UPDATE:
                continue
            try:
                with transaction.atomic():
                    self.add(line)
            except (RuleViolation, ValidationError) as problem:
                refuse(line, problem)

    def _asked_on(self, row: UploadLine) -> date:
        said = row.values.get("asked_on")
        return (parse_date(said) if isinstance(said, str) else said) or self.on

    # -- new ones -----------------------------------------------------------------------------
    def create(self, rows: list[UploadLine]) -> None:
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
            be_about(row, organisation)
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
        record_all(
            [
                act
                for row, organisation in made
                for act in self._acts(row, organisation, people[id(organisation)])
            ],
            by=self.by,
        )

    def _acts(self, row: UploadLine, organisation: Organisation, people: list[Contact]) -> list[Act]:
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

    def _still_new(self, rows: list[UploadLine]) -> list[UploadLine]:
        """Somebody may have entered one of them since the preview: that line is not written."""
        names = [row.values["organisation"]["name"] for row in rows if not row.go_on_reason]
        there = set(Organisation.objects.present().filter(name__in=names).values_list("name", flat=True))
        new = []
        for row in rows:
            if row.values["organisation"]["name"] in there and not row.go_on_reason:
                row.verdict = LineVerdict.ERROR
                row.messages = [_("Somebody has entered this organisation meanwhile. Import the file again.")]
            else:
                new.append(row)
        return new

    @staticmethod
    def _owner_pk(row: UploadLine) -> int | None:
        return row.values["organisation"].get("owner")

    def _organisation(self, row: UploadLine, owners: dict[int, User]) -> Organisation:
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

    def _facts(self, row: UploadLine, organisation: Organisation) -> list[Fact]:
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
    def add(self, row: UploadLine) -> None:
        """Add what a line says to an organisation that is there, or that an earlier line brought."""
        organisation = self._target(row)
        said = dict(row.values["organisation"])
        added = news(organisation, said)
        facts = {name: value for name, value in added.items() if name in FactField.values}
        plain = {name: value for name, value in added.items() if name not in facts}
        before = {name: getattr(organisation, name) for name in added}
        if added:
            # Whoever has the file open to edit it, and sees the blanks, is told.
            organisation.claim(None)
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
        if plain:
            reindex(organisation)
        if added:
            changes = {name: [plain_value(before[name]), plain_value(value)] for name, value in added.items()}
            record(organisation, "accounts.organisation.imported", by=self.by, changes=changes)
        be_about(row, organisation)

    def _target(self, row: UploadLine) -> Organisation:
        rows = Organisation.objects.workable_by(self.by)
        name = row.values.get("name") or row.values["organisation"]["name"]
        known = organisation_pk(row)
        found = rows.filter(pk=known) if known else rows.filter(name=name)
        organisation = found.order_by("-pk").first()
        if organisation is None:
            raise RuleViolation(
                _("The organisation of this line is not there (any more). Import the file again.")
            )
        return organisation

    def _people(
        self, row: UploadLine, organisation: Organisation
    ) -> tuple[list[Contact], list[dict[str, Any]]]:
        """People added, and what was filled in at those who were there."""
        people, filled = [], []
        for values in row.values["contacts"]:
            person = organisation.contacts.filter(name=values["name"]).first()
            if person is None:
                people.append(add_contact(organisation, by=self.by, **values))
                continue
            if blanks := blanks_filled(person, values):
                edit_contact(person, by=self.by, version=None, **blanks)
                filled.append({"contact": person.pk, "fields": blanks})
        return people, filled


def _once_each(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same name twice in one line is one person."""
    return list({values["name"]: values for values in reversed(contacts)}.values())[::-1]
