"""The bench builds what it says and measures what it says; its figures themselves are no tests."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts.models import Organisation
from keyaccounts.bench import measuring
from keyaccounts.bench.parts import PARTS, accounts, dashboard, visits
from keyaccounts.bench.world import World
from keyaccounts.notices.models import Notice
from tests import given
from visits.models import Visit

pytestmark = pytest.mark.slow
LISTS = [page for part in PARTS for page in getattr(part, "LISTS", ())]
PAGES = [page for part in PARTS for page in getattr(part, "PAGES", ())]


@pytest.fixture
def world(db) -> World:
    made = World(now=given.at(2012, 7, 10, 8), options={"reps": 12, "import_rows": 30, "pdfs": 2})
    made.prepare()
    made.grow(60)
    return made


def test_it_grows_to_the_size_asked_for(world):
    world.grow(70)

    assert (Organisation.objects.count(), Visit.objects.count()) == (70, 70)
    assert {*Visit.objects.values_list("state", flat=True)} == {"confirmed", "done", "reviewed"}
    assert Organisation.objects.exclude(search_text="").count() == 70
    assert Organisation.objects.filter(owner=world.reps[0]).count() == 8


@override_settings(ROOT_URLCONF="keyaccounts.bench.urls")
@pytest.mark.parametrize("page", LISTS, ids=lambda page: page.name)
def test_a_list_is_compared_with_a_bare_view_of_the_same_rows(world, page):
    pages = measuring.Pages(world.director)

    bare = pages.open(reverse("bench_bare", args=[page.name])).content.decode()
    shown = pages.open(page.address).content.decode()

    first = page.bare()[0]
    assert bare.count("<tr>") == 50
    # What names a row: a visit's code, an entry's number, a movement's material.
    name = str(getattr(first, "code", None) or getattr(first, "material", None) or first.number)
    assert name in bare
    assert name in shown
    figures = measuring.list_figures(page, pages)
    assert [row["queries"] <= 12 for row in figures.values()] == [True, True, True]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_of_the_bench_opens_within_its_budget(world, page):
    who = {"director": world.director, "rep": world.reps[0]}[page.who]

    assert measuring.Pages(who).queries(page.address(world)) <= measuring.PAGE_QUERIES


def test_the_morning_run_tells_of_everything_once(world, monkeypatch):
    monkeypatch.setattr(dashboard, "PEOPLE", 20)

    found = dashboard.figures(world)

    run = found["morning reminder run, seconds"]
    assert run["people"] == 20
    assert run["notices"] == Notice.objects.count() > run["open_items"] >= 60
    assert found["the same run again, seconds"]["notices"] == 0
    assert Notice.objects.filter(delivered_at__isnull=True).count() == 0


def test_a_figure_says_whether_it_has_reached():
    assert measuring.figure(3, baseline=2, reach=1.5)["reached"]
    assert not measuring.figure(3.2, baseline=2, reach=1.5)["reached"]
    assert not measuring.limit(61, reach=60)["reached"]
    row = measuring.figure(1, baseline=2, reach=1.5)
    measuring.within_budget(row, queries=13, most=12)
    assert not row["reached"]


@override_settings(ROOT_URLCONF="keyaccounts.bench.urls")
def test_search_import_paper_and_excel_are_measured(world):
    found = accounts.figures(world) | visits.figures(world)

    assert found["Excel of all organisations, seconds"]["rows"] == 120  # organisations and their people
    assert found["import of 30 rows checked"]["rows"] == 30
    assert found["search phone tail as director"]["found"] >= 1
    assert 10 < found["visit report PDF, one"]["size_kb"] <= 200
    assert "visit report PDF, 2 in bulk" in found
