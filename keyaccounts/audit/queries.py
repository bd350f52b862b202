"""Reading the trail: the history of a record in words, and whether anybody has touched the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from . import words
from .actions import START, digest_of
from .models import AuditChain, AuditEvent, subject_key


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an act changed; ``before`` is empty when the act only states the value."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in words, as the history of a record shows it."""

    at: datetime
    who: str
    act: str
    code: str
    subject: str
    under: str
    kind: str
    name: str
    from_state: str
    to_state: str
    reason: str
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """The act and, where it is not the page's own record, what it was done to."""
        return self.act

    @property
    def change(self) -> str:
        """From which state to which: 待审批 → 已批准."""
        return " → ".join(part for part in (self.from_state, self.to_state) if part)

    @property
    def details(self) -> str:
        """The changed values as one line."""
        return "；".join(
            f"{c.label} {c.before} → {c.after}" if c.before else f"{c.label} {c.after}" for c in self.changes
        )


def history(
    subject: models.Model, *also: models.Model, limit: int = 50, leaving_out: str = ""
) -> list[Entry]:
    """The newest acts on a record and on what is shown under it; ``also`` names records merged into it.

    ``leaving_out`` is an act that the page shows in a list of its own.
    Whoever may see the record may see its history; the caller has looked the record up in scope.
    """
    events = AuditEvent.objects.of_keys([subject_key(row) for row in (subject, *also)])
    events = events.select_related("actor").order_by("-sequence")
    if leaving_out:
        events = events.exclude(action=leaving_out)
    return in_words(events[:limit])


def in_words(events: Iterable[AuditEvent]) -> list[Entry]:
    """Events as people read them."""
    return [_entry(event) for event in events]


def _entry(event: AuditEvent) -> Entry:
    return Entry(
        at=event.at,
        who=str(event.actor) if event.actor_id else _("The system"),
        act=words.act(event.action) or event.action,
        code=event.action,
        subject=event.subject,
        under=event.under,
        kind=words.kind_of(event.subject),
        name=event.subject_label,
        from_state=_state(event, event.from_state),
        to_state=_state(event, event.to_state),
        reason=words.reason(event.action, event.reason),
        changes=tuple(_changes(event)),
    )


def _kinds(event: AuditEvent) -> tuple[str, str]:
    """What the act is about, then what it is kept at: ``visits.visitreport.submitted`` is kept at the visit."""
    return event.action.rpartition(".")[0], event.subject


def _state(event: AuditEvent, code: str) -> str:
    named = (words.state(kind, code) for kind in _kinds(event))
    return next((word for word in named if word != code), code)


def _changes(event: AuditEvent) -> Iterator[Change]:
    def labelled(name: str) -> tuple[str, str]:
        return next(
            ((kind, label) for kind in _kinds(event) if (label := words.detail(kind, name))), ("", "")
        )

    data = dict(event.data)
    pairs: dict[str, Any] = data.pop("changes", None) or {}
    for name, pair in pairs.items():
        kind, label = labelled(name)
        if label and isinstance(pair, list) and len(pair) == 2:
            before, after = (words.value(kind, name, item) for item in pair)
            yield Change(label, before, after)
    for name, plain in data.items():
        kind, label = labelled(name)
        if label and plain not in (None, "", [], {}):
            yield Change(label, "", words.value(kind, name, plain))


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the trail is not what was written: number and what is wrong with it."""

    sequence: int
    what: str


def faults() -> Iterator[Fault]:
    """Go through the whole trail, in constant memory, and tell each changed, removed, inserted or moved row.

    A changed row no longer has its own hash; a removed, inserted or moved one breaks the link to the
    row before it or leaves a hole in the numbers; rows cut off at the end disagree with the chain's end.
    """
    number, digest = 0, START
    for event in AuditEvent.objects.order_by("sequence", "pk").iterator(chunk_size=2000):
        if event.sequence > number + 1:
            yield Fault(number + 1, _("removed, up to number %(last)s") % {"last": event.sequence - 1})
        elif event.sequence <= number:
            yield Fault(event.sequence, _("inserted: the number is there twice"))
        if event.digest != digest_of(event):
            yield Fault(event.sequence, _("changed: the row is not the one that was written"))
        elif event.previous_digest != digest and event.sequence == number + 1:
            yield Fault(event.sequence, _("inserted or moved: the row does not follow the one before it"))
        number, digest = event.sequence, event.digest
    end = AuditChain.objects.filter(pk=1).first()
    last, last_digest = (end.last_sequence, end.last_digest) if end else (0, START)
    if last > number:
        yield Fault(number + 1, _("removed at the end, up to number %(last)s") % {"last": last})
    elif last < number or last_digest != digest:
        yield Fault(number, _("the end of the trail is not the one that was written"))


@dataclass(frozen=True, slots=True)
class Moves:
    """How the states of one kind of record may change, for ``broken_moves``.

    ``acts`` is how the acts that change them begin (``visits.visit.``), ``states`` all of their codes,
    ``may_move(from, to)`` whether an edge is declared, ``now`` the state each row has, by primary key.
    """

    acts: str
    states: frozenset[str]
    may_move: Callable[[str, str], bool]
    now: Callable[[], Iterable[tuple[int, str]]]


def broken_moves(moves: Moves) -> Iterator[str]:
    """Records whose trail has a move along no declared edge or with a gap, or whose state nobody wrote down.

    A record that no act has named is left alone: it came with a file, whose loading is the act.
    """
    rows = (
        AuditEvent.objects.filter(action__startswith=moves.acts, to_state__in=moves.states)
        .order_by("subject", "sequence")
        .values_list("subject", "from_state", "to_state", "sequence")
    )
    last: dict[int, str] = {}
    for subject, group in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        state = None
        for _subject, before, after, sequence in group:
            if state is not None and before and before != state:
                yield f"{subject}: no. {sequence} from {before}, but it was {state}"
            if before and before != after and not moves.may_move(before, after):
                yield f"{subject}: no. {sequence} from {before} to {after}"
            state = after
        last[int(subject.rpartition(":")[2])] = str(state)
    for pk, state in moves.now():
        if last.get(pk, state) != state:
            yield f"{moves.acts}: {pk} is {state}, the trail says {last[pk]}"
