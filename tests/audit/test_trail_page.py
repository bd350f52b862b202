"""The whole trail is the director's."""

import pytest
from django.db import transaction

from keyaccounts.audit.actions import record
from tests import given

pytestmark = pytest.mark.django_db


def an_act(person, reason):
    with transaction.atomic():
        record(person, "people.team.confirmed", by=person, reason=reason)


def test_the_director_reads_the_trail(sign_in):
    an_act(given.a_marketer(name="苏曼宁"), "培训前定下")

    page = sign_in(given.a_director()).get("/audit/").content.decode()

    assert all(text in page for text in ("苏曼宁", "确认了成员名单", "培训前定下"))


@pytest.mark.parametrize("role", ["a_rep", "a_marketer", "a_lead"])
def test_nobody_else_does(sign_in, role):
    assert sign_in(getattr(given, role)()).get("/audit/").status_code == 403


def test_the_trail_is_filtered_by_person_record_and_day(sign_in):
    one, other = given.a_rep(), given.a_rep()
    an_act(one, "甲的原因"), an_act(other, "乙的原因")
    client = sign_in(given.a_director())

    for query in (f"actor={one.pk}", f"record=people.user:{one.pk}", f"q={one.name}"):
        page = client.get(f"/audit/?{query}").content.decode()
        assert ("甲的原因" in page, "乙的原因" in page) == (True, False), query
    assert "甲的原因" not in client.get("/audit/?until=2012-01-01").content.decode()


def test_more_rows_cost_no_more_queries(sign_in, django_assert_max_num_queries):
    client = sign_in(given.a_director())
    for _ in range(3):
        an_act(given.a_rep(), "原因")

    with django_assert_max_num_queries(12):
        client.get("/audit/")
