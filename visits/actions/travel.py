"""交通费报销: journeys to visits, claimed within the director's rules (R72, R88)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budget.actions import claims
from budget.choices import ClaimKind, LimitAction
from budget.models import BudgetLine, ExpenseClaim
from budget.receipts import ReceiptFile
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.wording import labelled
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label
from visits.choices import VisitState
from visits.models import TravelClaim, Visit
from visits.models.vehicles import ON_THE_ROAD
from visits.rules import beyond_cap
from visits.settings import travel_rule

# Nobody set out; to somebody who did not appear one has travelled.
CALLED_OFF = (VisitState.RESCHEDULED, VisitState.CANCELLED)


@transaction.atomic
def claim_travel(
    visits: Iterable[Visit],
    *,
    mode: str,
    amount: Decimal,
    line: BudgetLine,
    by: Any,
    at: datetime,
    spent_on: date | None = None,
    purpose: str = "",
    over_cap_reason: str = "",
    receipts: Iterable[ReceiptFile] = (),
    **more: Any,
) -> TravelClaim:
    """Write a claim for the journeys to these visits; ``spent_on`` is the day of one of them, the last if left out.

    ``more``: ``document``, ``counterparty``, ``duplicate_reason`` of the claim.

    Raises RuleViolation as ``check_journeys`` does.
    """
    gone = list(visits)
    check_journeys(
        gone, mode=mode, amount=amount, spent_on=spent_on, over_cap_reason=over_cap_reason, by=by, at=at
    )
    claim = claims.write_claim(
        kind=ClaimKind.TRANSPORT, line=line, amount=amount, spent_on=spent_on or _days(gone)[-1],
        purpose=purpose or _purpose(gone, mode), by=by, at=at, receipts=receipts,
        source=f"visits.visit:{gone[0].pk}", **more,
    )  # fmt: skip
    travel = TravelClaim.objects.create(claim=claim, mode=mode, over_cap_reason=over_cap_reason)
    travel.visits.set(gone)
    for visit in gone:
        record(claim, "visits.travelclaim.written", by=by, under=visit, amount=claim.claimed_amount)
    return travel


@transaction.atomic
def edit_travel(
    travel: TravelClaim,
    visits: Iterable[Visit],
    *,
    mode: str,
    amount: Decimal,
    by: Any,
    at: datetime,
    version: int | None,
    spent_on: date | None = None,
    over_cap_reason: str = "",
    **more: Any,
) -> TravelClaim:
    """Change one's own claim while it is a draft or was returned. Raises as ``claim_travel`` does; StaleEdit."""
    gone = list(visits)
    check_journeys(
        gone, mode=mode, amount=amount, spent_on=spent_on, over_cap_reason=over_cap_reason, by=by, at=at,
        but=travel.claim,
    )  # fmt: skip
    more["purpose"] = more.get("purpose") or _purpose(gone, mode)
    claims.edit_claim(
        travel.claim,
        by=by,
        at=at,
        version=version,
        claimed_amount=amount,
        spent_on=spent_on or _days(gone)[-1],
        **more,
    )
    travel.mode, travel.over_cap_reason = mode, over_cap_reason
    travel.save(update_fields=["mode", "over_cap_reason"])
    travel.visits.set(gone)
    return travel


def submit_travel(travel: TravelClaim, *, by: Any, at: datetime, duplicate_reason: str = "") -> ExpenseClaim:
    """Hand the claim in, checked against the rules as they are now.

    Raises RuleViolation as ``check_journeys`` and ``budget.actions.claims.submit_claim`` do.
    """
    claim = travel.claim
    for obstacle in travel_obstacles(travel, at=at, excused=bool(duplicate_reason.strip())):
        raise obstacle
    return claims.submit_claim(claim, by=by, at=at, duplicate_reason=duplicate_reason)


def travel_obstacles(travel: TravelClaim, *, at: datetime, excused: bool = False) -> list[RuleViolation]:
    """What the travel rules have against handing a claim in; ``excused``: a reason for a look-alike is given."""
    claim, found = travel.claim, []
    gone = list(travel.visits.select_related("organisation"))
    try:
        check_journeys(
            gone, mode=travel.mode, amount=claim.claimed_amount, spent_on=claim.spent_on,
            over_cap_reason=travel.over_cap_reason, by=claim.requested_by, at=at, but=claim,
        )  # fmt: skip
    except RuleViolation as refusal:
        found.append(refusal)
    if travel_rule(travel.mode).is_receipt_needed and not claim.receipts.exists():
        found.append(
            RuleViolation(
                _("For %(mode)s a receipt is needed: take a photo of it.")
                % {"mode": label(TermList.VEHICLE_RESULT, travel.mode)},
                field="receipts",
            )
        )
    again = claimed_already(gone, by=claim.requested_by, but=claim)
    if again and not (claim.duplicate_reason or excused):
        found.append(
            RuleViolation(
                _("%(codes)s claims a journey to %(visit)s already. Say why this one is another.")
                % {"codes": again[0].code, "visit": "、".join(visit.code for visit in gone)},
                field="duplicate_reason",
            )
        )
    return found


