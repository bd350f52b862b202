"""Kits: scaled by heads, found in the campaign's list by name, other name or part of a name."""

from importlib import import_module

import pytest
from django.apps import apps

from materials.choices import KitUse
from materials.kitting import Catalogue, kit_for
from materials.models import Kit
from materials.rules import Approval, approving_role, named_item
from tests import given

KNOWN = {"项目折页": [], "小型礼品": ["小礼物"], "产品手册": ["资料"], "产品单页": ["资料"]}


@pytest.mark.parametrize(
    ("word", "means", "means_in_part"),
    [
        (" 项目折页", "项目折页", "项目折页"),
        ("小礼物", "小型礼品", "小型礼品"),
        ("折页", None, "项目折页"),
        ("产品手册(第8行缺失,推断)", None, "产品手册"),
        ("资料", None, None),  # another name of two
        ("产品", None, None),
        ("笔记本电脑", None, None),
        (" ", None, None),
    ],
)
def test_what_a_word_means(word, means, means_in_part):
    assert named_item(word, KNOWN) == means
    assert named_item(word, KNOWN, in_part=True) == means_in_part


@pytest.mark.parametrize(
    ("wanted", "role"),
    [
        ([("gift_key", 1)], "director"),
        ([("print", 200)], ""),
        ([("print", 201)], "director"),
        ([("uniform", 1), ("print", 5)], "admin_centre"),
        ([("uniform", 1), ("gift_key", 1)], "director"),
    ],
)
def test_whose_approval_is_needed(wanted, role):
    rules = {
        "gift_key": Approval(0, "director"),
        "uniform": Approval(0, "admin_centre"),
        "": Approval(200, "director"),
    }

    assert approving_role(wanted, rules, order=["director", "marketing", "admin_centre"]) == role


@pytest.mark.django_db
def test_the_plan_s_kit_for_45_people():
    campaign = given.a_campaign()
    leaflet = given.a_material(campaign=campaign, name="项目折页", number=1, on_hand=40)
    given.a_material(campaign=campaign, name="小型礼品", aliases=["小礼物"], on_hand=100)
    kit = Kit.objects.get(use=KitUse.BRIEFING)

    rows = {row.number: row for row in Catalogue(campaign).rows_of(kit, people=45)}

    assert [rows[n].quantity for n in range(1, 10)] == [45, 45, 45, 45, 1, 45, 1, 45, 45]
    assert [n for n, row in rows.items() if row.is_inferred] == [4, 8, 9]
    assert (rows[1].material, rows[1].missing, rows[1].is_listed) == (leaflet, 5, True)
    assert (rows[6].missing, rows[2].is_listed, rows[2].missing) == (0, False, 45)


@pytest.mark.django_db
def test_a_wish_counts_more_than_the_kit():
    campaign = given.a_campaign()
    leaflet = given.a_material(campaign=campaign, name="项目折页")
    bag = given.a_material(campaign=campaign, name="项目手提袋")

    wanted = Catalogue(campaign).wanted({"折页": 9, "样品": 1}, kit_for(), people=4)

    assert wanted.materials == {leaflet: 9, bag: 4}
    assert wanted.unknown == {"产品手册": 4, "样品": 1}


@pytest.mark.django_db
def test_a_small_gift_goes_along_only_where_it_is_wished_for():
    campaign = given.a_campaign()
    gift = given.a_material(campaign=campaign, name="小型礼品", aliases=["小礼物"], on_hand=100)
    catalogue, kit = Catalogue(campaign), kit_for()

    offered = catalogue.rows_of(kit, people=4)[-1]

    assert (offered.name, offered.material, offered.quantity, offered.missing) == ("小型礼品", gift, 0, 0)
    assert gift not in catalogue.wanted({}, kit, people=4).materials
    assert catalogue.wanted({"小礼物": 3}, kit, people=4).materials == {gift: 3}
    assert "小型礼品" not in Catalogue(given.a_campaign()).wanted({}, kit, people=4).unknown


@pytest.mark.django_db
@pytest.mark.parametrize("what_became_of_it", [{"quantity": 6}, {"name": "单页"}, {"number": 9}])
def test_the_gift_is_added_to_the_kit_as_seeded_and_to_no_other(what_became_of_it):
    step = import_module("materials.migrations.0006_small_gifts_for_visits")
    kit = Kit.objects.get(use=KitUse.VISIT)
    step.withdraw(apps, None)
    step.offer(apps, None)
    step.offer(apps, None)
    assert [line.name for line in kit.lines.all()] == ["项目折页", "产品手册", "项目手提袋", "小型礼品"]

    step.withdraw(apps, None)
    kit.lines.filter(number=1).update(**what_became_of_it)
    step.offer(apps, None)

    assert not kit.lines.filter(name="小型礼品").exists()
