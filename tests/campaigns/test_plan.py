"""The plan in the machine: from the template, to the next round, confirmed, worked through."""

from datetime import date

import pytest

from keyaccounts.audit.models import AuditEvent
from keyaccounts.campaigns.actions.campaigns import activate, confirm_inferred, set_targets
from keyaccounts.campaigns.actions.rounds import start_from_template, start_next_round
from keyaccounts.campaigns.actions.work import edit_work_item, move_work_item
from keyaccounts.campaigns.choices import CampaignState, WorkState
from keyaccounts.campaigns.models import WorkItem
from keyaccounts.campaigns.queries import guesses, next_festival, timeline
from keyaccounts.common.errors import RuleViolation, StaleEdit
from tests import given

pytestmark = pytest.mark.django_db
MAY_15 = date(2012, 5, 15)
JULY_10 = date(2012, 7, 10)


def the_plan(**more):
    return start_from_template(name="", starts_on=MAY_15, by=more.pop("by", None) or given.a_director())


def test_the_template_holds_the_plans_own_rows():
    campaign = the_plan()

    assert list(campaign.phases.values_list("name", "starts_on", "ends_on", "shown_until")) == [
        ("大客户单位信息搜集期", date(2012, 5, 15), date(2012, 6, 15), None),
        ("大客户单位巡展期", date(2012, 6, 15), date(2012, 7, 15), None),
        ("大客户单位签定合同", date(2012, 7, 1), None, date(2012, 8, 31)),
    ]
    assert campaign.work_items.count() == 14
    assert campaign.ends_on == date(2012, 8, 31)
    assert campaign.state == CampaignState.DRAFT
    first = campaign.work_items.get(number=1)
    assert (first.due_text, first.due_on, first.inferred) == ("2012年5月15日以前", MAY_15, [])
    assert [d.code for d in first.departments.all()] == ["marketing"]


def test_the_template_moves_to_another_start():
    campaign = start_from_template(name="新一轮", starts_on=date(2013, 5, 14), by=given.a_marketer())

    sixth = campaign.work_items.get(number=6)
    assert (sixth.due_from, sixth.due_on) == (date(2013, 5, 19), date(2013, 6, 14))
    assert sixth.due_text == "2013年5月19日-6月14日"


def test_deduced_values_are_confirmed_one_by_one_and_all():
    director = given.a_director()
    campaign = the_plan(by=director)
    before = len(guesses(campaign))
    second = campaign.work_items.get(number=2)

    one = confirm_inferred(campaign, row=second, field="departments", by=director)
    again = confirm_inferred(campaign, row=second, field="departments", by=director)
    rest = confirm_inferred(campaign, by=director)

    campaign.refresh_from_db()
    assert (one, again, rest) == (1, 0, before - 1)
    assert guesses(campaign) == []
    assert AuditEvent.objects.filter(action="campaigns.campaign.confirmed").count() == 2


def test_an_edit_confirms_what_it_changes():
    campaign = the_plan()
    last = campaign.work_items.get(number=14)

    edit_work_item(last, version=last.version, by=campaign.owner, due_on=date(2012, 8, 20))

    last.refresh_from_db()
    assert last.inferred == ["departments"]
    assert last.version == 2


def test_a_stale_edit_is_refused():
    campaign = the_plan()
    item = campaign.work_items.get(number=1)
    edit_work_item(item, version=1, by=campaign.owner, note="先到的")

    with pytest.raises(StaleEdit):
        edit_work_item(item, version=1, by=campaign.owner, note="后到的")


def test_the_next_round_moves_every_date():
    director = given.a_director()
    campaign = the_plan(by=director)
    item = campaign.work_items.get(number=1)
    move_work_item(item, to=WorkState.DONE, on=MAY_15, by=director)

    fresh = start_next_round(campaign, starts_on=date(2013, 5, 14), name="第二轮", by=director)

    assert fresh.previous == campaign
    assert fresh.state == CampaignState.DRAFT
    assert fresh.ends_on == date(2013, 8, 30)
    assert list(fresh.phases.values_list("starts_on", flat=True)) == [
        date(2013, 5, 14),
        date(2013, 6, 14),
        date(2013, 6, 30),
    ]
    copy = fresh.work_items.get(number=1)
    assert (copy.state, copy.done_on, copy.due_text) == (WorkState.TODO, None, "2013年5月14日以前")
    assert fresh.targets.count() == 7


