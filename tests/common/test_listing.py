"""The list pattern: every row once on the way down and up, whatever it is sorted by."""

from datetime import timedelta
from itertools import chain

import django_filters
import pytest
from django.test import RequestFactory

from keyaccounts.common.listing import Column, Listing
from keyaccounts.people.models import SavedFilter, User
from tests import given

pytestmark = pytest.mark.django_db


class People(django_filters.FilterSet):
    q = django_filters.CharFilter("name", "icontains", label="搜索")
    active = django_filters.BooleanFilter("is_active", label="在职")
    kind = django_filters.MultipleChoiceFilter("username", choices=[("a", "甲"), ("b", "乙")], label="类别")
    kind_note = django_filters.CharFilter("phone", label="说明")
    joined = django_filters.DateFromToRangeFilter("date_joined", label="加入")

    class Meta:
        model = User
        fields: list[str] = []


COLUMNS = (
    Column("name", "姓名", sort="name"),
    Column("seen", "上次登录", sort="last_login"),
    Column("username", "用户名"),
)


@pytest.fixture
def people():
    """Seven people: two with the same sign-in moment, three who never signed in, two of one name."""
    moment = given.at(2012, 7, 10)
    seen = [None, moment, moment, moment + timedelta(days=1), None, moment - timedelta(microseconds=1), None]
    return [given.a_person("rep", name=f"李{index % 4}", last_login=at) for index, at in enumerate(seen)]


def listing(user, query="", **more):
    request = RequestFactory().get("/people" + query)
    request.user = user
    return Listing(
        request,
        key="people",
        queryset=User.objects.all(),
        filterset_class=People,
        columns=COLUMNS,
        default_sort="name",
        page_size=2,
        **more,
    )


def walk(user, query, forth, back):
    """Page from ``query`` with the ``forth`` link to the end; the pages and the listing reached."""
    pages, here = [], listing(user, query)
    while True:
        pages.append([row.pk for row in here.page])
        assert len(pages) < 10
        if not getattr(here, forth):
            return pages, here
        here = listing(user, getattr(here, back))


@pytest.mark.parametrize("sort", ["name", "-name", "seen", "-seen"])
def test_pages_show_every_row_once_in_order(people, sort):
    expected = [row.pk for row in listing(people[0], f"?sort={sort}").rows]

    pages, last = walk(people[0], f"?sort={sort}", "has_next", "next_address")
    up, first = walk(people[0], last._address(end="1"), "has_previous", "previous_address")

    assert list(chain(*pages)) == expected
    assert list(chain(*reversed(up))) == expected
    assert not first.has_previous
    assert not last.has_next


@pytest.mark.parametrize("sort", ["seen", "-seen"])
def test_never_signed_in_comes_last_either_way(people, sort):
    rows = list(listing(people[0], f"?sort={sort}").rows)

    assert [row.last_login is None for row in rows] == [False] * 4 + [True] * 3


@pytest.mark.parametrize(
    "query", ["?after=forged", "?before=x", "?sort=password", "?sort=username", "?joined_after=x"]
)
def test_an_address_nobody_made_shows_the_first_page(people, query):
    assert [row.pk for row in listing(people[0], query).page] == [row.pk for row in listing(people[0]).page]


def test_a_place_in_another_order_is_not_a_place_in_this_one(people):
    token = listing(people[0], "?sort=name").next_address.split("after=")[1]

    assert listing(people[0], f"?sort=seen&after={token}").page == listing(people[0], "?sort=seen").page


def test_applied_filters_are_said_in_words(people):
    shown = listing(
        people[0], "?active=true&kind=a&kind=b&joined_after=2012-07-01&joined_before=2012-07-10&q=李"
    )

    assert [(chip["label"], chip["value"]) for chip in shown.applied] == [
        ("搜索", "李"),
        ("在职", "是"),
        ("类别", "甲、乙"),
        ("加入", "2012年7月1日 周日 – 2012年7月10日 周二"),
    ]


def test_taking_a_filter_off_leaves_its_namesake(people):
    chips = {c["label"]: c["address"] for c in listing(people[0], "?kind=a&kind_note=x&after=y").applied}

    assert chips == {"类别": "?kind_note=x", "说明": "?kind=a"}


def test_taking_the_last_filter_off_asks_for_everything(people):
    [chip] = listing(people[0], "?q=李").applied

    assert chip["address"] == "?all=1"


def test_a_filter_that_cannot_be_read_leaves_the_others_in_force(people):
    shown = listing(people[0], "?q=李1&joined_after=tomorrow")

    assert [chip["label"] for chip in shown.applied] == ["搜索"]
    assert {row.name for row in shown.rows} == {"李1"}


def test_opens_with_the_saved_filter_only_when_nothing_is_asked(people):
    SavedFilter.objects.create(user=people[0], listing="people", query="q=李1&sort=-seen")

    opened, everything = listing(people[0]), listing(people[0], "?all=1")

    assert {row.name for row in opened.rows} == {"李1"}
    assert opened.sort == "-seen"
    assert opened.saved_query
    assert not everything.saved_query
    assert everything.count == 7
    assert everything.query == ""


def test_the_saved_filter_travels_through_pages_and_export(people):
    SavedFilter.objects.create(user=people[0], listing="people", query="q=李")

    opened = listing(people[0])

    assert "q=%E6%9D%8E" in opened.next_address
    assert opened.export_address == "?q=%E6%9D%8E"


def test_heads_turn_the_order_round(people):
    name, seen, username = listing(people[0], "?sort=name&after=x").heads

    assert (name["direction"], name["address"]) == ("ascending", "?sort=-name")
    assert (seen["direction"], seen["address"]) == ("", "?sort=seen")
    assert username["address"] == ""


def test_four_filters_stand_in_the_row_and_the_rest_in_the_drawer(sign_in):
    listing = sign_in(given.a_rep()).get("/organisations/").context["listing"]

    assert [field.name for field in listing.row_fields] == ["stage", "grade", "type", "owner"]
    assert {field.name for field in listing.drawer_fields} >= {"district", "team"}
