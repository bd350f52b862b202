"""What waits for a person's decision, mostly the director's: one inbox for every kind of request.

A later app's kind of request is one more line of ``KINDS``; the badge in the frame counts it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.choices import PriorityListState
from accounts.models import KeyContactChange, Organisation, PriorityList
from budget.choices import APPROVERS
from budget.models import ExpenseClaim, Supplement, Transfer
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.listing import capped_counts
from keyaccounts.common.roles import Role
from keyaccounts.common.templatetags.show import day, moment, yuan
from materials.models import MaterialExtra, Requisition
from materials.models.requisitions import DECIDERS
from visits.models import VisitPlan


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
    # The list of reasons speaks of money and things; about people and plans one's own words do.
    offers_reasons: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: the rows that wait for a person, what a card needs beside them, and the card of one.

    Rows are counted on every page of the frame, so they are bare until somebody looks at them.
    """

    rows: Callable[[Any], QuerySet[Any]]
    with_facts: Callable[[QuerySet[Any]], QuerySet[Any]]
    card: Callable[[Any], Card]
    roles: tuple[Role, ...] = (Role.DIRECTOR,)

    def waits_for(self, user: Any) -> bool:
        """Whether this person's roles decide about this kind at all."""
        return user.has_role(*self.roles)


def _changes(user: Any) -> QuerySet[KeyContactChange]:
    """Changes of key contacts that somebody else has asked for (R10)."""
    return KeyContactChange.objects.filter(
        Organisation.objects.visible_to(user).holding(), state=RequestState.PENDING
    ).exclude(requested_by=user)


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
        offers_reasons=False,
    )


def _lists(user: Any) -> QuerySet[PriorityList]:
    """Priority lists that somebody else has submitted (R28)."""
    return PriorityList.objects.filter(state=PriorityListState.SUBMITTED).exclude(submitted_by=user)


def _with_entries(rows: QuerySet[PriorityList]) -> QuerySet[PriorityList]:
    chosen = Count("entries", filter=Q(entries__is_chosen=True))
    return rows.select_related("campaign", "submitted_by").annotate(
        chosen=chosen, considered=Count("entries")
    )


def _list_card(minutes: Any) -> Card:
    return Card(
        anchor=f"priority-{minutes.pk}",
        kind=_("Priority list"),
        title=_("Priority list no. %(n)s") % {"n": minutes.number},
        url=reverse("accounts:priority_list", args=[minutes.pk]),
        who=str(minutes.submitted_by),
        at=minutes.submitted_at or minutes.created_at,
        why=minutes.text,
        facts=((_("Chosen"), minutes.chosen), (_("Considered"), minutes.considered)),
        after=_(
            "Approved, the list is frozen as minutes and these organisations are followed with priority."
        ),
        decide_url=reverse("accounts:priority_decide", args=[minutes.pk]),
        offers_reasons=False,
    )


def _supplements(user: Any) -> QuerySet[Supplement]:
    """Supplement reports that somebody else has handed in (R92)."""
    return Supplement.objects.visible_to(user).pending().exclude(requested_by=user)


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
    return Transfer.objects.visible_to(user).pending().exclude(requested_by=user)


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
    return ExpenseClaim.objects.visible_to(user).to_decide_by(user)


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
        each = {"heads": guests.heads, "amount": yuan(guests.per_head(claim.payable_amount))}
        facts.append((_("People"), _("%(heads)s people, %(amount)s a head") % each))
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


def _requisitions(user: Any) -> QuerySet[Requisition]:
    """Requisitions that a rule lays before this person (R69)."""
    return Requisition.objects.decidable_by(user)


def _requisition_card(requisition: Requisition) -> Card:
    lines = list(requisition.lines.all())
    return Card(
        anchor=f"requisition-{requisition.pk}",
        kind=_("Requisition"),
        title=f"{requisition.code} {requisition.purpose}",
        url=requisition.get_absolute_url(),
        who=str(requisition.requested_by),
        at=requisition.requested_at,
        why="、".join(f"{line.material} {line.requested}{line.material.unit}" for line in lines),
        facts=(
            (_("Receiver"), requisition.receiver),
            (_("Needed at"), moment(requisition.needed_at)),
            *((str(line.material), _stock_after(line)) for line in lines),
        ),
        after=_("Approved, it is held in the store. Open it to give less."),
        decide_url=reverse("materials:requisition_decide", args=[requisition.pk]),
    )


def _stock_after(line: Any) -> str:
    free, unit = line.material.available, line.material.unit
    return _("%(free)s%(unit)s available → %(after)s%(unit)s") % {
        "free": free,
        "unit": unit,
        "after": free - line.requested,
    }


