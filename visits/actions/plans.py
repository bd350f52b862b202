"""拜访计划: handed in with its appointments, handed in anew, read, approved, returned (practice 2.3, S12, S14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, settle, tell, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import TeamMember, User
from visits.choices import PlanSpan
from visits.models import PlanLine, PlanRevision, Visit, VisitPlan
from visits.planning.periods import Period, Slot
from visits.planning.proposals import Proposal, arranged, to_be_arranged
from visits.rules import free_hour
from visits.settings import plan_rule

from .appointments import lock_all, plan_visit, propose

CALL_DAYS_BEFORE = 3
"""An appointment of a monthly plan comes into the call list so many days before its week."""


@transaction.atomic
def submit_plan(
    period: Period,
    *,
    proposed: Mapping[Proposal, Slot],
    dated: Mapping[Visit, Slot],
    remark: str,
    by: Any,
    at: datetime,
    version: int | None,
) -> VisitPlan:
    """Hand in one's plan: arrange what was chosen, then freeze everything planned for the time as a new revision.

    Args:
        proposed: organisations to visit and when; each becomes an appointment to call for.
        dated: appointments that had no day so far, and when they are meant to be.
        version: the plan's when the form was opened; None when there was no plan.

    Raises RuleViolation: the time is over; the plan was handed in, read or approved meanwhile; nothing is planned and
    no reason is given; somebody arranged a visit to a chosen organisation meanwhile. StaleEdit: another window was first.
    """
    if period.ends_at <= at:
        raise RuleViolation(_("This time is over: what was visited then is in the list of visits."))
    lock_all([proposal.organisation for proposal in proposed], dated)
    plan = _claimed(period, by=by, at=at, version=version)
    undated = _arrange(period, proposed, dated, by=by, at=at)
    lines = _lines(period, undated, by=by)
    if not lines and not remark.strip():
        raise RuleViolation(
            _("Plan at least one visit, or say in the remark why there is none."), field="remark"
        )
    revision = PlanRevision.objects.create(
        plan=plan, number=plan.last_number + 1, remark=remark.strip(), at=at, by=by
    )
    for line in lines:
        line.revision = revision
    PlanLine.objects.bulk_create(lines)
    _hand_in(plan, len(lines), by=by, at=at)
    settle(by, kind=NoticeKind.PLAN, at=at)
    return plan


def _claimed(period: Period, *, by: Any, at: datetime, version: int | None) -> VisitPlan:
    """The person's plan for the period, held for this act: a new one, or the one the form was opened with."""
    mine = VisitPlan.objects.filter(requested_by=by, span=period.span, first_on=period.first_on)
    plan = mine.select_for_update(no_key=True).first()
    already = RuleViolation(
        _("This plan has been handed in already from another window. Open it to change it.")
    )
    if plan is None:
        plan = VisitPlan(
            requested_by=by, requested_at=at, span=period.span, first_on=period.first_on, last_on=period.last_on,
            due_at=period.due_at, needs_approval=plan_rule().needs_approval,
        )  # fmt: skip
        try:
            save_with_code(plan, f"JH{period.first_on.year}-")
        except (IntegrityError, ValidationError) as taken:
            raise already from taken
        return plan
    if version is None:
        raise already
    if plan.state == RequestState.APPROVED:
        raise RuleViolation(
            _("%(who)s has read this plan. What changes now is seen beside it.") % {"who": plan.decided_by}
        )
    plan.claim(version)
    return plan


def _arrange(
    period: Period, proposed: Mapping[Proposal, Slot], dated: Mapping[Visit, Slot], *, by: Any, at: datetime
) -> dict[int, Slot]:
    """Make the appointments chosen. Returns, by visit, when those without a day are meant to be."""
    taken: dict[date, list[time]] = defaultdict(list)
    for visit in arranged(by, period):
        moment = timezone.localtime(visit.planned_at)
        taken[moment.date()].append(moment.time())
    undated: dict[int, Slot] = {}

    def moment_in(slot: Slot) -> datetime | None:
        if period.span != PlanSpan.WEEK or slot.from_on != slot.until_on:
            return None
        hour = free_hour(taken[slot.from_on])
        taken[slot.from_on].append(hour)
        return timezone.make_aware(datetime.combine(slot.from_on, hour))

    for visit, slot in dated.items():
        planned_at = moment_in(slot)
        if planned_at is None:
            undated[visit.pk] = slot
        else:
            propose(visit, planned_at=planned_at, by=by, at=at)
    for proposal, slot in proposed.items():
        planned_at = moment_in(slot)
        visit = plan_visit(
            proposal.organisation,
            kind=proposal.kind,
            visitors=[by],
            contacts=[proposal.contact] if proposal.contact else [],
            by=by,
            at=at,
            planned_at=planned_at,
            purpose=proposal.purpose,
            call_again_on=_call_on(period, slot, on=timezone.localdate(at)) if planned_at is None else None,
        )
        if planned_at is None:
            undated[visit.pk] = slot
    return undated


