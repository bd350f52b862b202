"""What waits for the director's decision: one inbox for every kind of request.

A kind of request is a function that gives its cards for a person; a later app's kind is one more
line of ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.choices import PriorityListState, RequestState
from accounts.models import KeyContactChange, Organisation, PriorityList


@dataclass(frozen=True, slots=True)
class Card:
    """One request: what, who, why, what follows, and where the decision is posted."""

    anchor: str
    kind: str
    title: str
    url: str
    who: str
    at: datetime
    why: str
    facts: tuple[tuple[str, Any], ...]
    after: str
    decide_url: str


def key_contact_changes(user: Any) -> Iterator[Card]:
    """Changes of key contacts that somebody else has asked for (R10)."""
    rows = (
        KeyContactChange.objects.filter(
            state=RequestState.PENDING, organisation__in=Organisation.objects.visible_to(user)
        )
        .exclude(requested_by=user)
        .select_related("organisation", "from_key__contact", "to_contact", "requested_by")
    )
    for change in rows:
        yield Card(
            anchor=f"key-{change.pk}",
            kind=_("Change of key contact"),
            title=str(change.organisation),
            url=change.organisation.get_absolute_url(),
            who=str(change.requested_by),
            at=change.requested_at,
            why=change.reason,
            facts=((_("From"), change.from_key.contact), (_("To"), change.to_contact)),
            after=_("Approved, the claim of %(name)s is void for good.") % {"name": change.from_key.contact},
            decide_url=reverse("accounts:key_change_decide", args=[change.pk]),
        )


def priority_lists(user: Any) -> Iterator[Card]:
    """Priority lists that somebody else has submitted (R28)."""
    rows = PriorityList.objects.filter(state=PriorityListState.SUBMITTED).exclude(submitted_by=user)
    for minutes in rows.select_related("campaign", "submitted_by").annotate(
        chosen=Count("entries", filter=Q(entries__is_chosen=True)), considered=Count("entries")
    ):
        yield Card(
            anchor=f"priority-{minutes.pk}",
            kind=_("Priority list"),
            title=str(minutes),
            url=reverse("accounts:priority_list", args=[minutes.pk]),
            who=str(minutes.submitted_by),
            at=minutes.submitted_at or minutes.created_at,
            why=minutes.text,
            facts=((_("Chosen"), minutes.chosen), (_("Considered"), minutes.considered)),
            after=_(
                "Approved, the list is frozen as minutes and these organisations are followed with priority."
            ),
            decide_url=reverse("accounts:priority_decide", args=[minutes.pk]),
        )


KINDS: tuple[Callable[[Any], Iterator[Card]], ...] = (key_contact_changes, priority_lists)


def cards_for(user: Any) -> list[Card]:
    """Everything that waits for this person, oldest first."""
    return sorted((card for kind in KINDS for card in kind(user)), key=lambda card: card.at)
