"""公关招待: asked for before, reported after, then paid (R87)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from budget.actions import claims, payments
from budget.actions.receipts import add_receipts
from budget.choices import ClaimKind, LimitAction
from budget.models import BudgetLine, ExpenseClaim
from budget.receipts import ReceiptFile
from budget.rules import fen
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.templatetags.show import clock_time, short_day
from keyaccounts.notices.actions import settle
from keyaccounts.notices.models import NoticeKind
from visits.models import Hospitality, Visit
from visits.rules import beyond_cap
from visits.settings import guests_report_due, hospitality_rule

GUEST_FIELDS = ("guests", "guest_count", "host_count", "starts_at", "place", "content", "over_cap_reason")


@transaction.atomic
def ask_for_guests(
    organisation: Organisation,
    *,
    line: BudgetLine,
    estimate: Decimal,
    by: Any,
    at: datetime,
    facts: Mapping[str, Any],
    visit: Visit | None = None,
) -> Hospitality:
    """客户接待申请: who comes, when and where and what it may cost; a draft until it is handed in.

    ``facts`` are the fields of GUEST_FIELDS.

    Raises RuleViolation: beyond the cap a head; a visit of another organisation.
    """
    if visit is not None and visit.organisation_id != organisation.pk:
        raise RuleViolation(_("This visit is to another organisation."), field="visit")
    guests = Hospitality(organisation=organisation, visit=visit, **facts)
    refuse_beyond_cap(guests, estimate)
    claim = claims.write_claim(
        kind=ClaimKind.HOSPITALITY, line=line, amount=estimate, spent_on=timezone.localdate(guests.starts_at),
        purpose=_purpose(guests), by=by, at=at,
        source=f"visits.visit:{visit.pk}" if visit else f"accounts.organisation:{organisation.pk}",
    )  # fmt: skip
    guests.claim = claim
    guests.full_clean()
    guests.save()
    record(claim, "visits.hospitality.written", by=by, under=organisation, amount=claim.claimed_amount)
    return guests


@transaction.atomic
def change_guests(
    guests: Hospitality,
    *,
    estimate: Decimal,
    by: Any,
    at: datetime,
    version: int | None,
    facts: Mapping[str, Any],
) -> Hospitality:
    """Change one's own request while it is a draft or was returned. Raises as ``ask_for_guests`` does; StaleEdit."""
    Hospitality.objects.select_for_update(no_key=True).get(pk=guests.pk)
    for name, value in facts.items():
        setattr(guests, name, value)
    refuse_beyond_cap(guests, estimate)
    claims.edit_claim(
        guests.claim, by=by, at=at, version=version, claimed_amount=estimate,
        spent_on=timezone.localdate(guests.starts_at), purpose=_purpose(guests),
    )  # fmt: skip
    guests.full_clean()
    guests.save()
    return guests


def submit_guests(guests: Hospitality, *, by: Any, at: datetime, duplicate_reason: str = "") -> ExpenseClaim:
    """Hand the request in, before the guests come.

    Raises RuleViolation: they have been already; as ``submit_claim`` does.
    """
    for obstacle in guest_obstacles(guests, at=at):
        raise obstacle
    return claims.submit_claim(guests.claim, by=by, at=at, duplicate_reason=duplicate_reason)


def guest_obstacles(guests: Hospitality, *, at: datetime) -> list[RuleViolation]:
    """What the rules for guests have against handing a request in."""
    found = []
    if guests.starts_at <= at:
        found.append(
            RuleViolation(
                _(
                    "Hospitality is asked for before the guests come. What has been spent already is another expense."
                ),
                field="starts_at",
            )
        )
    try:
        refuse_beyond_cap(guests, guests.claim.claimed_amount)
    except RuleViolation as refusal:
        found.append(refusal)
    return found


@transaction.atomic
def report_guests(
    guests: Hospitality,
    *,
    actual: Decimal,
    result: str,
    document: str,
    by: Any,
    at: datetime,
    counterparty: str = "",
    reason: str = "",
    receipts: Iterable[ReceiptFile] = (),
) -> Hospitality:
    """客户接待报告: what it came to, the invoice and what came of it; then it can be paid.

    More than approved needs a reason, and the difference is decided anew. Until it is paid a report can be
    put right by reporting again.

    Raises RuleViolation: not one's own; not approved, or paid; no receipt; they have not been yet.
    """
    guests = (
        Hospitality.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation")
        .get(pk=guests.pk)
    )
    claim = guests.claim
    if claim.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it reports on it."))
    if at < guests.starts_at:
        raise RuleViolation(_("The guests have not been yet."))
    if not result.strip():
        raise RuleViolation(_("Say what came of it."), field="result")
    payments.settle_claim(
        claim, actual=fen(actual), document=document, counterparty=counterparty, reason=reason, by=by, at=at
    )
    add_receipts(claim, receipts=receipts, by=by, at=at)
    if not claim.receipts.exists():
        raise RuleViolation(_("The invoice is missing: take a photo of it or add the PDF."), field="receipts")
    guests.result, guests.reported_at, guests.reported_by = result, at, by
    guests.full_clean(exclude=["claim", "visit"])
    guests.save()
    record(
        claim, "visits.hospitality.reported", by=by, under=guests.organisation, amount=actual, reason=reason
    )
    settle(guests, kind=NoticeKind.REPORT_DUE, at=at)
    return guests


def report_follows(claim: ExpenseClaim) -> str:
    """That a report is due after the guests were there, and until when: what the notice of approval says."""
    guests = Hospitality.objects.filter(claim=claim).first()
    if guests is None:
        return ""
    due = guests_report_due(guests.starts_at)
    return _("A report follows: hand in how it went and the invoice by %(day)s, %(time)s.") % {
        "day": short_day(due),
        "time": clock_time(due),
    }


def refuse_beyond_cap(guests: Hospitality, amount: Decimal) -> None:
    """Raises RuleViolation when so much a head is beyond the director's rule, unless it may and a reason is given."""
    rule = hospitality_rule()
    more = beyond_cap(amount, rule.cap_per_head, guests.heads)
    if more <= 0:
        return
    words = _("At most %(cap)s yuan a head (rule of the director); this is %(head)s for each of %(heads)s.") % {
        "cap": f"{rule.cap_per_head:,.2f}", "head": f"{guests.per_head(amount):,.2f}", "heads": guests.heads,
    }  # fmt: skip
    if rule.over_cap == LimitAction.BLOCK:
        raise RuleViolation(words, field="estimate")
    if not guests.over_cap_reason.strip():
        raise RuleViolation(words + _("Say why."), field="over_cap_reason")


def _purpose(guests: Hospitality) -> str:
    """签约午餐:东线运维公司 8人."""
    name = guests.organisation.called
    return _("%(content)s: %(name)s, %(heads)s people") % {
        "content": guests.content, "name": name, "heads": guests.heads,
    }  # fmt: skip
