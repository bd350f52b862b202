"""What a test starts from, as plain functions: ``given.a_rep()``, ``given.an_organisation(owner=rep)``."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Contact, Organisation
from budget.actions.claims import submit_claim, write_claim
from budget.actions.ledger import open_ledger
from budget.choices import BudgetState, ClaimKind, LimitAction
from budget.models import Budget, BudgetLimit, BudgetLine, ExpenseClaim
from budget.receipts import ReceiptFile
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
from visits.actions.vehicles import request_vehicle
from visits.choices import MADE_STATES, VisitState
from visits.models import Driver, Vehicle, VehicleRequest, Visit

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


def a_claim(
    *, by: User | None = None, line: BudgetLine | None = None, amount: str = "86", **more: Any
) -> ExpenseClaim:
    """A draft claim of another expense, written on 10 July 2012 with a receipt."""
    values = {"kind": ClaimKind.OTHER, "spent_on": date(2012, 7, 9), "purpose": "说明会投影仪租用"}
    receipt = ReceiptFile(b"%PDF-1.4 receipt %%EOF", f"{next(_numbers):064}", "发票.pdf", ".pdf")
    return write_claim(
        line=line or a_line(), amount=Decimal(amount), by=by or a_rep(), at=at(2012, 7, 10),
        receipts=[receipt], **{**values, **more},
    )  # fmt: skip


def a_handed_in_claim(*, by: User | None = None, **more: Any) -> ExpenseClaim:
    """A claim that waits for the director, of whom there is one."""
    if not User.objects.with_role(Role.DIRECTOR).exists():
        a_director()
    claim = a_claim(by=by, **more)
    return submit_claim(claim, by=claim.requested_by, at=at(2012, 7, 10))


def a_vehicle(**more: Any) -> Vehicle:
    number = next(_numbers)
    return Vehicle.objects.create(**{"plate": f"京A·{number:05}", "name": "商务车", "seats": 6, **more})


def a_driver(**more: Any) -> Driver:
    return Driver.objects.create(**{"name": f"师傅{next(_numbers)}", "mobile": "19900000000", **more})


def a_trip(visit: Visit | None = None, *, by: User | None = None, **more: Any) -> VehicleRequest:
    """A vehicle asked for in time to a visit of 10 July 2012; the marketing centre has somebody."""
    if not User.objects.with_role(Role.MARKETING).exists():
        a_marketer()
    visit = visit or a_visit(an_organisation())
    planned = visit.planned_at or at(2012, 7, 10, 10)
    values = {
        "leaves_at": planned - timedelta(minutes=30), "back_at": planned + timedelta(minutes=90),
        "people": 2, "to_place": "景和区热电路1号", "purpose": f"拜访{visit.organisation.name}", "at": at(2012, 7, 9, 9),
    }  # fmt: skip
    return request_vehicle(visit=visit, by=by or visit.owner, **{**values, **more})
