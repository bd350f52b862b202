"""Handing over: a requisition is issued in parts, and its receiver confirms each (R69, R78).

Lock order: the requisition, its materials by key, its rows, the audit chain last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from keyaccounts.approvals import actions as approvals
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.actions import tell
from keyaccounts.notices.models import NoticeKind
from materials.choices import MoveKind
from materials.models import Handover, HandoverLine, Material, Requisition, RequisitionLine

from .allocation import hold, lines_of, lock_materials
from .stock import take


@transaction.atomic
def issue(
    requisition: Requisition, quantities: Mapping[int, int], *, by: Any, at: datetime, note: str = ""
) -> Handover:
    """Hand materials over the counter; the receiver is asked to confirm them.

    Args:
        quantities: by the row's key; zero leaves a row for another time.

    Raises RuleViolation: nothing to hand over; not approved; more than is approved or than there is; a material
    that is not of this person's store.
    """
    requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(pk=requisition.pk)
    if requisition.state != RequestState.APPROVED:
        raise RuleViolation(
            _("%(code)s is “%(state)s” now. Refresh to see what became of it.")
            % {"code": requisition.code, "state": requisition.get_state_display()}
        )
    lines = [line for line in lines_of(requisition) if quantities.get(line.pk)]
    if not lines:
        raise RuleViolation(_("Say how many of what are handed over."))
    lock_materials(lines)
    _refuse_not_kept(lines, by)
    on = timezone.localdate(at)
    handover = Handover.objects.create(
        requisition=requisition,
        number=(requisition.handovers.aggregate(last=Max("number"))["last"] or 0) + 1,
        issued_by=by,
        issued_at=at,
        note=note,
    )
    for line in lines:
        _hand_over(handover, line, quantities[line.pk], on=on, at=at, by=by)
    record(handover, "materials.handover.issued", by=by, under=requisition, number=handover.number)
    tell(
        requisition.receiver,
        kind=NoticeKind.MATERIAL,
        subject=handover,
        title=_("Please confirm that you have received: %(what)s") % {"what": in_words(handover)},
        url=requisition.get_absolute_url(),
        at=at,
    )
    return handover


@transaction.atomic
def confirm_receipt(handover: Handover, *, by: Any, at: datetime, discrepancy: str = "") -> Handover:
    """The receiver has it, once; what was found otherwise is told to whoever issued it.

    Raises RuleViolation: not the receiver; confirmed already.
    """
    requisition = Requisition.objects.select_for_update(of=("self",), no_key=True).get(
        pk=handover.requisition_id
    )
    if requisition.receiver_id != by.pk:
        raise RuleViolation(
            _("Only %(name)s confirms that it was received.") % {"name": requisition.receiver}
        )
    won = Handover.objects.filter(pk=handover.pk, confirmed_at__isnull=True).update(
        confirmed_by=by, confirmed_at=at, discrepancy=discrepancy.strip()[:200]
    )
    if not won:
        raise RuleViolation(_("This has been confirmed already. Refresh to see it."))
    handover.refresh_from_db()
    record(
        handover, "materials.handover.confirmed", by=by, under=requisition,
        number=handover.number, reason=handover.discrepancy,
    )  # fmt: skip
    if handover.discrepancy:
        tell(
            handover.issued_by,
            kind=NoticeKind.MATERIAL,
            subject=handover,
            title=_("%(name)s found a discrepancy: %(code)s")
            % {"name": requisition.receiver, "code": requisition.code},
            body=handover.discrepancy,
            url=requisition.get_absolute_url(),
            at=at,
        )
    fulfil_when_done(requisition, by=by)
    return handover


@transaction.atomic
def confirm_all(handovers: Iterable[Handover], *, by: Any, at: datetime) -> int:
    """全部领用: confirm all of these that are not confirmed yet; how many those were."""
    waiting = sorted((h for h in handovers if h.confirmed_at is None), key=lambda h: (h.requisition_id, h.pk))
    rows = Requisition.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(pk__in=[handover.requisition_id for handover in waiting]).order_by("pk"))
    for handover in waiting:
        confirm_receipt(handover, by=by, at=at)
    return len(waiting)


def in_words(handover: Handover) -> str:
    """项目折页 5份、产品手册 2本."""
    rows = handover.lines.select_related("line__material")
    return "、".join(f"{row.line.material} {row.quantity}{row.line.material.unit}" for row in rows)


def _refuse_not_kept(lines: list[RequisitionLine], by: Any) -> None:
    kept = set(
        Material.objects.kept_by(by)
        .filter(pk__in=[line.material_id for line in lines])
        .values_list("pk", flat=True)
    )
    foreign = [str(line.material) for line in lines if line.material_id not in kept]
    if foreign:
        raise RuleViolation(
            _("Not of your store: %(names)s. Its own department hands it over.")
            % {"names": "、".join(foreign)}
        )


def _hand_over(
    handover: Handover, line: RequisitionLine, quantity: int, *, on: Any, at: datetime, by: Any
) -> None:
    """One row: counted by an UPDATE that refuses more than is approved, then taken from the shelf."""
    won = RequisitionLine.objects.filter(
        pk=line.pk, issued__lte=F("approved") - quantity, approved__isnull=False
    ).update(issued=F("issued") + quantity)
    if not won or quantity < 0:
        line.refresh_from_db()
        raise RuleViolation(
            _("Of “%(name)s” %(approved)s are approved and %(issued)s issued: at most %(left)s can be handed over.")
            % {"name": line.material, "approved": line.approved or 0, "issued": line.issued, "left": line.to_issue}
        )  # fmt: skip
    requisition = handover.requisition
    move = take(
        line.material, quantity, kind=MoveKind.ISSUE, source=f"{line.source}:issue:{handover.number}",
        on=on, at=at, by=by, reservation=line.reservation, person=requisition.receiver,
        document=requisition.code, reason=requisition.purpose[:200],
    )  # fmt: skip
    HandoverLine.objects.create(handover=handover, line=line, quantity=quantity, move=move)
    # The reservation was used up whole; what is still to come holds what it can anew.
    RequisitionLine.objects.filter(pk=line.pk).update(reservation=None)
    line.refresh_from_db(fields=["issued", "reservation"])
    hold(line, on=on, at=at, by=by)


def fulfil_when_done(requisition: Requisition, *, by: Any) -> None:
    """Carried out when all of it is issued and each handover confirmed. The caller holds its lock."""
    if requisition.lines.filter(issued__lt=F("approved")).exists():
        return
    if not requisition.handovers.exists() or requisition.handovers.unconfirmed().exists():
        return
    approvals.move(requisition, RequestState.FULFILLED, by=by)