def _call_on(period: Period, slot: Slot, *, on: date) -> date | None:
    """From when an appointment without a day stands in the call list; None is at once."""
    if period.span == PlanSpan.WEEK:
        return None
    return max(on, slot.from_on - timedelta(days=CALL_DAYS_BEFORE))


def _lines(period: Period, undated: Mapping[int, Slot], *, by: Any) -> list[PlanLine]:
    """Everything planned for the time, in the words of this moment."""
    found = []
    for visit in arranged(by, period):
        slot = _slot_of(period, timezone.localdate(visit.planned_at))
        found.append(_line(visit, slot))
    for visit in to_be_arranged(by).filter(pk__in=undated):
        found.append(_line(visit, undated[visit.pk]))
    return found


def _slot_of(period: Period, day: date) -> Slot:
    if period.span == PlanSpan.WEEK:
        return Slot(day, day)
    return next(slot for slot in period.slots(on=period.first_on) if slot.from_on <= day <= slot.until_on)


def _line(visit: Visit, slot: Slot) -> PlanLine:
    people = "、".join(f"{person.name} {person.title}".strip() for person in visit.contacts.all())
    return PlanLine(
        visit=visit,
        from_on=slot.from_on,
        until_on=slot.until_on,
        name=visit.organisation.name,
        people=people[:200],
        purpose=visit.purpose,
    )


def _hand_in(plan: VisitPlan, lines: int, *, by: Any, at: datetime) -> None:
    """Move it on, or note that it was handed in anew, and tell those who read it."""
    if plan.first_submitted_at is None:
        VisitPlan.objects.filter(pk=plan.pk).update(first_submitted_at=at)
    plan.refresh_from_db()
    readers = readers_of(by)
    title = _("%(who)s's visit plan %(period)s") % {"who": by, "period": plan.title}
    body = _("%(n)s visits") % {"n": lines}
    if plan.state == RequestState.PENDING:  # nobody has read it yet: the same plan, put right
        record(plan, "visits.visitplan.revised", by=by, revision=plan.last_number)
        tell_all(
            [
                Message(
                    person, NoticeKind.APPROVAL, plan, title, url=plan.get_absolute_url(), body=body,
                    step=str(plan.version),
                )
                for person in readers
            ],
            at=at,
        )  # fmt: skip
    elif readers or plan.needs_approval:
        approvals.submit(
            plan, approvers=readers, title=title, url=plan.get_absolute_url(), by=by, at=at, body=body
        )
    else:  # nobody has to read it, and there is nobody who could
        approvals.move(plan, RequestState.PENDING, by=by, requested_at=at)


def readers_of(person: Any) -> list[User]:
    """Whom a plan is laid before: the leads of its author's teams, and without another lead the directors."""
    teams = TeamMember.objects.filter(user=person, until_on__isnull=True).values("team")
    leading = TeamMember.objects.filter(team__in=teams, is_lead=True, until_on__isnull=True).values("user")
    leads = list(User.objects.with_role(Role.LEAD).filter(pk__in=leading).exclude(pk=person.pk))
    return leads or list(User.objects.with_role(Role.DIRECTOR).exclude(pk=person.pk))


@transaction.atomic
def decide_plan(
    plan: VisitPlan, decision: str, *, note: str, by: Any, at: datetime, revision: int | None = None
) -> VisitPlan:
    """已阅 or 批准, with an optional word; or 退回 with the reason, upon which it is handed in anew.

    ``revision`` is the one that was looked at; None does not ask.

    Raises RuleViolation: one's own; returned without a reason; decided already; handed in anew meanwhile.
    """
    held = VisitPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if revision is not None and held.last_number != revision:
        raise RuleViolation(
            _("%(who)s has handed the plan in again meanwhile. Look at the new one first.")
            % {"who": plan.requested_by}
        )
    title = _("Visit plan %(period)s") % {"period": plan.title}
    if decision == RequestState.APPROVED and not plan.needs_approval:
        if plan.requested_by_id == by.pk:
            raise RuleViolation(_("The approver of a thing is never its requester."))
        approvals.move(plan, decision, by=by, note=note, decided_by=by, decided_at=at, decision_note=note)
        if note:  # that it was read alone is no news
            tell(
                plan.requested_by, kind=NoticeKind.DECISION, subject=plan, title=title,
                url=plan.get_absolute_url(), body=note, at=at,
            )  # fmt: skip
    else:
        approvals.decide(
            plan, decision, note=note, title=title, url=plan.get_absolute_url(), by=by, at=at,
            follows=_("Hand it in again.") if decision == RequestState.RETURNED else "",
        )  # fmt: skip
    settle(plan, kind=NoticeKind.APPROVAL, at=at)
    return plan
