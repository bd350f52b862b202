"""Organisations with a contact, a key contact and a collaborator's worth of facts each."""

from __future__ import annotations

import io
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.choices import Grade, Intention, KeyState, Stage
from accounts.models import Contact, KeyContact, Organisation
from accounts.rules.names import normalise
from accounts.search import matching
from keyaccounts.bench.excel import export_figures
from keyaccounts.bench.measuring import Figures, ListPage, RecordPage, figure, in_turns, milliseconds
from keyaccounts.common import clock
from keyaccounts.imports.actions import read_upload, upload_workbook
from keyaccounts.imports.kinds import kinds

if TYPE_CHECKING:
    from keyaccounts.bench.world import World

PLACES = ("昌平", "房山", "丰台", "海淀", "朝阳", "通州", "大兴", "顺义", "怀柔", "密云", "平谷", "延庆")
FIRST = "云岚栖霁檀砚槐岫汾燕沐清禾望澄屿岑瀚晖泽朔霖笙珩翊嘉和远信宏盛泰"
SECOND = "岭川舟桥原溪泉峰林城光华源河山海洋田园野石松竹梅兰星辰阳月晨"
TRADES = (
    "热电", "重型铸造", "矿山机械", "软件技术", "水务设计", "轨道运维", "医药", "印刷", "纺织", "建材", "食品", "物流",
)  # fmt: skip
FORMS = ("厂", "有限公司", "集团有限公司", "股份有限公司", "研究院", "学校", "医院", "商会")
TYPES = ("factory_mine", "school", "bank", "office_company", "chamber")
STAGES = (
    Stage.SCOUTING,
    Stage.EVALUATED,
    Stage.TARGETED,
    Stage.NEGOTIATING,
    Stage.BRIEFING,
    Stage.COOPERATING,
)
# The rep whose pages are measured has fifty of the first thousand, then one in two hundred.
FIRST_THOUSAND, SHARE_AT_FIRST, SHARE = 1_000, 20, 200


def owner_of(world: World, number: int) -> int:
    """Which rep has the organisation of that number."""
    if number % (SHARE_AT_FIRST if number < FIRST_THOUSAND else SHARE) == 0:
        return 0
    return number % len(world.reps)


def grow(world: World, numbers: range) -> None:
    organisations = Organisation.objects.bulk_create([_organisation(world, n) for n in numbers])
    contacts = Contact.objects.bulk_create(
        [_contact(world, n, organisation) for n, organisation in zip(numbers, organisations, strict=True)]
    )
    KeyContact.objects.bulk_create(
        KeyContact(
            organisation=contact.organisation,
            contact=contact,
            state=KeyState.DESIGNATED,
            since_on=world.day(-40),
        )
        for contact in contacts
    )
    world.batch |= {"organisations": organisations, "contacts": contacts}


