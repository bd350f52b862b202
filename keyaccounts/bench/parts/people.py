"""The director, the marketing centre, and the sales people in teams of ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaccounts.common.roles import Role
from keyaccounts.people.models import RoleGrant, Team, TeamMember, User

if TYPE_CHECKING:
    from keyaccounts.bench.world import World


def prepare(world: World) -> None:
    world.director = engage(world, ["bench.director"], Role.DIRECTOR)[0]
    world.marketer = engage(world, ["bench.marketing"], Role.MARKETING)[0]
    world.reps = engage(world, [f"bench.rep{i}" for i in range(world.options["reps"])], Role.REP)
    world.teams = Team.objects.bulk_create(
        Team(name=f"第{i + 1}组") for i in range((len(world.reps) + 9) // 10)
    )
    TeamMember.objects.bulk_create(
        TeamMember(team=world.teams[i // 10], user=rep, is_lead=i % 10 == 0, from_on=world.today)
        for i, rep in enumerate(world.reps)
    )


def engage(world: World, usernames: list[str], role: Role) -> list[User]:
    """So many people with a role, who cannot sign in by themselves."""
    users = [
        User(username=username, name=world.name(), is_staff=role == Role.DIRECTOR) for username in usernames
    ]
    for user in users:
        user.set_unusable_password()
    users = User.objects.bulk_create(users)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for user in users)
    return users
