"""领用申请: asked for, approved where a rule says, changed, moved and called off (R69, R78).

Lock order: the requisition, its materials by key, its rows, the audit chain last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import EDITABLE_STATES, OPEN_STATES, RequestState
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from materials.models import ApprovalRule, Material, Requisition, RequisitionLine
from materials.models.requisitions import DECIDERS
from materials.rules import Approval, approving_role

from .allocation import hold, let_go, lines_of, lock_materials
from .handovers import fulfil_when_done


@transaction.atomic
def request_materials(
    campaign: Campaign,
    *,
    purpose: str,
    needed_at: datetime,
    receiver: Any,
    wanted: Mapping[Material, int],
    by: Any,
    at: datetime,
    source: str = "",
) -> Requisition:
    """Ask for materials and hand it in: where no rule names anybody it is approved at once and held on the shelf.

    Raises RuleViolation: nothing wanted; a material that is no thing, or of another campaign; an open requisition
    for the same event (``source``); nobody who could decide.
    """
    if source and Requisition.objects.open().filter(source=source).exists():
        raise RuleViolation(_("Materials have been requested for this already. Change that requisition."))
    requisition = Requisition(
        campaign=campaign, purpose=purpose, needed_at=needed_at, receiver=receiver, source=source,
        requested_by=by, requested_at=at,
    )  # fmt: skip
    _check(requisition, wanted)
    save_with_code(requisition, f"LY{timezone.localdate(needed_at).year}-")
    _write_lines(requisition, wanted)
    _hand_in(requisition, by=by, at=at)
    return requisition


@transaction.atomic
def change_requisition(
    requisition: Requisition,
    *,
    purpose: str,
    needed_at: datetime,
    receiver: Any,
    wanted: Mapping[Material, int],
    version: int | None,
    by: Any,
    at: datetime,
) -> Requisition:
    """Change a returned requisition, or a draft, and hand it in again.

    Raises RuleViolation as asking does, and when somebody has decided it meanwhile; StaleEdit.
    """
    requisition.claim(version)
    requisition.refresh_from_db()
    if requisition.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asks for it changes it."))
    if requisition.state not in EDITABLE_STATES:
        raise RuleViolation(_("Only a draft or a returned requisition can be changed."))
    requisition.purpose, requisition.needed_at, requisition.receiver = purpose, needed_at, receiver
    _check(requisition, wanted)
    requisition.full_clean()
    requisition.save(update_fields=["purpose", "needed_at", "receiver"])
    requisition.lines.all().delete()
    _write_lines(requisition, wanted)
    _hand_in(requisition, by=by, at=at)
    return requisition


@transaction.atomic
def decide_requisition(
    requisition: Requisition,
    decision: str,
    *,
    note: str,
    by: Any,
    at: datetime,
    approved: Mapping[int, int] | None = None,
) -> Requisition:
    """Approve as asked or with less, return, or reject; what is approved is held on the shelf as far as it is there.

    Args:
        approved: quantity by the row's key; rows left out are approved as requested.

    Raises RuleViolation: not this person's to decide; more than was requested; less without a reason; nothing left
    of it; decided already.
    """
    requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(pk=requisition.pk)
    lines = lines_of(requisition)
    if requisition.is_pending and not Requisition.objects.decidable_by(by).filter(pk=requisition.pk).exists():
        if requisition.requested_by_id == by.pk:
            raise RuleViolation(_("The approver of a thing is never its requester."))
        raise RuleViolation(
            _("This requisition waits for the decision of %(role)s.")
            % {"role": requisition.get_approver_role_display()}
        )
    given = {line.pk: (approved or {}).get(line.pk, line.requested) for line in lines}
    if decision == RequestState.APPROVED:
        _refuse_wrong_quantities(lines, given, note)
        lock_materials(lines)
    approvals.decide(
        requisition, decision, note=note, title=str(requisition), url=requisition.get_absolute_url(), by=by, at=at
    )  # fmt: skip
    if decision == RequestState.APPROVED:
        _approve_lines(lines, given, by=by, at=at)
    return requisition


@transaction.atomic
def withdraw_requisition(requisition: Requisition, *, by: Any) -> None:
    """Take it back while nobody has decided."""
    approvals.withdraw(requisition, by=by)


@transaction.atomic
def call_off(requisition: Requisition, *, reason: str, by: Any, at: datetime) -> None:
    """What is not issued yet is not needed any more: its reservations and needs go, the store is told.

    With nothing issued the requisition is withdrawn; otherwise it ends at what was issued.

    Raises RuleViolation: neither one's own nor one's store; no reason; not approved, or nothing left to issue.
    """
    requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(pk=requisition.pk)
    if by.pk not in (requisition.requested_by_id, requisition.receiver_id) and not by.has_role(*DECIDERS):
        raise RuleViolation(_("Only whoever asked for it, or the store, calls it off."))
    if not reason.strip():
        raise RuleViolation(_("Say why it is not needed any more."), field="reason")
    if requisition.state != RequestState.APPROVED:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": requisition.code, "state": requisition.get_state_display()}
        )
    _drop_rest(requisition, reason=reason, by=by, at=at)


def lock_for(source: str) -> None:
    """Lock what is open for an event, before the event itself is recorded: the audit chain comes last."""
    rows = list(
        Requisition.objects.select_for_update(no_key=True).open().filter(source=source).order_by("pk")
    )
    lock_materials(RequisitionLine.objects.filter(requisition__in=rows))


@transaction.atomic
def drop_for(source: str, *, reason: str, by: Any, at: datetime) -> int:
    """What the materials were for does not take place: requests are withdrawn, reservations and needs go."""
    dropped = 0
    for found in Requisition.objects.open().filter(source=source).order_by("pk"):
        requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
        if requisition.state in OPEN_STATES:
            approvals.move(requisition, RequestState.WITHDRAWN, by=by, note=reason, only_from=OPEN_STATES)
        elif requisition.state == RequestState.APPROVED:
            _drop_rest(requisition, reason=reason, by=by, at=at)
        else:
            continue
        dropped += 1
    return dropped


@transaction.atomic
def move_to(source: str, *, to: str, needed_at: datetime, by: Any, at: datetime) -> int:
    """What the materials were for has another date: open requisitions go with it, and so do their needs."""
    moved = 0
    for found in Requisition.objects.open().filter(source=source).order_by("pk"):
        requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
        lines = lines_of(requisition)
        lock_materials(lines)
        before, requisition.source, requisition.needed_at = requisition.needed_at, to, needed_at
        requisition.save(update_fields=["source", "needed_at"])
        if requisition.state == RequestState.APPROVED:
            for line in lines:
                line.requisition = requisition
                hold(line, on=timezone.localdate(at), at=at, by=by)
        if before != needed_at:
            record(
                requisition, "materials.requisition.moved", by=by,
                changes={"needed_at": [f"{timezone.localtime(before):%Y-%m-%d %H:%M}",
                                       f"{timezone.localtime(needed_at):%Y-%m-%d %H:%M}"]},
            )  # fmt: skip
        moved += 1
    return moved


def _check(requisition: Requisition, wanted: Mapping[Material, int]) -> None:
    if not any(wanted.values()):
        raise RuleViolation(_("Say what is needed: at least one material."))
    for material, quantity in wanted.items():
        if quantity < 0:
            raise RuleViolation(_("The quantity is more than zero."))
        if material.campaign_id != requisition.campaign_id:
            raise RuleViolation(_("Choose materials of the running campaign."))
        if quantity and material.is_decision:
            raise RuleViolation(
                _("“%(name)s” is a decision, not a thing: nothing of it lies in the store.")
                % {"name": material}
            )


def _write_lines(requisition: Requisition, wanted: Mapping[Material, int]) -> None:
    rows = [
        RequisitionLine(requisition=requisition, material=material, requested=quantity)
        for material, quantity in wanted.items()
        if quantity
    ]
    for row in rows:
        row.clean_fields(exclude=["reservation"])
    RequisitionLine.objects.bulk_create(rows)


def _hand_in(requisition: Requisition, *, by: Any, at: datetime) -> None:
    """Hand it in to whom the rules name, or approve it by rule and hold what it needs."""
    lines = lines_of(requisition)
    rules = {rule.category: Approval(rule.above, rule.role) for rule in ApprovalRule.objects.all()}
    wanted = [(line.material.category, line.requested) for line in lines]
    role = approving_role(wanted, rules, order=[role.value for role in DECIDERS])
    if role and not User.objects.with_role(role).exclude(pk=by.pk).exists():
        role = Role.DIRECTOR.value  # stands in for whoever would decide about their own request
    requisition.approver_role = role
    requisition.save(update_fields=["approver_role"])
    if role:
        approvals.submit(
            requisition,
            approvers=User.objects.with_role(role),
            title=_("Requisition %(code)s: %(purpose)s")
            % {"code": requisition.code, "purpose": requisition.purpose},
            url=requisition.get_absolute_url(),
            body="、".join(f"{line.material} {line.requested}{line.material.unit}" for line in lines),
            by=by,
            at=at,
        )
        return
    lock_materials(lines)
    approvals.move(requisition, RequestState.PENDING, by=by, requested_at=at)
    words = _("By rule: no row needs an approval")
    approvals.move(
        requisition, RequestState.APPROVED, by=None, note=words, decided_at=at, decision_note=words
    )
    _approve_lines(lines, {line.pk: line.requested for line in lines}, by=by, at=at)


def _approve_lines(lines: list[RequisitionLine], given: Mapping[int, int], *, by: Any, at: datetime) -> None:
    for line in lines:
        line.approved = given[line.pk]
        line.save(update_fields=["approved"])
        hold(line, on=timezone.localdate(at), at=at, by=by)


def _refuse_wrong_quantities(lines: list[RequisitionLine], given: Mapping[int, int], note: str) -> None:
    for line in lines:
        if not 0 <= given[line.pk] <= line.requested:
            raise RuleViolation(
                _("Of “%(name)s” %(requested)s are requested; at most that can be approved.")
                % {"name": line.material, "requested": line.requested}
            )
    if not any(given.values()):
        raise RuleViolation(_("Nothing would be left of it: reject it, with the reason."))
    if any(given[line.pk] < line.requested for line in lines) and not note.strip():
        raise RuleViolation(_("Say why there is less than was requested."), field="note")


def _drop_rest(requisition: Requisition, *, reason: str, by: Any, at: datetime) -> None:
    lines = lines_of(requisition)
    rest = [line for line in lines if line.to_issue]
    if not rest:
        return
    lock_materials(lines)
    for line in rest:
        let_go(line, on=timezone.localdate(at), at=at, by=by)
    said = "、".join(f"{line.material} {line.to_issue}{line.material.unit}" for line in rest)
    if any(line.issued for line in lines):
        for line in rest:
            line.approved = line.issued
            line.save(update_fields=["approved"])
        record(requisition, "materials.requisition.cut", by=by, reason=reason)
        fulfil_when_done(requisition, by=by)
    else:
        approvals.move(
            requisition, RequestState.WITHDRAWN, by=by, note=reason, only_from=[RequestState.APPROVED]
        )
    tell_all(
        [
            Message(
                person,
                NoticeKind.MATERIAL,
                requisition,
                _("Not needed any more: %(code)s %(purpose)s")
                % {"code": requisition.code, "purpose": requisition.purpose},
                url=requisition.get_absolute_url(),
                body=f"{reason} ({said})",
                step=f"off-{at:%Y%m%d%H%M%S}",
            )
            for person in User.objects.with_role(Role.MARKETING).exclude(pk=by.pk)
        ],
        at=at,
    )