def _extras(user: Any) -> QuerySet[MaterialExtra]:
    """Supplements of materials: the plan's money for the director, its own for a department (R70, C15)."""
    return MaterialExtra.objects.decidable_by(user)


def _extra_card(extra: MaterialExtra) -> Card:
    lines, amount = list(extra.lines.all()), extra.amount or Decimal(0)
    facts: list[tuple[str, Any]] = [
        (_("Items"), "、".join(str(line) for line in lines)),
        (_("On hand at the request"), "、".join(f"{line.name} {line.on_hand}{line.unit}" for line in lines)),
        (_("Expected cost"), yuan(extra.amount)),
        (_("Needed on"), day(extra.needed_on)),
    ]
    if extra.line is not None:
        left = extra.line.balance.left
        facts += [(_("Budget line"), extra.line), (_("Left now"), yuan(left))]
        after = _("Approved, the list has it and the line has %(left)s left.") % {"left": yuan(left - amount)}
    elif extra.is_charged:
        after = _("It names no budget line yet: return it, so that it says which.")
    else:
        after = _("Approved, the list has it; %(department)s pays.") % {"department": extra.department}
    return Card(
        anchor=f"extra-{extra.pk}",
        kind=_("Supplement of materials"),
        title=f"{extra.code} {yuan(extra.amount)}".strip(),
        url=extra.get_absolute_url(),
        who=str(extra.requested_by),
        at=extra.requested_at,
        why=extra.reason,
        facts=tuple(facts),
        after=after,
        decide_url=reverse("materials:extra_decide", args=[extra.pk]),
    )


def _plans(user: Any) -> QuerySet[VisitPlan]:
    """Visit plans that count only once approved, where the director wants that (S12, S14)."""
    return VisitPlan.objects.to_approve_by(user)


def _with_visits(rows: QuerySet[VisitPlan]) -> QuerySet[VisitPlan]:
    latest = Count("revisions__lines", filter=Q(revisions__number=F("last_number")))
    return rows.select_related("requested_by").annotate(visits=latest)


def _plan_card(plan: Any) -> Card:
    remark = plan.revisions.values_list("remark", flat=True).first()
    return Card(
        anchor=f"plan-{plan.pk}",
        kind=plan.get_span_display(),
        title=f"{plan.requested_by} {plan.title}",
        url=plan.get_absolute_url(),
        who=str(plan.requested_by),
        at=plan.requested_at,
        why=remark or "",
        facts=((_("Visits"), plan.visits), (_("Due by"), moment(plan.due_at))),
        after="",
        decide_url=plan.decide_url,
        offers_reasons=False,
    )


def _with(*related: str, lists: tuple[str, ...] = ()) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    """Rows with these records beside them, and these lists of each."""
    return lambda rows: rows.select_related(*related).prefetch_related(*lists)


KINDS = (
    Kind(_changes, _with("organisation", "from_key__contact", "to_contact", "requested_by"), _change_card),
    Kind(_lists, _with_entries, _list_card),
    Kind(_supplements, _with("line__budget", "requested_by"), _supplement_card),
    Kind(_transfers, _with("from_line__budget", "to_line__budget", "requested_by"), _transfer_card),
    Kind(_claims, _with("line__budget", "requested_by", "hospitality__organisation"), _claim_card, APPROVERS),
    Kind(
        _requisitions,
        _with("requested_by", "receiver", lists=("lines__material",)),
        _requisition_card,
        DECIDERS,
    ),
    Kind(
        _extras, _with("requested_by", "line__budget", "department", lists=("lines",)), _extra_card, DECIDERS
    ),
    Kind(_plans, _with_visits, _plan_card),
)
MAY_DECIDE = tuple(dict.fromkeys(role for kind in KINDS for role in kind.roles))
"""Every role that some kind of request, or a rule of the director's, may lay before somebody."""


def kinds_of(user: Any) -> list[Kind]:
    """The kinds of request that this person may decide."""
    return [kind for kind in KINDS if kind.waits_for(user)]


def cards_for(user: Any) -> list[Card]:
    """Everything that waits for this person, oldest first."""
    cards = (kind.card(row) for kind in kinds_of(user) for row in kind.with_facts(kind.rows(user)))
    return sorted(cards, key=lambda card: card.at)


def count_for(user: Any) -> int:
    """How many requests wait for this person's decision."""
    return sum(capped_counts((kind.rows(user) for kind in kinds_of(user)), beside=user))
