"""What a line of a workbook is to us: new, an addition, nothing new, perhaps a duplicate, or wrong (D2, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.choices import FactField
from accounts.imports import Read
from accounts.models import Contact, Organisation
from accounts.rules.names import folded, normalise
from accounts.search import sound_of
from keyaccounts.common.roles import Role
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.models import UploadLine
from keyaccounts.people.models import TeamMember
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .lines import be_about, organisation_pk

# A name of at least so many characters counts when a longer one begins with it.
PART = 4
CONTACT_BLANKS = (
    "position", "title", "unit_department", "decision_role", "mobile", "phone", "email", "familiarity", "influence",
    "authority", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared of an organisation that is there, or that an earlier line brings (``pk`` 0)."""

    pk: int
    name: str
    district: str
    owner: str
    line: int = 0

    def is_alike(self, why: str) -> str:
        """Name, district and owner, whoever asks; of an earlier line its number."""
        if self.line:
            return _("Line %(number)s, %(name)s, %(why)s.") % {
                "number": self.line,
                "name": self.name,
                "why": why,
            }
        return _("%(name)s (%(district)s, owner %(owner)s) %(why)s.") % {
            "name": self.name,
            "district": self.district or "–",
            "owner": self.owner or "–",
            "why": why,
        }


class Judge:
    """Compares lines with what is there and with the lines before: all organisations once, not a query a line."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.workable = set(Organisation.objects.workable_by(user).values_list("pk", flat=True))
        self.assignable = _assignable(user)
        self.by_code: dict[str, Known] = {}
        self.by_name: dict[str, Known] = {}
        self.by_plain: dict[str, Known] = {}
        self.by_short: dict[str, Known] = {}
        self.by_sound: dict[str, Known] = {}
        self.by_phone: dict[str, Known] = {}
        # What longer names begin with: 燕岭重型铸造 of 燕岭重型铸造厂.
        self.by_begin: dict[str, Known] = {}
        rows = (
            Organisation.objects.present()
            .order_by("pk")
            .values_list(
                "pk",
                "name",
                "district",
                "owner__name",
                "code",
                "short_name",
                "phone",
                "normalised_name",
                "sound",
            )
        )
        for pk, name, district, owner, code, short, phone, plain, sound in rows.iterator(chunk_size=5000):
            known = Known(pk, name, label(TermList.DISTRICT, district), owner or "")
            self.by_code[code] = known
            self._remember(known, folded(name), short=short, phone=phone, plain=plain, sound=sound)

    def _remember(self, known: Known, name: str, *, short: str, phone: str, plain: str, sound: str) -> None:
        self.by_name.setdefault(name, known)
        self.by_plain.setdefault(plain, known)
        for length in range(PART, len(plain)):
            self.by_begin.setdefault(plain[:length], known)
        if sound:
            self.by_sound.setdefault(sound, known)
        if phone:
            self.by_phone.setdefault(phone, known)
        if short:
            self.by_short.setdefault(folded(short), known)

    def judge(self, row: Read) -> tuple[str, list[str], dict[str, Any]]:
        """The verdict, what to say, and whom it concerns: ``organisation`` or ``look_alike`` and its ``name``."""
        if row.problems:
            return LineVerdict.ERROR, row.problems, {}
        said = list(row.remarks)
        owner = row.organisation.get("owner")
        if owner and self.assignable is not None and owner not in self.assignable:
            row.organisation.pop("owner")
            said.append(_("The owner named there is left out: only the director assigns beyond the team."))
        name = folded(row.organisation["name"])
        known = self.by_code.get(row.organisation.get("code", "")) or self.by_name.get(name)
        if known is not None and known.line:
            # Another contact of an organisation that an earlier line brings.
            return (
                LineVerdict.UPDATE,
                [*said, _("As line %(number)s") % {"number": known.line}],
                {"name": known.name},
            )
        if known is not None and known.pk in self.workable:
            return LineVerdict.UPDATE, said, {"organisation": known.pk}
        if known is not None:
            return LineVerdict.DUPLICATE, [*said, known.is_alike(_("is already there"))], {}
        plain = normalise(row.organisation["name"])
        phone, short = row.organisation.get("phone", ""), row.organisation.get("short_name", "")
        sound = sound_of(plain)
        alike = self._alike(name, plain, sound, phone, short)
        here = Known(0, row.organisation["name"], "", "", row.line.number)
        self._remember(here, name, short=short, phone=phone, plain=plain, sound=sound)
        if alike is None:
            return LineVerdict.CREATE, said, {}
        other, why = alike
        concerns = (
            {"name": other.name}
            if other.line
            else {"look_alike": other.pk}
            if other.pk in self.workable
            else {}
        )
        return LineVerdict.DUPLICATE, [*said, other.is_alike(why)], concerns

    def _alike(self, name: str, plain: str, sound: str, phone: str, short: str) -> tuple[Known, str] | None:
        if known := self.by_plain.get(plain):
            return known, _("has the same name but for place and company form")
        if known := self.by_short.get(name) or (self.by_short.get(folded(short)) if short else None):
            return known, _("has the same short name")
        if len(plain) >= 3 and (known := self.by_sound.get(sound)):
            return known, _("sounds the same")
        if known := self.by_begin.get(plain) or self._within(plain):
            return known, _("has a name of which one contains the other")
        if phone and (known := self.by_phone.get(phone)):
            return known, _("has the same switchboard")
        return None

    def _within(self, plain: str) -> Known | None:
        """An organisation whose name this longer one begins with."""
        begins = (plain[:length] for length in range(len(plain) - 1, PART - 1, -1))
        return next((self.by_plain[begin] for begin in begins if begin in self.by_plain), None)


def _assignable(user: Any) -> set[int] | None:
    """To whom this person may give organisations; None: to everybody."""
    if user.has_role(Role.DIRECTOR):
        return None
    if user.has_role(Role.LEAD):
        team = TeamMember.objects.filter(team__in=user.team_ids, until_on__isnull=True)
        return {user.pk, *team.values_list("user", flat=True)}
    return {user.pk}


def find_same(rows: list[UploadLine]) -> None:
    """Lines that bring nothing new to an organisation that is there become SAME; others say what they add."""
    updates = [row for row in rows if row.verdict == LineVerdict.UPDATE and row.subject]
    there = Organisation.objects.in_bulk({organisation_pk(row) for row in updates})
    people: dict[int, dict[str, Contact]] = {}
    for person in Contact.objects.filter(organisation__in=there):
        people.setdefault(person.organisation_id, {})[person.name] = person
    for row in updates:
        organisation = there[organisation_pk(row)]  # type: ignore[index]
        be_about(row, organisation)
        added = news(organisation, row.values["organisation"])
        said = [_("adds %(fields)s") % {"fields": _labels(added)}] if added else []
        for values in row.values["contacts"]:
            there_already = people.get(organisation.pk, {}).get(values["name"])
            if there_already is None:
                said.append(_("adds contact %(name)s") % {"name": values["name"]})
            elif blanks_filled(there_already, values):
                said.append(_("adds to contact %(name)s") % {"name": values["name"]})
        row.messages = [*row.messages, *said]
        if not said:
            row.verdict = LineVerdict.SAME


def _labels(names: Any) -> str:
    return "、".join(str(Organisation._meta.get_field(name).verbose_name) for name in names)


def news(organisation: Organisation, values: dict[str, Any]) -> dict[str, Any]:
    """What a line says that the organisation does not: blanks filled, survey answers that differ."""
    found = {}
    for name, value in values.items():
        if name in ("name", "code", "owner"):
            continue
        held = getattr(organisation, name)
        typed = Organisation._meta.get_field(name).to_python(value)  # type: ignore[union-attr]
        if held == typed:
            continue
        # A list never overwrites what somebody entered by hand; survey answers have dates and may.
        if held in (None, "", []) or name in FactField.values:
            found[name] = typed
    return found


def blanks_filled(person: Contact, values: dict[str, Any]) -> dict[str, Any]:
    """What a line says of a contact that the contact's file leaves open."""
    return {
        name: values[name]
        for name in CONTACT_BLANKS
        if values.get(name) not in (None, "") and getattr(person, name) in (None, "")
    }
