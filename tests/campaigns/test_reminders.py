"""Reminders of phases and work: T−7, −3, −1, the day, daily while late; once each whoever runs them."""

from datetime import date

import pytest

from keyaccounts.campaigns.actions.reminders import remind_due
from keyaccounts.campaigns.choices import CampaignState, WorkState
from keyaccounts.notices.models import Notice
from tests import given

pytestmark = pytest.mark.django_db


def run(month, day):
    return remind_due(on=date(2012, month, day), at=given.at(2012, month, day, 8))


def test_the_responsible_and_the_director_are_told_once():
    department = given.a_department()
    owner, colleague = given.a_rep(), given.a_marketer(department=department)
    director, stranger = given.a_director(), given.a_rep()
    item = given.a_work_item(given.a_campaign(), owner=owner, due_on=date(2012, 7, 15))
    item.departments.add(department)

    first, second = run(7, 8), run(7, 8)

    assert (first, second) == (3, 0)
    assert set(Notice.objects.values_list("recipient", flat=True)) == {owner.pk, colleague.pk, director.pk}
    assert not Notice.objects.filter(recipient=stranger).exists()


def test_a_missed_step_is_caught_up_once():
    owner = given.a_rep()
    given.a_work_item(given.a_campaign(), owner=owner, due_on=date(2012, 7, 15))

    told = [run(7, 8), run(7, 9), run(7, 13), run(7, 14), run(7, 15)]

    assert told == [1, 0, 1, 1, 1]


def test_late_work_is_told_daily_until_it_is_done():
    owner = given.a_rep()
    item = given.a_work_item(given.a_campaign(), owner=owner, due_on=date(2012, 7, 15))

    told = [run(7, 16), run(7, 16), run(7, 17)]
    item.state, item.done_on = WorkState.DONE, date(2012, 7, 17)
    item.save()

    assert told == [1, 0, 1]
    assert run(7, 18) == 0


def test_an_ended_phase_is_told_while_it_leaves_work_undone():
    director = given.a_director()
    campaign = given.a_campaign()
    given.a_phase(campaign, ends_on=date(2012, 6, 15))
    phase = given.a_phase(campaign, ends_on=date(2012, 6, 15))
    given.a_work_item(campaign, phase=phase)

    told = run(6, 20)

    assert told == 1
    assert Notice.objects.get().recipient == director


def test_drafts_and_closed_campaigns_are_quiet():
    given.a_director()
    for state in (CampaignState.DRAFT, CampaignState.CLOSED):
        given.a_work_item(given.a_campaign(state=state), due_on=date(2012, 7, 10))

    assert run(7, 10) == 0
