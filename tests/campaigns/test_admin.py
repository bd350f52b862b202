"""The director sets the plan in the admin without code."""

from datetime import date

import pytest
from django.urls import reverse

from keyaccounts.campaigns.actions.rounds import start_from_template
from keyaccounts.campaigns.models import FestivalDate, LeadWindow
from tests import given

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["campaign", "festivaldate", "leadwindow", "deadlinerule"])
def test_the_director_opens_lists_and_forms(sign_in, model):
    director = given.a_director()
    campaign = start_from_template(name="", starts_on=date(2012, 5, 15), by=director)
    client = sign_in(director)

    assert client.get(reverse(f"admin:campaigns_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:campaigns_{model}_add")).status_code == 200
    page = client.get(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    assert page.status_code == 200
    assert "制定《大客户渠道拓展执行方案》" in page.text


def test_a_festival_is_chosen_by_its_words(sign_in):
    client = sign_in(given.a_director())

    answer = client.post(
        reverse("admin:campaigns_festivaldate_add"),
        {"festival": "mid_autumn", "falls_on": "2031-10-01", "is_union_holiday": "on"},
    )

    assert answer.status_code == 302
    assert FestivalDate.objects.filter(festival="mid_autumn", falls_on=date(2031, 10, 1)).exists()


def test_a_window_changes_and_its_code_stays(sign_in):
    client = sign_in(given.a_director())
    window = LeadWindow.objects.get(code="budget")

    answer = client.post(
        reverse("admin:campaigns_leadwindow_change", args=[window.pk]),
        {"code": "other", "name": "立项", "from_days": -130, "to_days": -90, "advice": ""},
    )

    window.refresh_from_db()
    assert answer.status_code == 302
    assert (window.code, window.name, window.from_days) == ("budget", "立项", -130)


def test_a_rep_does_not_enter(sign_in):
    answer = sign_in(given.a_rep()).get(reverse("admin:campaigns_campaign_changelist"))

    assert answer.status_code in (302, 403)
