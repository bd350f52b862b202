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
from budget.models import ExpenseClaim, Supplement, Transfer
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.templatetags.show import day, yuan


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
            Organisation.objects.visible_to(user).holding(), state=RequestState.PENDING
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


def _supplements(user: Any) -> QuerySet[Supplement]:
    """Supplement reports that somebody else has handed in (R92)."""
    return (
        Supplement.objects.visible_to(user)
        .pending()
        .exclude(requested_by=user)
        .select_related("line__budget", "requested_by")
    )


def _supplement_card(report: Supplement) -> Card:
    left = report.line.balance.left
    return Card(
        anchor=f"supplement-{report.pk}",
        kind=_("Supplement report"),
        title=f"{report.code} {yuan(report.amount)}",
        url=report.get_absolute_url(),
        who=str(report.requested_by),
        at=report.requested_at,
        why=report.reason,
        facts=(
            (_("Budget line"), report.line),
            (_("Amount"), yuan(report.amount)),
            (_("Needed on"), day(report.needed_on)),
            (_("Left now"), yuan(left)),
        ),
        after=_("Approved, the line has %(left)s left.") % {"left": yuan(left + report.amount)},
        decide_url=reverse("budget:supplement_decide", args=[report.pk]),
    )


def _transfers(user: Any) -> QuerySet[Transfer]:
    """Money to be moved between lines, asked for by somebody else (R91)."""
    return (
        Transfer.objects.visible_to(user)
        .pending()
        .exclude(requested_by=user)
        .select_related("from_line__budget", "to_line__budget", "requested_by")
    )


def _transfer_card(transfer: Transfer) -> Card:
    give, get = transfer.from_line.balance.left, transfer.to_line.balance.left
    return Card(
        anchor=f"transfer-{transfer.pk}",
        kind=_("Transfer between lines"),
        title=f"{transfer.code} {yuan(transfer.amount)}",
        url=transfer.get_absolute_url(),
        who=str(transfer.requested_by),
        at=transfer.requested_at,
        why=transfer.reason,
        facts=(
            (_("Amount"), yuan(transfer.amount)),
            (str(transfer.from_line), f"{yuan(give)} → {yuan(give - transfer.amount)}"),
            (str(transfer.to_line), f"{yuan(get)} → {yuan(get + transfer.amount)}"),
        ),
        after="",
        decide_url=reverse("budget:transfer_decide", args=[transfer.pk]),
    )


def _claims(user: Any) -> QuerySet[ExpenseClaim]:
    """Expense claims and requests for guests that this person decides (R72, R87)."""
    return (
        ExpenseClaim.objects.visible_to(user)
        .to_decide_by(user)
        .select_related("line__budget", "requested_by", "hospitality__organisation")
    )


def _claim_card(claim: ExpenseClaim) -> Card:
    left, amount = claim.line.balance.left, claim.grown_by if claim.has_grown else claim.claimed_amount
    facts: list[tuple[str, Any]] = [
        (_("Budget line"), claim.line),
        (_("Amount"), yuan(amount)),
        (_("Left now"), yuan(left)),
        (_("Day of the expense"), day(claim.spent_on)),
    ]
    guests = getattr(claim, "hospitality", None)
    if guests is not None:
        facts.append(
            (_("People"), f"{guests.heads} · {_('a head')} {yuan(guests.per_head(claim.payable_amount))}")
        )
        if guests.is_public_sector:
            facts.append((_("Compliance"), _("public sector")))
    if claim.duplicate_reason:
        facts.append((_("Looks like another claim"), claim.duplicate_reason))
    return Card(
        anchor=f"claim-{claim.pk}",
        kind=_("It came to more than approved") if claim.has_grown else claim.get_kind_display(),
        title=f"{claim.code} {yuan(amount)}",
        url=claim.get_absolute_url(),
        who=str(claim.requested_by),
        at=claim.requested_at,
        why=claim.purpose,
        facts=tuple(facts),
        after=_("Approved, the line has %(left)s left.") % {"left": yuan(left - amount)},
        decide_url=reverse("budget:claim_decide", args=[claim.pk]),
    )


KINDS = (
    Kind(_changes, _change_card),
    Kind(_lists, _list_card),
    Kind(_supplements, _supplement_card),
    Kind(_transfers, _transfer_card),
    Kind(_claims, _claim_card),
)


def cards_for(user: Any) -> list[Card]:
    """Everything that waits for this person, oldest first."""
    cards = (kind.card(row) for kind in KINDS for row in kind.rows(user))
    return sorted(cards, key=lambda card: card.at)
