"""Making two files of the same organisation one; both histories stay (D2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import ACTIVE_KEY_STATES, FactField, KeyState, PriorityListState
from accounts.models import (
    Contact,
    ContactLog,
    Fact,
    KeyContact,
    KeyContactChange,
    Merge,
    Organisation,
    PriorityEntry,
    SearchKey,
)
from accounts.search import reindex
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import Message, settle, tell_all
from keyaccounts.notices.models import NoticeKind

from .facts import BLANK

# People entered in both files: the one that goes → the one that stays.
SamePeople = dict[int, Contact]
# What an app above has at the merged organisation moves along: (kept, merged, same people).
Mover = Callable[[Organisation, Organisation, SamePeople], None]

FILLED = (
    "short_name", "type", "industry", "public_sector", "district", "address", "latitude", "longitude", "phone", "website",
    "source", "referred_by_id", "note", "campaign_id", "team_id", "owner_id", "next_step", "next_on", "grade",
)  # fmt: skip
GIVEN_AGAIN = (
    "field", "value", "observed_on", "source", "source_label", "asked_id", "recorded_by_id", "recorded_at",
)  # fmt: skip
MOVED = ("contact_logs", "intel", "evaluations", "handovers", "key_contacts", "key_contact_changes", "merges")


@transaction.atomic
def merge(
    kept: Organisation,
    merged: Organisation,
    *,
    reason: str,
    by: Any,
    at: datetime,
    along: Iterable[Mover] = (),
) -> Merge:
    """Move everything of ``merged`` to ``kept``; the merged file stays as it was, hidden, and leads to the kept one.

    Facts are given again at the kept organisation with their day and source, and the latest answer counts.
    Of two key contacts the one who has been it longer stays (R9, R23). Blanks of the kept file are filled. Whoever
    owned the merged one goes on as collaborator.

    Args:
        along: moves what the apps above have, inside this transaction and before the trail is locked.

    Raises RuleViolation: the same organisation; merged already; not both in the merger's hands; a key contact
    change or a priority list with the merged one still waits.
    """
    if kept.pk == merged.pk:
        raise RuleViolation(_("An organisation cannot be merged with itself."), field="merged")
    both = {
        row.pk: row
        for row in Organisation.objects.select_for_update()
        .present()
        .filter(pk__in=[kept.pk, merged.pk])
        .order_by("pk")
    }
    if len(both) < 2:
        raise RuleViolation(_("One of the two has been merged meanwhile. Refresh to see it."))
    if Organisation.objects.workable_by(by).filter(pk__in=both).count() < 2:
        raise RuleViolation(_("Both organisations must be yours to work on: the director can merge all."))
    kept, merged = both[kept.pk], both[merged.pk]
    _refuse_waiting(merged)
    people = _people(kept, merged)
    _settle_key_contact(kept, merged, reason=reason, at=at)
    for gone, stays in people.items():
        KeyContact.objects.filter(contact=gone).update(contact=stays)
        ContactLog.objects.filter(contact=gone).update(contact=stays)
        KeyContactChange.objects.filter(to_contact=gone).update(to_contact=stays)
    if kept.evaluations.filter(is_current=True).exists():
        merged.evaluations.filter(is_current=True).update(is_current=False)
    for name in MOVED:
        getattr(merged, name).update(**{"kept" if name == "merges" else "organisation": kept})
    merged.contacts.exclude(pk__in=people).update(organisation=kept)
    held = set(kept.attachments.present().values_list("digest", flat=True))
    merged.attachments.exclude(digest__in=held).update(organisation=kept)
    Organisation.objects.filter(referred_by=merged).exclude(pk=kept.pk).update(referred_by=kept)
    Organisation.objects.filter(merged_into=merged).update(merged_into=kept)
    helpers = {*merged.collaborators.all(), *([merged.owner] if merged.owner else [])} - {kept.owner}
    kept.collaborators.add(*helpers)
    _fill(kept, merged)
    for move in along:
        move(kept, merged, people)
    row = Merge.objects.create(kept=kept, merged=merged, reason=reason, by=by, at=at)
    Organisation.objects.filter(pk=merged.pk).update(merged_into=kept, next_step="", next_on=None)
    settle(merged, kind=NoticeKind.FOLLOW_UP, at=at)
    SearchKey.objects.filter(organisation=merged).delete()
    reindex(kept)
    record_all(
        [
            Act(
                merged,
                "accounts.organisation.merged",
                under=kept,
                reason=reason,
                data={"from": f"{merged.code} {merged.name}", "to": f"{kept.code} {kept.name}"},
            )
        ],
        by=by,
    )
    _tell(kept, merged, reason=reason, by=by, at=at)
    return row


def _refuse_waiting(merged: Organisation) -> None:
    if merged.key_contact_changes.filter(state=RequestState.PENDING).exists():
        raise RuleViolation(
            _("A change of %(name)s's key contact waits for the director: decide it first.")
            % {"name": merged.name}
        )
    if PriorityEntry.objects.filter(organisation=merged, list__state=PriorityListState.SUBMITTED).exists():
        raise RuleViolation(
            _("%(name)s is on a priority list that waits for the director: decide it first.")
            % {"name": merged.name}
        )


def _people(kept: Organisation, merged: Organisation) -> SamePeople:
    """Who stands in both files: the same mobile, or the same name when one of the two has none."""
    there = list(kept.contacts.all())
    same: SamePeople = {}
    for person in merged.contacts.all():
        for other in there:
            if person.mobile and person.mobile == other.mobile:
                same[person.pk] = other
            elif person.name == other.name and not (person.mobile and other.mobile):
                same.setdefault(person.pk, other)
    for person in merged.contacts.filter(pk__in=same):
        stays = same[person.pk]
        blanks = [
            name
            for name in ("position", "title", "unit_department", "decision_role", "mobile", "phone", "email",
                         "familiarity", "influence", "authority", "consent_note", "note")
            if getattr(stays, name) in BLANK and getattr(person, name) not in BLANK
        ]  # fmt: skip
        for name in blanks:
            setattr(stays, name, getattr(person, name))
        if blanks:
            stays.save(update_fields=blanks)
    return same


def _settle_key_contact(kept: Organisation, merged: Organisation, *, reason: str, at: datetime) -> None:
    active = list(
        KeyContact.objects.filter(organisation__in=[kept, merged], state__in=ACTIVE_KEY_STATES).order_by(
            "since_on", "pk"
        )
    )
    for later in active[1:]:
        later.state, later.until_on = KeyState.VOID_OTHER, timezone.localdate(at)
        later.end_reason = reason
        later.save(update_fields=["state", "until_on", "end_reason"])


def _fill(kept: Organisation, merged: Organisation) -> None:
    """Facts given again, blanks filled, dates and counts joined."""
    mine, theirs = _last_asked(kept), _last_asked(merged)
    Fact.objects.bulk_create(
        Fact(organisation=kept, **{name: getattr(fact, name) for name in GIVEN_AGAIN})
        for fact in merged.facts.order_by("pk")
    )
    prices = kept.price_low, kept.price_high
    taken = [name for name in FILLED if getattr(kept, name) in BLANK]
    for name in FactField.values:
        is_later = name in theirs and (name not in mine or theirs[name] > mine[name])
        if getattr(merged, name) not in BLANK and (getattr(kept, name) in BLANK or is_later):
            taken.append(name)
    for name in taken:
        setattr(kept, name, getattr(merged, name))
    if None not in (kept.price_low, kept.price_high) and kept.price_low > kept.price_high:  # type: ignore[operator]
        kept.price_low, kept.price_high = prices
    for name in ("last_contact_on", "last_visit_on"):
        days = [day for day in (getattr(kept, name), getattr(merged, name)) if day]
        setattr(kept, name, max(days, default=None))
    kept.visits_made += merged.visits_made
    kept.is_priority = kept.is_priority or merged.is_priority
    kept.needs_evaluation = kept.needs_evaluation or bool(kept.grade)
    kept.save()


def _last_asked(organisation: Organisation) -> dict[str, date]:
    """When each fact was last learnt."""
    asked = organisation.facts.order_by().values_list("field").annotate(last=Max("observed_on"))
    return dict(asked)


def _tell(kept: Organisation, merged: Organisation, *, reason: str, by: Any, at: datetime) -> None:
    people = {kept.owner, merged.owner} - {None, by}
    tell_all(
        [
            Message(
                person,
                NoticeKind.HANDOVER,
                merged,
                _("%(merged)s has been merged into %(kept)s") % {"merged": merged, "kept": kept},
                url=kept.get_absolute_url(),
                body=reason,
                step="merged",
            )
            for person in people
            if person.is_active
        ],
        at=at,
    )
