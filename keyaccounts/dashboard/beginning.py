"""开始使用: the first steps of a company, from the empty database to the first round at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation
from budget.choices import BudgetState
from budget.models import Budget
from keyaccounts.campaigns.choices import CampaignState
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Team, User
from materials.models import Material
from visits.models import Vehicle


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up: who does it, where, and whether it is done."""

    label: str
    roles: tuple[Role, ...]
    url: str
    is_done: bool
    is_mine: bool

    @property
    def who(self) -> str:
        return "、".join(str(role.label) for role in self.roles)


# In the order in which one needs the other: what is done, who does it, where, what there is then.
FIRST_STEPS: tuple[tuple[str, Any, tuple[Role, ...], str], ...] = (
    ("people", gettext_lazy("Enter the people and their roles"), (Role.SYSADMIN,), "admin:people_user_add"),
    ("team", gettext_lazy("Name the teams"), (Role.SYSADMIN, Role.DIRECTOR), "admin:people_team_add"),
    ("members", gettext_lazy("Confirm who belongs to each team"), (Role.MARKETING,), "people:teams"),
    (
        "plan",
        gettext_lazy("Take over the plan with your dates"),
        (Role.DIRECTOR,),
        "campaigns:campaign_from_plan",
    ),
    (
        "round",
        gettext_lazy("Confirm what was deduced and start the plan"),
        (Role.DIRECTOR,),
        "campaigns:campaigns",
    ),
    ("draft", gettext_lazy("Draw up the budget"), (Role.MARKETING, Role.DIRECTOR), "budget:start"),
    ("budget", gettext_lazy("Approve the budget"), (Role.DIRECTOR,), "budget:current"),
    ("materials", gettext_lazy("Take over the list of materials"), (Role.MARKETING,), "materials:materials"),
    ("fleet", gettext_lazy("Enter vehicles and drivers"), (Role.MARKETING, Role.DIRECTOR), "visits:fleet"),
    (
        "organisations",
        gettext_lazy("Import the organisations"),
        (Role.DIRECTOR, Role.LEAD, Role.REP),
        "accounts:imports",
    ),
)


def first_steps(user: Any) -> list[Step]:
    """The steps with what is done of them, in one query; none once all are done."""
    there: dict[str, QuerySet[Any]] = {
        "people": User.objects.with_role(Role.REP, Role.LEAD),
        "director": User.objects.with_role(Role.DIRECTOR),
        "team": Team.objects.all(),
        "members": Team.objects.filter(confirmed_on__isnull=False),
        "plan": Campaign.objects.all(),
        "round": Campaign.objects.exclude(state=CampaignState.DRAFT),
        "draft": Budget.objects.all(),
        "budget": Budget.objects.exclude(state=BudgetState.DRAFT),
        "materials": Material.objects.all(),
        "fleet": Vehicle.objects.all(),
        "organisations": Organisation.objects.all(),
    }
    asked = User.objects.filter(pk=user.pk).annotate(
        **{f"has_{name}": Exists(rows) for name, rows in there.items()}
    )
    found: dict[str, bool] = asked.values(*(f"has_{name}" for name in there)).get()
    done = {name: found[f"has_{name}"] for name in there}
    done["people"] = done["people"] and done.pop("director")
    if all(done.values()):
        return []
    return [
        Step(str(label), roles, reverse(url), done[name], not done[name] and user.has_role(*roles))
        for name, label, roles, url in FIRST_STEPS
    ]


def words(steps: list[Step]) -> str:
    """How far the company is."""
    return _("%(done)s of %(all)s done") % {"done": sum(step.is_done for step in steps), "all": len(steps)}
