"""What a test starts from, as plain functions: ``given.a_rep()``, ``given.an_organisation(owner=rep)``."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Contact, Organisation
from budget.actions.ledger import open_ledger
from budget.choices import BudgetState, LimitAction
from budget.models import Budget, BudgetLimit, BudgetLine
from keyaccounts.campaigns.choices import CampaignState
from keyaccounts.campaigns.models import Campaign, Phase, WorkItem
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department, DepartmentAlias, RoleGrant, Team, TeamMember, User
from keyaccounts.people.seed import plant as plant_departments
from keyaccounts.vocabulary.models import Term
from keyaccounts.vocabulary.queries import forget
from keyaccounts.vocabulary.seed import plant as plant_choices
from materials.actions.requisitions import request_materials
from materials.actions.stock import receive
from materials.models import Material, Requisition
from visits.choices import MADE_STATES, VisitState
from visits.models import Visit

_numbers = itertools.count(1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "correct horse battery"


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment in the team's time zone."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def a_person(*roles: str, name: str = "", **more: Any) -> User:
    """Somebody with the roles given; ``username`` is unique."""
    number = next(_numbers)
    user = User.objects.create_user(
        username=more.pop("username", f"person{number}"),
        password=PASSWORD,
        name=name or f"同事{number}",
        **more,
    )
    if Role.SYSADMIN in roles or Role.DIRECTOR in roles:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.is_staff = True
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


def a_rep(**more: Any) -> User:
    return a_person(Role.REP, **more)


def a_lead(*, team: Team | None = None, **more: Any) -> User:
    user = a_person(Role.REP, Role.LEAD, **more)
    TeamMember.objects.create(team=team or a_team(), user=user, is_lead=True, from_on=date(2012, 5, 15))
    return user


def a_director(**more: Any) -> User:
    return a_person(Role.DIRECTOR, **more)


def a_marketer(**more: Any) -> User:
    return a_person(Role.MARKETING, **more)


def a_team(**more: Any) -> Team:
    return Team.objects.create(**{"name": f"专案{next(_numbers)}组", **more})


def a_department(**more: Any) -> Department:
    number = next(_numbers)
    return Department.objects.create(**{"code": f"dept{number}", "name": f"部门{number}", **more})


def a_campaign(**more: Any) -> Campaign:
    values = {"name": "大客户渠道拓展执行方案", "starts_on": date(2012, 5, 15), "ends_on": date(2012, 8, 31)}
    return Campaign.objects.create(**{**values, "state": CampaignState.ACTIVE, **more})


def a_phase(campaign: Campaign, **more: Any) -> Phase:
    values = {
        "number": next(_numbers),
        "name": "信息搜集期",
        "starts_on": date(2012, 5, 15),
        "ends_on": date(2012, 6, 15),
    }
    return Phase.objects.create(campaign=campaign, **{**values, **more})


def a_work_item(campaign: Campaign, **more: Any) -> WorkItem:
    number = next(_numbers)
    return WorkItem.objects.create(
        campaign=campaign, **{"number": number, "content": f"工作{number}", **more}
    )


def an_organisation(*, owner: User | None = None, **more: Any) -> Organisation:
    number = next(_numbers)
    values = {
        "code": f"KH2012-{number:03}",
        "name": f"北京第{number}热电厂",
        "normalised_name": f"第{number}热电厂",
    }
    return Organisation.objects.create(owner=owner or a_rep(), **{**values, **more})


def a_contact(organisation: Organisation, **more: Any) -> Contact:
    number = next(_numbers)
    values = {"name": f"贾维{number}", "position": "union_chair", "mobile": f"199{number:08}"}
    return Contact.objects.create(organisation=organisation, **{**values, **more})


def a_visit(organisation: Organisation, *, owner: User | None = None, **more: Any) -> Visit:
    """A visit; made ones get the organisation's next number unless one is given."""
    number = next(_numbers)
    owner = owner or organisation.owner
    values: dict[str, Any] = {
        "code": f"BF2012-{number:03}",
        "kind": "follow",
        "state": VisitState.CONFIRMED,
        "planned_at": at(2012, 7, 10, 10),
        "created_by": owner,
    }
    values.update(more)
    if values["state"] in MADE_STATES and "number" not in values:
        values["number"] = Visit.objects.filter(organisation=organisation, number__isnull=False).count() + 1
    visit = Visit.objects.create(organisation=organisation, owner=owner, **values)
    visit.visitors.add(owner)
    return visit


def the_vocabulary() -> None:
    """The choice lists and departments of the migrations again, for tests whose database was emptied."""
    plant_choices(Term)
    plant_departments(Department, DepartmentAlias)
    forget()


def a_budget(campaign: Campaign | None = None, *, approved: bool = True, **amounts: str | None) -> Budget:
    """A budget with a line per keyword: ``a_budget(transport="2000", ad=None)``; None is not assigned."""
    director = a_director()
    amounts = amounts or {"transport": "2000"}
    budget = Budget.objects.create(
        campaign=campaign or a_campaign(),
        stated_amount=sum(Decimal(value or 0) for value in amounts.values()),
    )
    for place, (category, amount) in enumerate(amounts.items(), start=1):
        BudgetLine.objects.create(
            budget=budget, number=str(place), position=place, category=category, name=f"科目{category}",
            original_amount=None if amount is None else Decimal(amount),
        )  # fmt: skip
    BudgetLimit.objects.create(budget=budget, percent=80, action=LimitAction.WARN)
    BudgetLimit.objects.create(budget=budget, percent=100, action=LimitAction.BLOCK)
    if approved:
        now = at(2012, 5, 15)
        Budget.objects.filter(pk=budget.pk).update(
            state=BudgetState.APPROVED, approved_by=director, approved_at=now
        )
        open_ledger(budget, on=now.date(), at=now, by=director)
        budget.refresh_from_db()
    return budget


def a_line(amount: str | None = "2000", **more: Any) -> BudgetLine:
    """The one line of a new budget in force."""
    return a_budget(**more, transport=amount).lines.get()


def a_material(*, on_hand: int = 0, campaign: Campaign | None = None, **more: Any) -> Material:
    """A material of the running campaign with so many on hand."""
    number = next(_numbers)
    campaign = campaign or Campaign.objects.current() or a_campaign()
    values = {"number": number % 30_000, "name": f"物料{number}", "category": "print", "unit": "份"}
    material = Material.objects.create(campaign=campaign, **{**values, **more})
    if on_hand:
        receive(
            material,
            on_hand,
            source=f"given:{number}",
            on=date(2012, 6, 1),
            at=at(2012, 6, 1),
            by=a_marketer(),
        )
        material.refresh_from_db()
    return material


def a_requisition(
    wanted: dict[Material, int], *, by: User | None = None, receiver: User | None = None, **more: Any
) -> Requisition:
    """A requisition handed in; approved at once where no rule names anybody."""
    by = by or a_rep()
    values = {"purpose": "拜访", "needed_at": at(2012, 7, 11), "at": at(2012, 7, 10)}
    campaign = next(iter(wanted)).campaign
    return request_materials(campaign, wanted=wanted, by=by, receiver=receiver or by, **{**values, **more})


def an_admin_centre(**more: Any) -> User:
    """Somebody of the administration centre, whose own store holds the uniforms."""
    department = Department.objects.filter(code="admin_centre").first() or a_department()
    return a_person(Role.ADMIN_CENTRE, **{"department": department, **more})
