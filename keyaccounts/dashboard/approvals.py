"""What waits for the director's decision: one inbox for every kind of request.

A later app's kind of request is one more line of ``KINDS``; the badge in the frame counts it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.choices import PriorityListState
from accounts.models import KeyContactChange, Organisation, PriorityList
from keyaccounts.approvals.choices import RequestState


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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: the rows that wait for a person, and the card that shows one of them."""

    rows: Callable[[Any], QuerySet[Any]]
    card: Callable[[Any], Card]


def _changes(user: Any) -> QuerySet[KeyContactChange]:
    """Changes of key contacts that somebody else has asked for (R10)."""
    return (
        KeyContactChange.objects.filter(
            state=RequestState.PENDING, organisation__in=Organisation.objects.visible_to(user)
        )
        .exclude(requested_by=user)
        .select_related("organisation", "from_key__contact", "to_contact", "requested_by")
    )


def _change_card(change: KeyContactChange) -> Card:
    return Card(
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


def _lists(user: Any) -> QuerySet[PriorityList]:
    """Priority lists that somebody else has submitted (R28)."""
    return (
        PriorityList.objects.filter(state=PriorityListState.SUBMITTED)
        .exclude(submitted_by=user)
        .select_related("campaign", "submitted_by")
        .annotate(chosen=Count("entries", filter=Q(entries__is_chosen=True)), considered=Count("entries"))
    )


def _list_card(minutes: Any) -> Card:
    return Card(
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


KINDS = (Kind(_changes, _change_card), Kind(_lists, _list_card))


def cards_for(user: Any) -> list[Card]:
    """Everything that waits for this person, oldest first."""
    cards = (kind.card(row) for kind in KINDS for row in kind.rows(user))
    return sorted(cards, key=lambda card: card.at)
