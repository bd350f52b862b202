"""Long exports read the values of their columns straight from the database."""

import pytest
from django.utils import timezone

from accounts.models import Organisation
from keyaccounts.common import plucking
from keyaccounts.common.plucking import Plucked, each, in_words, joined, local, plucked
from tests import given
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_rows_keep_their_order_across_chunks(monkeypatch):
    monkeypatch.setattr(plucking, "CHUNK", 2)
    for name in ("甲厂", "乙厂", "丙厂", "丁厂", "戊厂"):
        given.an_organisation(name=name)

    rows = list(
        plucked(Organisation.objects.order_by("-pk"), [Plucked("name"), Plucked("pk"), Plucked("name")])
    )

    assert [row[0] for row in rows] == ["戊厂", "丁厂", "丙厂", "乙厂", "甲厂"]
    assert all(row[0] == row[2] for row in rows)


def test_codes_read_as_words_and_an_unknown_one_as_itself():
    read = in_words({"factory_mine": "大型厂矿"})

    assert read(["factory_mine", "", None, "gone"]) == ["大型厂矿", "", "", "gone"]


def test_moments_are_told_by_the_clock_of_the_team():
    moment = given.at(2012, 7, 10, 8, 30)

    assert local([moment, None]) == [timezone.localtime(moment).replace(tzinfo=None), None]


def test_the_many_are_joined_in_their_order_one_query_a_chunk(django_assert_num_queries):
    organisation = given.an_organisation()
    visit = given.a_visit(organisation)
    first, second = given.a_rep(name="杜怀瑾"), given.a_rep(name="霍明哲")
    visit.visitors.set([first, second])
    lonely = given.a_visit(organisation)
    lonely.visitors.clear()
    pairs = Visit.visitors.through.objects.order_by("user_id")
    read = joined(pairs, owner="visit_id", of="user_id", words={first.pk: "杜怀瑾", second.pk: "霍明哲"})

    with django_assert_num_queries(1):
        texts = read([lonely.pk, visit.pk])

    assert texts == ["", "杜怀瑾、霍明哲"]


def test_each_value_by_itself():
    assert each(lambda number: f"{number}!")([1, 2]) == ["1!", "2!"]
