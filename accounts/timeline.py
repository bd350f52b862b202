"""What happened at an organisation between visits, newest first; visits join it above (R27, R31–R33, D2, D3, D6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import KeyState
from accounts.models import Organisation
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit import words
from keyaccounts.audit.models import AuditEvent, subject_key
from keyaccounts.audit.queries import in_words
from keyaccounts.common.wording import labelled
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .queries import source_url

KINDS = {
    "visit": gettext_lazy("Visits"),
    "call": gettext_lazy("Contact log"),
    "news": gettext_lazy("News"),
    "stage": gettext_lazy("Stage"),
    "key": gettext_lazy("Key contact"),
    "evaluation": gettext_lazy("Evaluation"),
    "file": gettext_lazy("File"),
}
ICONS = {
    "visit": "map-pin",
    "call": "phone",
    "news": "news",
    "stage": "arrow-right",
    "key": "star",
    "evaluation": "chart-bar",
    "file": "file-text",
}
ENTERED = "accounts.organisation.created"
# Acts that have no row of their own, by the kind they belong to.
ACTS = {
    "accounts.organisation.moved": "stage",
    ENTERED: "file",
    "accounts.organisation.edited": "file",
    "accounts.organisation.imported": "file",
    "accounts.organisation.collaborators": "file",
    "accounts.contact.added": "file",
    "accounts.contact.edited": "file",
    "accounts.attachment.added": "file",
    "accounts.attachment.removed": "file",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: when, what, who, and where to read more. ``at`` sorts; a day alone is its noon."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    who: str = ""
    url: str = ""
    has_time: bool = False

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind])


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def happenings(organisation: Organisation, *, kind: str = "", limit: int) -> list[Happening]:
    """The newest ``limit`` happenings of an organisation, of one kind or of all but visits."""
    readers = READERS.get(kind, ()) if kind else {reader for its in READERS.values() for reader in its}
    return newest((row for reader in readers for row in reader(organisation, kind, limit)), limit)


def newest(rows: Iterable[Happening], limit: int) -> list[Happening]:
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def _calls(organisation: Organisation, _kind: str, limit: int) -> Iterator[Happening]:
    for log in organisation.contact_logs.select_related("contact", "by")[:limit]:
        how = label(TermList.CONTACT_CHANNEL, log.channel)
        yield Happening(
            noon(log.on), "call", f"{how} {log.contact}" if log.contact else how, log.text, str(log.by)
        )


def _news(organisation: Organisation, _kind: str, limit: int) -> Iterator[Happening]:
    for row in organisation.intel.select_related("by", "read_by")[:limit]:
        said = [_("happens on %(day)s") % {"day": _day(row.event_on)}] if row.event_on else []
        if row.read_by:
            said.append(_("read by %(name)s") % {"name": row.read_by})
        if row.reply:
            said.append(_("Reply: %(reply)s") % {"reply": row.reply})
        yield Happening(noon(row.on), "news", row.text, "；".join(said), str(row.by))


def _key_contacts(organisation: Organisation, _kind: str, limit: int) -> Iterator[Happening]:
    for key in organisation.key_contacts.select_related("contact").order_by("-since_on")[:limit]:
        yield Happening(
            noon(key.since_on),
            "key",
            _("%(name)s became key contact") % {"name": key.contact},
            url=source_url(key.source),
        )
        if key.until_on:
            state = KeyState(key.state).label
            yield Happening(noon(key.until_on), "key", labelled(key.contact, state), key.end_reason)
    changes = organisation.key_contact_changes.select_related(
        "from_key__contact", "to_contact", "requested_by"
    )
    for change in changes[:limit]:
        successor = f" → {change.to_contact}" if change.to_contact else ""
        yield Happening(
            change.requested_at,
            "key",
            _("Change of key contact: %(from)s%(to)s") % {"from": change.from_key.contact, "to": successor},
            "；".join(
                part
                for part in (change.reason, str(RequestState(change.state).label), change.decision_note)
                if part
            ),
            str(change.requested_by),
            has_time=True,
        )


def _evaluations(organisation: Organisation, _kind: str, limit: int) -> Iterator[Happening]:
    rows: QuerySet[Any] = organisation.evaluations.select_related("evaluated_by", "reviewed_by")
    for row in rows.order_by("-evaluated_on", "-pk")[:limit]:
        points = f"{row.total_low}" + (f"–{row.total_high}" if row.total_high != row.total_low else "")
        yield Happening(
            noon(row.evaluated_on),
            "evaluation",
            _("Evaluated: grade %(grade)s, %(points)s points") % {"grade": row.grade, "points": points},
            row.note,
            str(row.evaluated_by or ""),
            row.get_absolute_url(),
        )


def _passing_on(organisation: Organisation, _kind: str, limit: int) -> Iterator[Happening]:
    for row in organisation.handovers.select_related("from_user", "to_user", "by")[:limit]:
        yield Happening(
            row.at,
            "file",
            _("Handed over: %(from)s → %(to)s") % {"from": row.from_user or "–", "to": row.to_user},
            row.reason,
            str(row.by),
            has_time=True,
        )
    for merge in organisation.merges.select_related("merged", "by")[:limit]:
        yield Happening(
            merge.at,
            "file",
            _("%(code)s %(name)s was merged into this file")
            % {"code": merge.merged.code, "name": merge.merged.name},
            merge.reason,
            str(merge.by),
            has_time=True,
        )


def _acts(organisation: Organisation, kind: str, limit: int) -> Iterator[Happening]:
    """What only the trail knows: stages, entering, editing, imports, people and papers."""
    files = {subject_key(file): file for file in (organisation, *organisation.merged_from.all())}
    wanted = [act for act, its in ACTS.items() if not kind or its == kind]
    events = AuditEvent.objects.of_keys([*files]).filter(action__in=wanted).select_related("actor")
    for entry in in_words(events.order_by("-sequence")[:limit]):
        about = f" {entry.name}" if entry.name and not entry.code.startswith("accounts.organisation") else ""
        if entry.code == ENTERED:
            files.pop(entry.subject, None)
        yield Happening(
            entry.at,
            ACTS[entry.code],
            f"{entry.act}{about}",
            "；".join(part for part in (entry.change, entry.reason, entry.details) if part),
            entry.who,
            has_time=True,
        )
    if not kind or kind == ACTS[ENTERED]:
        # Files that came in another way than by being entered, or were entered long ago.
        for file in files.values():
            yield Happening(
                file.created_at, ACTS[ENTERED], str(words.act(ENTERED)), who=str(file.created_by or "")
            )


READERS: dict[str, tuple[Callable[[Organisation, str, int], Iterator[Happening]], ...]] = {
    "call": (_calls,),
    "news": (_news,),
    "stage": (_acts,),
    "key": (_key_contacts,),
    "evaluation": (_evaluations,),
    "file": (_acts, _passing_on),
}


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
