"""The frame is data: what each role is offered exists, fits the bars, opens, and counts in one query."""

import pytest
from django.conf import settings
from django.urls import reverse

from keyaccounts.common.roles import Role
from keyaccounts.dashboard import navigation as nav
from keyaccounts.notices.actions import Message, tell_all
from tests import given
from visits.choices import ReportState, VisitState
from visits.models import VisitReport

pytestmark = pytest.mark.django_db


def test_every_place_has_an_address_and_a_drawing():
    drawn = set((settings.BASE_DIR / "static/vendor/icons.txt").read_text().split())

    assert [place.icon for place in nav.PLACES.values() if place.icon not in drawn] == []
    assert all(reverse(place.name) for key, place in nav.PLACES.items() if key != nav.PLUS)


@pytest.mark.parametrize("role", list(Role))
def test_the_bars_are_short_enough_to_know_by_heart(role):
    assert len(nav.SIDE[role]) <= nav.MOST_ENTRIES
    assert len(nav.BOTTOM[role]) <= 5
    assert set(nav.PRECEDENCE) == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_whatever_a_role_is_offered_opens_for_it(sign_in, role):
    given.a_campaign()
    client = sign_in(given.a_person(role))
    keys = {
        key for lists in (nav.SIDE, nav.BOTTOM, nav.CREATE, nav.PERSON) for key in lists.get(role, ())
    } - {nav.PLUS}

    answers = {key: client.get(reverse(nav.PLACES[key].name), follow=True).status_code for key in keys}

    assert {key: status for key, status in answers.items() if status != 200} == {}


def test_badges_count_what_waits_for_this_person_in_one_query(django_assert_num_queries):
    director, rep = given.a_director(), given.a_rep()
    visit = given.a_visit(given.an_organisation(owner=rep), state=VisitState.DONE)
    evening = given.at(2012, 7, 10, 18)
    VisitReport.objects.create(
        visit=visit,
        state=ReportState.SUBMITTED,
        submitted_by=rep,
        submitted_at=evening,
        first_submitted_at=evening,
    )
    tell_all([Message(director, "test", visit, "消息")], at=given.at(2012, 7, 10))
    names = {nav.PLACES[key].name for key in (*nav.SIDE[Role.DIRECTOR], "inbox")}
    assert director.roles == {Role.DIRECTOR}

    with django_assert_num_queries(1):
        counts = nav.counts_for(director, names)

    assert counts == {
        "notices:inbox": 1,
        "accounts:intel": 0,
        "visits:to_review": 1,
        "dashboard:approvals": 0,
    }


def test_a_person_of_two_roles_has_both_bars_and_the_first_ones_bottom(sign_in):
    client = sign_in(given.a_person(Role.MARKETING, Role.DIRECTOR))

    frame = client.get("/people/me/").context["frame"]

    assert [entry.url for entry in frame["bottom"]][1] == reverse("dashboard:approvals")
    assert len(frame["nav"]) == nav.MOST_ENTRIES
    assert reverse("people:teams") in [entry.url for entry in frame["person"]]


@pytest.mark.parametrize("role", list(Role))
def test_a_phone_reaches_everything_from_me(sign_in, role):
    frame = sign_in(given.a_person(role)).get("/people/me/").context["frame"]

    reached = {entry.url for name in ("bottom", "everything") for entry in frame[name]}

    assert {entry.url for entry in frame["nav"]} <= reached
