"""Departments, people and teams."""

from __future__ import annotations

from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department, DepartmentAlias, RoleGrant, Team, TeamMember, User

from .file import DemoFile


def departments(file: DemoFile) -> None:
    for row in file.rows("departments"):
        department, _ = Department.objects.update_or_create(code=row["code"], defaults={"name": row["name"]})
        for name in row["aliases"]:
            DepartmentAlias.objects.update_or_create(name=name, defaults={"department": department})
        file.keep("departments", row["id"], department)


def users(file: DemoFile) -> None:
    for row in file.rows("users"):
        roles = {Role(row["role"])} | ({Role.LEAD} if row.get("is_lead") else set())
        user = User.objects.create_user(
            username=row["email"].split("@")[0],
            password=file.password,
            name=row["name"],
            email=row["email"],
            title=row["title"],
            mobile=row["mobile"],
            department=file.of(row["department"]),
            is_active=row["is_active"],
            joined_on=row.get("joined"),
            is_staff=bool(roles & {Role.DIRECTOR, Role.SYSADMIN}),
        )
        RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
        file.keep("users", row["id"], user)


def teams(file: DemoFile) -> None:
    for row in file.rows("teams"):
        team = file.new(
            Team,
            name=row["name"],
            confirmed_by=file.of(row["confirmed_by"]),
            confirmed_on=row["confirmed_on"],
            note=row["note"],
        )
        for reference in row["members"]:
            user = file.of(reference)
            file.new(
                TeamMember,
                team=team,
                user=user,
                is_lead=reference == row["lead"],
                from_on=user.joined_on or row["confirmed_on"],
            )
        file.keep("teams", row["id"], team)


PARTS = {"departments": departments, "users": users, "teams": teams}