def test_the_next_round_begins_after_the_old_one():
    campaign = the_plan()

    with pytest.raises(RuleViolation):
        start_next_round(campaign, starts_on=MAY_15, by=campaign.owner)


def test_a_campaign_starts_once():
    campaign = the_plan()
    activate(campaign, by=campaign.owner)

    with pytest.raises(RuleViolation):
        activate(campaign, by=campaign.owner)


def test_an_empty_campaign_does_not_start():
    campaign = given.a_campaign(state=CampaignState.DRAFT)

    with pytest.raises(RuleViolation):
        activate(campaign, by=given.a_director())


def test_work_moves_along_declared_edges_with_a_trail():
    rep = given.a_rep()
    item = given.a_work_item(given.a_campaign(), owner=rep, due_on=JULY_10)

    move_work_item(item, to=WorkState.DOING, on=JULY_10, by=rep)
    move_work_item(item, to=WorkState.DONE, on=JULY_10, by=rep)
    move_work_item(item, to=WorkState.DONE, on=JULY_10, by=rep)

    item.refresh_from_db()
    assert (item.state, item.done_on) == (WorkState.DONE, JULY_10)
    moves = AuditEvent.objects.filter(action="campaigns.workitem.moved")
    assert list(moves.order_by("sequence").values_list("from_state", "to_state")) == [
        ("todo", "doing"),
        ("doing", "done"),
    ]


@pytest.mark.parametrize(
    ("before", "to", "more"),
    [
        (WorkState.CANCELLED, WorkState.DONE, {}),
        (WorkState.TODO, WorkState.CANCELLED, {}),
        (WorkState.TODO, WorkState.DONE, {"done_on": date(2012, 7, 11)}),
    ],
)
def test_refused_moves(before, to, more):
    item = given.a_work_item(given.a_campaign(), state=before)

    with pytest.raises(RuleViolation):
        move_work_item(item, to=to, on=JULY_10, by=given.a_director(), **more)

    item.refresh_from_db()
    assert item.state == before


def test_the_shown_states_in_the_database_agree_with_the_rule():
    campaign = given.a_campaign()
    done = {"state": WorkState.DONE}
    for more in (
        {"due_on": date(2012, 7, 9)},
        {"due_on": JULY_10},
        {},
        {"due_on": date(2012, 7, 1), **done, "done_on": date(2012, 7, 2)},
        {"due_on": date(2012, 7, 1), **done, "done_on": date(2012, 7, 1)},
        {**done, "done_on": date(2012, 7, 1)},
        {"state": WorkState.CANCELLED, "due_on": date(2012, 7, 1)},
        {"state": WorkState.DOING},
    ):
        given.a_work_item(campaign, **more)

    for item in WorkItem.objects.all():
        found = [
            shown
            for shown in ("todo", "doing", "overdue", "done", "late_done", "cancelled")
            if WorkItem.objects.shown_as(shown, on=JULY_10).filter(pk=item.pk).exists()
        ]
        assert found == [item.shown_on(JULY_10)]


def test_targets_set_by_somebody_are_confirmed():
    campaign = the_plan()

    set_targets(campaign, counts={"school": 4, "bank": None}, by=campaign.owner)

    assert list(campaign.targets.values_list("org_type", "count", "inferred")) == [("school", 4, [])]


def test_the_next_festival_on_the_tenth_of_july():
    festival = next_festival(JULY_10)

    assert (festival.code, festival.falls_on, festival.days) == ("mid_autumn", date(2012, 9, 30), 82)
    assert "+".join(window.code for window in festival.windows) == "shortlist+sample"


def test_the_timeline_has_today_and_every_row():
    campaign = the_plan()

    picture = timeline(campaign, on=JULY_10)

    assert len(picture.bars) == 17
    assert picture.today_at is not None
    assert [month.label for month in picture.months] == ["6月", "7月", "8月"]
    assert timeline(campaign, on=date(2014, 1, 1)).today_at is None
