"""A made-up campaign of any size, the same one every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command

from accounts.choices import Grade, Intention, KeyState, Stage
from accounts.models import Contact, Fact, KeyContact, Organisation
from accounts.rules.names import normalise
from keyaccounts.campaigns.choices import CampaignState
from keyaccounts.campaigns.models import Campaign, Phase
from keyaccounts.common.roles import Role
from keyaccounts.people.models import RoleGrant, Team, TeamMember, User
from visits.choices import ReportState, VisitState
from visits.models import Visit, VisitReport

BATCH = 2_000
PLACES = ("昌平", "房山", "丰台", "海淀", "朝阳", "通州", "大兴", "顺义", "怀柔", "密云", "平谷", "延庆")
FIRST = "云岚栖霁檀砚槐岫汾燕沐清禾望澄屿岑瀚晖泽朔霖笙珩翊嘉和远信宏盛泰"
SECOND = "岭川舟桥原溪泉峰林城光华源河山海洋田园野石松竹梅兰星辰阳月晨"
TRADES = (
    "热电",
    "重型铸造",
    "矿山机械",
    "软件技术",
    "水务设计",
    "轨道运维",
    "医药",
    "印刷",
    "纺织",
    "建材",
    "食品",
    "物流",
)
FORMS = ("厂", "有限公司", "集团有限公司", "股份有限公司", "研究院", "学校", "医院", "商会")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "静远立行晓棠承泽曼宁子墨佩岚维舟知夏国桢立冬承宁雅筠书衡思齐礼成"
STAGES = [
    Stage.SCOUTING,
    Stage.EVALUATED,
    Stage.TARGETED,
    Stage.NEGOTIATING,
    Stage.BRIEFING,
    Stage.COOPERATING,
]


class Builder:
    """Builds organisations, contacts, facts, visits and reports, ``size`` of each, as seen at ``now``."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.dice = random.Random(20120515)  # noqa: S311 - the same data every run, not a secret

    def people(self, reps: int) -> None:
        """The director, the marketing centre and ``reps`` sales people in teams of ten."""
        self.director = self._person("bench.director", "梁总监", Role.DIRECTOR)
        self.marketer = self._person("bench.marketing", "苏主管", Role.MARKETING)
        self.reps = [self._person(f"bench.rep{i}", self._name(), Role.REP) for i in range(reps)]
        self.teams = [Team.objects.create(name=f"第{i + 1}组") for i in range((reps + 9) // 10)]
        for i, rep in enumerate(self.reps):
            TeamMember.objects.create(
                team=self.teams[i // 10], user=rep, is_lead=i % 10 == 0, from_on=self.now.date()
            )
        self.campaign = Campaign.objects.create(
            name="测速方案",
            starts_on=self.now.date() - timedelta(days=56),
            ends_on=self.now.date() + timedelta(days=52),
            state=CampaignState.ACTIVE,
            owner=self.director,
        )
        for number, (start, end) in enumerate(((-56, -25), (-25, 5), (-9, 52)), start=1):
            Phase.objects.create(
                campaign=self.campaign,
                number=number,
                name=f"第{number}阶段",
                starts_on=self.now.date() + timedelta(days=start),
                ends_on=self.now.date() + timedelta(days=end),
            )

    def grow(self, start: int, stop: int) -> None:
        """Add the organisations numbered ``start`` to ``stop`` with all that belongs to them."""
        for numbers in _in_batches(start, stop):
            organisations = Organisation.objects.bulk_create([self._organisation(n) for n in numbers])
            contacts = Contact.objects.bulk_create(
                [self._contact(n, org) for n, org in zip(numbers, organisations, strict=True)]
            )
            KeyContact.objects.bulk_create(
                KeyContact(
                    organisation=contact.organisation,
                    contact=contact,
                    state=KeyState.DESIGNATED,
                    since_on=self.now.date() - timedelta(days=40),
                )
                for contact in contacts
            )
            visits = Visit.objects.bulk_create(
                [self._visit(n, org) for n, org in zip(numbers, organisations, strict=True)]
            )
            Visit.visitors.through.objects.bulk_create(
                Visit.visitors.through(visit=visit, user=visit.owner) for visit in visits
            )
            Visit.contacts.through.objects.bulk_create(
                Visit.contacts.through(visit=visit, contact=contact)
                for visit, contact in zip(visits, contacts, strict=True)
            )
            VisitReport.objects.bulk_create(
                self._report(visit) for visit in visits if visit.state == VisitState.REVIEWED
            )
            Fact.objects.bulk_create(
                fact
                for org, visit in zip(organisations, visits, strict=True)
                for fact in self._facts(org, visit)
            )
        call_command("rebuild_search", verbosity=0)

    # -- one of each ------------------------------------------------------------------------
    def _person(self, username: str, name: str, role: Role) -> User:
        user = User(username=username, name=name, is_staff=role == Role.DIRECTOR)
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=role)
        return user

    def _name(self) -> str:
        return self.dice.choice(SURNAMES) + "".join(self.dice.sample(GIVEN, 2))

    def _organisation(self, number: int) -> Organisation:
        pick = self.dice.choice
        middle = pick(FIRST) + pick(SECOND) + (pick(FIRST) if number % 3 else "")
        name = f"北京{pick(PLACES)}{middle}{pick(TRADES)}{pick(FORMS)}"
        owner = self.reps[number % len(self.reps)]
        contact_day = self.now.date() - timedelta(days=self.dice.randrange(1, 60))
        return Organisation(
            code=f"KHB-{number:07}",
            name=name,
            normalised_name=normalise(name),
            type=pick(("factory_mine", "school", "bank", "office_company", "chamber")),
            industry=pick("CGIJPQ"),
            district=f"{pick(PLACES)}区",
            address=f"{pick(PLACES)}区第{number}号",
            campaign=self.campaign,
            owner=owner,
            team=self.teams[(number % len(self.reps)) // 10],
            stage=pick(STAGES),
            grade=pick(Grade.values),
            is_priority=number % 8 == 0,
            staff_count=self.dice.randrange(20, 3000),
            intention=pick(Intention.values),
            power=self.dice.randrange(1, 6),
            last_contact_on=contact_day,
            last_visit_on=contact_day,
            visits_made=1,
            next_on=self.now.date() + timedelta(days=self.dice.randrange(-10, 30)),
            next_step="送样并报价",
            created_by=owner,
            created_at=self.now - timedelta(minutes=number),
        )

    def _contact(self, number: int, organisation: Organisation) -> Contact:
        return Contact(
            organisation=organisation,
            name=self._name(),
            position="union_chair",
            title="工会主席",
            mobile=f"199{number:08}",
            familiarity=4,
            influence=4,
            authority=3,
        )

    def _visit(self, number: int, organisation: Organisation) -> Visit:
        # One in five is still to come, spread over two weeks; the rest were made and read.
        coming = number % 5 == 0
        offset = self.dice.randrange(0, 14 * 24) if coming else -self.dice.randrange(24, 60 * 24)
        return Visit(
            code=f"BFB-{number:07}",
            organisation=organisation,
            number=None if coming else 1,
            kind="first",
            state=VisitState.CONFIRMED if coming else VisitState.REVIEWED,
            planned_at=self.now + timedelta(hours=offset),
            owner=organisation.owner,
            purpose="送样、核对需求",
            next_step="送样并报价",
            created_by=organisation.owner,
        )

    def _report(self, visit: Visit) -> VisitReport:
        submitted = visit.planned_at + timedelta(hours=4)  # type: ignore[operator]
        return VisitReport(
            visit=visit,
            state=ReportState.REVIEWED,
            organisation_name=visit.organisation.name,
            staff_count=visit.organisation.staff_count,
            main_business="机械制造与检修",
            industry=visit.organisation.industry,
            office_environment="三层办公楼,一层有可布展的门厅",
            living_environment="职工多住厂区西侧家属区",
            foot_traffic="食堂门口与交接班大厅",
            gift_demand=["festival", "individual"],
            gift_demand_text="节日福利按人头发",
            intention=visit.organisation.intention,
            power=visit.organisation.power,
            price_low=80,
            price_high=150,
            attention=4,
            first_submitted_at=submitted,
            submitted_at=submitted,
            submitted_by=visit.owner,
        )

    def _facts(self, organisation: Organisation, visit: Visit) -> Iterator[Fact]:
        values: dict[str, Any] = {
            "staff_count": organisation.staff_count,
            "intention": organisation.intention,
            "power": organisation.power,
        }
        for field, value in values.items():
            yield Fact(
                organisation=organisation,
                field=field,
                value=value,
                observed_on=visit.planned_at.date(),
                source=f"visits.visit:{visit.pk}",
                source_label="第1次拜访",
                recorded_by=organisation.owner,
            )


def _in_batches(start: int, stop: int) -> Iterator[range]:
    for first in range(start, stop, BATCH):
        yield range(first, min(first + BATCH, stop))
