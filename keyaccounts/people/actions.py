"""Changes to people, their roles and their teams."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import SALES, Role

from .models import RoleGrant, Team, TeamMember, User

OFFICE_ROLES = (Role.DIRECTOR, Role.SYSADMIN)


def keep_an_administrator(user: User) -> None:
    """Refuse to do without ``user`` as system administrator when nobody else is one.

    Raises RuleViolation then: nobody would be left who can set people and roles.
    """
    if not User.objects.with_role(Role.SYSADMIN).exclude(pk=user.pk).exists():
        raise RuleViolation(_("Somebody has to be system administrator: name another one first."))


def keep_staff_in_step(user: User) -> None:
    """The settings open to the director and the system administrator, and to nobody else."""
    is_staff = user.grants.filter(role__in=OFFICE_ROLES).exists()
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])


@transaction.atomic
def grant_role(user: User, role: str, *, by: User | None) -> None:
    """Give a person a role; it counts from the next request on. Giving it twice changes nothing."""
    _grant, fresh = RoleGrant.objects.get_or_create(user=user, role=Role(role))
    keep_staff_in_step(user)
    user.__dict__.pop("roles", None)
    if fresh:
        record(user, "people.user.role_granted", by=by, role=str(Role(role).label))


@transaction.atomic
def revoke_role(user: User, role: str, *, by: User | None) -> None:
    """Take a role away; the next request of that person is refused what it allowed.

    Raises RuleViolation when nobody would be left who can set people and roles.
    """
    if role == Role.SYSADMIN:
        keep_an_administrator(user)
    gone, _rows = RoleGrant.objects.filter(user=user, role=role).delete()
    keep_staff_in_step(user)
    user.__dict__.pop("roles", None)
    if gone:
        record(user, "people.user.role_revoked", by=by, role=str(Role(role).label))


@transaction.atomic
def change_profile(user: User, *, version: int | None, by: User, **facts: Any) -> None:
    """A person's own particulars.

    Raises StaleEdit when they were saved elsewhere since the form was opened.
    """
    kept = User.objects.get(pk=user.pk)
    changes = {
        name: [getattr(kept, name), value] for name, value in facts.items() if getattr(kept, name) != value
    }
    kept.claim(version)
    User.objects.filter(pk=user.pk).update(**facts)
    if changes:
        record(kept, "people.user.profile_changed", by=by, changes=changes)


@transaction.atomic
def confirm_team(
    team: Team,
    *,
    members: Iterable[User],
    lead: User | None,
    version: int | None,
    on: date,
    by: User,
) -> None:
    """营销中心 fixes the list of members (R47); who leaves keeps the time of membership.

    Raises RuleViolation when somebody is not in sales (R49) or the lead is not a member, StaleEdit
    when the team was saved elsewhere since the form was opened.
    """
    people = {user.pk: user for user in members}
    strangers = [str(user) for user in people.values() if not user.has_role(*SALES)]
    if strangers:
        raise RuleViolation(
            _("Members of a team are sales staff: %(names)s.") % {"names": "、".join(strangers)},
            field="members",
        )
    if lead is not None and lead.pk not in people:
        raise RuleViolation(_("The lead is one of the members."), field="lead")
    team.claim(version)
    Team.objects.filter(pk=team.pk).update(confirmed_by=by, confirmed_on=on)
    present = team.members.filter(until_on__isnull=True)
    present.exclude(user__in=people).update(until_on=on)
    there = set(present.values_list("user_id", flat=True))
    TeamMember.objects.bulk_create(
        TeamMember(team=team, user_id=pk, from_on=on) for pk in people if pk not in there
    )
    present.update(is_lead=False)
    if lead is not None:
        present.filter(user=lead).update(is_lead=True)
    record(team, "people.team.confirmed", by=by, members=[str(user) for user in people.values()])