def _organisation(world: World, number: int) -> Organisation:
    pick, index = world.dice.choice, owner_of(world, number)
    middle = pick(FIRST) + pick(SECOND) + (pick(FIRST) if number % 3 else "")
    name = f"北京{pick(PLACES)}{middle}{pick(TRADES)}{pick(FORMS)}"
    contact_day = world.day(-world.dice.randrange(1, 60))
    return Organisation(
        code=f"KHB-{number:07}",
        name=name,
        normalised_name=normalise(name),
        type=pick(TYPES),
        industry=pick("CGIJPQ"),
        district=f"{pick(PLACES)}区",
        address=f"{pick(PLACES)}区第{number}号",
        campaign=world.campaign,
        owner=world.reps[index],
        team=world.teams[index // 10],
        stage=pick(STAGES),
        grade=pick(Grade.values),
        is_priority=number % 8 == 0,
        staff_count=world.dice.randrange(20, 3000),
        intention=pick(Intention.values),
        power=world.dice.randrange(1, 6),
        last_contact_on=contact_day,
        last_visit_on=contact_day,
        visits_made=1,
        next_on=world.day(world.dice.randrange(-10, 30)),
        next_step="送样并报价",
        created_by=world.reps[index],
        created_at=world.now - timedelta(minutes=number),
    )


def _contact(world: World, number: int, organisation: Organisation) -> Contact:
    return Contact(
        organisation=organisation,
        name=world.name(),
        position="union_chair",
        title="工会主席",
        mobile=f"199{number:08}",
        familiarity=4,
        influence=4,
        authority=3,
    )


# -- pages ---------------------------------------------------------------------------------------
def _own(world: World) -> Organisation:
    return Organisation.objects.filter(owner=world.reps[0]).order_by("pk")[0]


LISTS = (
    ListPage(
        "accounts:organisations",
        filtered="stage=negotiating",
        bare=lambda: Organisation.objects.select_related("owner").order_by("code"),
        columns=(
            "code",
            "name",
            "type",
            "stage",
            "grade",
            "owner.name",
            "staff_count",
            "last_contact_on",
            "next_on",
            "next_step",
        ),
    ),
)
PAGES = (
    RecordPage("organisation page", lambda world: _own(world).get_absolute_url()),
    RecordPage(
        "organisation form", lambda world: reverse("accounts:organisation_edit", args=[_own(world).pk])
    ),
)


# -- search, import, export --------------------------------------------------------------------------
def figures(world: World) -> Figures:
    found = _search_figures(world)
    found |= export_figures("Excel of all organisations", reverse("accounts:organisations"), world=world)
    if rows := world.options["import_rows"]:
        found[f"import of {rows} rows checked"] = _import_figure(world, rows)
    return found


def _search_figures(world: World) -> Figures:
    """Search as the page does it, against one indexed primary-key read through the ORM."""
    sample = Organisation.objects.filter(owner=world.reps[0]).order_by("pk")[3]
    mobile = Contact.objects.filter(organisation=sample).values_list("mobile", flat=True)[0]
    texts = {
        "two characters": sample.name[4:6],
        "a common fragment": "北京",
        "initials": sample.initials[4:9],
        "phone tail": mobile[-4:],
        "nothing": "魑魅",
    }
    found: Figures = {}
    for who, user in (("director", world.director), ("rep", world.reps[0])):
        scope = Organisation.objects.visible_to(user)
        acts: dict[str, Any] = {
            kind: (lambda text=text, scope=scope: list(matching(scope, text)[:20]))
            for kind, text in texts.items()
        }
        taken = in_turns({"one row": partial(Organisation.objects.get, pk=sample.pk), **acts}, rounds=50)
        for kind, act in acts.items():
            found[f"search {kind} as {who}"] = figure(
                taken[kind], baseline=taken["one row"], reach=40, found=len(act())
            )
    return found


def _import_figure(world: World, rows: int) -> dict[str, Any]:
    """Checking an import row by row, against reading the same file with openpyxl read_only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("单位")
    sheet.append(["单位名称", "单位类型", "所属区", "地址", "在职人数", "联系人", "职务", "手机"])
    for n in range(rows):
        name = f"北京导入第{n}机械厂"
        sheet.append(
            [name, "大型厂矿", "房山区", f"测试路{n}号", str(100 + n), f"联系{n}", "工会主席", f"198{n:08}"]
        )
    held = io.BytesIO()
    book.save(held)
    content = held.getvalue()

    def read() -> int:
        return sum(1 for _row in load_workbook(io.BytesIO(content), read_only=True).worksheets[0].values)

    def check() -> None:
        file = SimpleUploadedFile("bench.xlsx", content)
        made = upload_workbook(kinds()["organisations"], file, about="", by=world.director, at=clock.now())
        read_upload(made.pk, clock=clock.now)

    return figure(milliseconds(check, rounds=1), baseline=milliseconds(read, rounds=3), reach=10, rows=rows)
