"""Search by Chinese fragments of any length, pinyin, initials and phone tails, within scope only (D7)."""

from __future__ import annotations

import pytest

from accounts.actions.contacts import add_contact, edit_contact
from accounts.models import Organisation
from accounts.search import matching, reindex, reindex_all
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant():
    organisation = given.an_organisation(name="北京市第一热电厂", short_name="一热", phone="01069301234")
    given.a_contact(organisation, name="单雄信", mobile="19900001003")
    reindex(organisation)
    return organisation


@pytest.mark.parametrize(
    "typed",
    [
        "热", "热电", "第一热电厂", "北京市第一热电厂", "一热", "rdc", "dyrdc", "bjsdyrdc", "redian", "diyiredianchang",
        "rediancha", "1003", "9900001003", "19900001003", "1234", "单雄信", "雄", "sxx", "shanxiongxin", "KH2012",
        "１００３", "DYRDC", " 热 电 ",
    ],
)  # fmt: skip
def test_what_finds_it(plant, typed):
    assert list(matching(Organisation.objects.all(), typed)) == [plant]


@pytest.mark.parametrize("typed", ["冷", "第二热电", "dyrdx", "1004", "zzz", "%", "_", "'", "热%"])
def test_what_does_not(plant, typed):
    assert list(matching(Organisation.objects.all(), typed)) == []


def test_the_scope_stays_what_it_was(plant, sign_in):
    text = sign_in(given.a_rep()).get("/organisations/search/", {"q": "热电"}).content.decode()

    assert "第一热电厂" not in text
    assert list(matching(Organisation.objects.visible_to(given.a_rep()), "热电")) == []


@pytest.mark.parametrize("typed", ["单雄信", "sxx", "shanxiong", "1003"])
def test_people_are_found_by_what_finds_them(plant, sign_in, typed):
    found = sign_in(plant.owner).get("/organisations/search/", {"q": typed}).context["people"]

    assert [person.name for person in found] == ["单雄信"]


def test_a_new_name_and_a_new_person_are_found_at_once(plant):
    person = add_contact(plant, by=plant.owner, name="秦叔宝", mobile="13900007777")
    assert list(matching(Organisation.objects.all(), "qsb")) == [plant]

    edit_contact(person, by=plant.owner, version=person.version, name="罗成")

    assert list(matching(Organisation.objects.all(), "qsb")) == []
    assert list(matching(Organisation.objects.all(), "luocheng")) == [plant]


def test_writing_all_keys_anew_changes_nothing(plant):
    before = set(plant.search_keys.values_list("key", flat=True))

    reindex_all()

    assert set(plant.search_keys.values_list("key", flat=True)) == before


def test_the_search_asks_the_same_few_queries_for_many_rows(sign_in, django_assert_max_num_queries):
    rep = given.a_rep()
    for _n in range(5):
        row = given.an_organisation(owner=rep)
        given.a_contact(row)
        reindex(row)
    client = sign_in(rep)

    with django_assert_max_num_queries(10):
        client.get("/organisations/search/", {"q": "热电"})


def test_a_whole_article_in_the_search_box_finds_nothing(plant):
    assert list(matching(Organisation.objects.all(), "a" * 5_000)) == []


def test_marks_that_nobody_sees_are_searched_without(plant):
    assert list(matching(Organisation.objects.all(), "\u200b热\u200b电\u200f")) == [plant]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("第一 电厂", True),
        ("电厂  第一", True),
        ("1003 热电", True),
        ("dyrdc 电厂", True),
        ("热电 中学", False),
    ],
)
def test_several_words_find_what_has_each_of_them(plant, typed, is_found):
    assert list(matching(Organisation.objects.all(), typed)) == ([plant] if is_found else [])
