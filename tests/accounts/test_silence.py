"""久未联系: a run over all of them keeps its memory, a page shows as many as can be called."""

from datetime import date
from types import GeneratorType

import pytest
from django.urls import reverse

from accounts.models import Organisation, SilenceRule
from accounts.queries import each_silent
from accounts.views import organisations as views
from tests import given

pytestmark = pytest.mark.django_db
LONG_AGO, TODAY = date(2012, 1, 1), date(2012, 7, 10)


@pytest.fixture
def three_silent():
    SilenceRule.objects.update_or_create(grade="A", defaults={"contact_days": 7})
    owner = given.a_rep()
    for _number in range(3):
        given.an_organisation(owner=owner, grade="A", last_contact_on=LONG_AGO)
    return owner


def test_the_silent_come_one_after_the_other(three_silent):
    found = each_silent(on=TODAY)

    assert isinstance(found, GeneratorType)
    assert next(found).days == (TODAY - LONG_AGO).days
    assert len(list(found)) == 2


def test_a_page_shows_the_first_and_says_so(three_silent, client, monkeypatch):
    monkeypatch.setattr(views, "MOST_SILENT", 2)
    client.force_login(three_silent)

    page = client.get(reverse("accounts:silent")).content.decode()

    names = list(Organisation.objects.order_by("code").values_list("name", flat=True))
    assert [name in page for name in names] == [True, True, False]
    assert "这里是前 2 家" in page


def test_a_page_of_all_says_nothing_of_others(three_silent, client):
    client.force_login(three_silent)

    assert "这里是前" not in client.get(reverse("accounts:silent")).content.decode()