def check_again(claim: ExpenseClaim, amount: Decimal, at: datetime) -> None:
    """Whether the journeys of a claim still bear approving ``amount``: a vehicle may have been given meanwhile, a
    visit called off, a rule changed.

    Raises RuleViolation as ``check_journeys`` does, naming what the approver may do instead.
    """
    travel = TravelClaim.objects.filter(claim=claim).first()
    if travel is None:
        return
    try:
        check_journeys(
            list(travel.visits.select_related("organisation")), mode=travel.mode, amount=amount,
            spent_on=claim.spent_on, over_cap_reason=travel.over_cap_reason, by=claim.requested_by, at=at, but=claim,
        )  # fmt: skip
    except RuleViolation as refusal:
        raise RuleViolation(
            _("%(why)s Return or reject %(code)s with this reason.") % {"why": refusal, "code": claim.code}
        ) from refusal


def check_journeys(
    visits: list[Visit],
    *,
    mode: str,
    amount: Decimal,
    spent_on: date | None,
    over_cap_reason: str,
    by: Any,
    at: datetime,
    but: ExpenseClaim | None = None,
) -> None:
    """Whether these journeys may be claimed like this (R72).

    Raises RuleViolation: no visit; a visit that came to nothing, is still to come on another day, or is not
    one's own; none of that day; a company vehicle was given; a way of travelling that the rule does not allow;
    beyond the cap.
    """
    if not visits:
        raise RuleViolation(_("Travel costs belong to a visit: choose it."), field="visits")
    rule = travel_rule(mode)
    name = label(TermList.VEHICLE_RESULT, mode)
    if not rule.is_allowed:
        raise RuleViolation(
            _("“%(mode)s” cannot be claimed (rule of the director).") % {"mode": name}, field="mode"
        )
    driven = {
        request.visit_id: request
        for visit in visits
        for request in visit.vehicle_requests.filter(state__in=ON_THE_ROAD).select_related("vehicle")
    }
    for visit in visits:
        if visit.state in CALLED_OFF or visit.planned_at is None or _day(visit) > timezone.localdate(at):
            raise RuleViolation(
                _("%(visit)s has not taken place: its journey cannot be claimed.") % {"visit": visit.code},
                field="visits",
            )
        if not visit.visitors.filter(pk=by.pk).exists():
            raise RuleViolation(_("You did not go on %(visit)s.") % {"visit": visit.code}, field="visits")
        if visit.pk in driven or visit.travel == "assigned":
            plate = driven[visit.pk].vehicle if visit.pk in driven else ""
            raise RuleViolation(
                _("%(visit)s had a company vehicle (%(plate)s), so there is no journey to claim.")
                % {"visit": visit.code, "plate": plate or "—"},
                field="visits",
            )
        if rule.is_refusal_needed and visit.travel != "no_car":
            raise RuleViolation(
                _(
                    "“%(mode)s” is claimed only when no company vehicle was to be had: ask for one before %(visit)s."
                )
                % {"mode": name, "visit": visit.code},
                field="mode",
            )
    if spent_on is not None and spent_on not in _days(visits):
        raise RuleViolation(_("There is no visit of that day among those chosen."), field="spent_on")
    more = beyond_cap(amount, rule.cap_per_trip, len(visits))
    if more > 0:
        words = _("For %(mode)s at most %(cap)s yuan a visit are paid; this is %(more)s more.") % {
            "mode": name, "cap": f"{rule.cap_per_trip:,.2f}", "more": f"{more:,.2f}",
        }  # fmt: skip
        if rule.over_cap == LimitAction.BLOCK:
            raise RuleViolation(words, field="claimed_amount")
        if not over_cap_reason.strip():
            raise RuleViolation(words + _("Say why."), field="over_cap_reason")


def claimed_already(
    visits: Iterable[Visit], *, by: Any, but: ExpenseClaim | None = None
) -> list[ExpenseClaim]:
    """Claims of this person, still alive, that pay a journey to one of these visits."""
    rows = ExpenseClaim.objects.filter(requested_by=by, travel__visits__in=list(visits)).exclude(
        state__in=claims.GONE
    )
    return list((rows.exclude(pk=but.pk) if but else rows).distinct().order_by("pk"))


def _day(visit: Visit) -> date:
    return timezone.localdate(visit.planned_at)


def _days(visits: Iterable[Visit]) -> list[date]:
    return sorted({_day(visit) for visit in visits if visit.planned_at})


def _purpose(visits: list[Visit], mode: str) -> str:
    """往返出租车:第一热电厂、机床厂."""
    names = "、".join(visit.organisation.called for visit in visits)
    return labelled(label(TermList.VEHICLE_RESULT, mode), names)[:200]
