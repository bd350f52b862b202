"""Passing organisations from one owner to another, one or a leaver's whole list (D3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Handover, Organisation
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import TeamMember

# What an upper app passes on with the organisations: told the owner so far by organisation, the new one, and who did it.
Along = Callable[[Mapping[int, Any], Any, Any, datetime], None]


@transaction.atomic
def hand_over(
    organisations: Iterable[Organisation],
    *,
    to: Any,
    reason: str,
    by: Any,
    at: datetime,
    along: Iterable[Along] = (),
) -> int:
    """Give organisations to another sales person, with the reason; returns how many changed hands.

    The new owner's team takes them over; a collaborator who becomes owner leaves the collaborators. What hangs
    on the owner in an upper app goes ``along``, in the same transaction.
    Raises RuleViolation when the new owner is not active sales staff, or is outside a lead's own team.
    """
    if not to.is_active or not to.has_role(Role.REP, Role.LEAD):
        raise RuleViolation(_("Organisations are owned by active sales staff."), field="to")
    member = TeamMember.objects.filter(user=to, until_on__isnull=True).select_related("team").first()
    if not by.has_role(Role.DIRECTOR) and (member is None or member.team_id not in by.team_ids):
        raise RuleViolation(
            _("A team lead hands over within the team; beyond it the director does."), field="to"
        )
    rows = list(
        Organisation.objects.present()
        .select_for_update(no_key=True)
        .filter(pk__in=[o.pk for o in organisations])
        .exclude(owner=to)
        .order_by("pk")
    )
    owners = {
        row.pk: row.owner
        for row in Organisation.objects.filter(pk__in=[r.pk for r in rows]).select_related("owner")
    }
    Handover.objects.bulk_create(
        Handover(organisation=row, from_user=owners[row.pk], to_user=to, reason=reason, by=by, at=at)
        for row in rows
    )
    Organisation.collaborators.through.objects.filter(organisation__in=rows, user=to).delete()
    for row in rows:
        row.owner, row.team = to, member.team if member else row.team
    Organisation.objects.bulk_update(rows, ["owner", "team"], batch_size=500)
    for pass_on in along:
        pass_on(owners, to, by, at)
    record_all(
        [
            Act(
                row,
                "accounts.organisation.handed_over",
                reason=reason,
                data={"from": str(owners[row.pk] or ""), "to": str(to)},
            )
            for row in rows
        ],
        by=by,
    )
    if rows:
        title = (
            _("%(organisation)s is yours now") % {"organisation": rows[0]}
            if len(rows) == 1
            else _("%(count)s organisations are yours now") % {"count": len(rows)}
        )
        tell_all(
            [
                Message(
                    to,
                    NoticeKind.HANDOVER,
                    rows[0],
                    title,
                    url=rows[0].get_absolute_url(),
                    body=reason,
                    step=f"{at:%Y%m%d%H%M%S%f}",
                )
            ],
            at=at,
        )
    return len(rows)
