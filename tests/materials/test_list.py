"""物料清单: from the plan and from the last round, edited, moved on, confirmed, decided (R61–R68, C13–C15, C19, C21)."""

from datetime import date
from decimal import Decimal

import pytest

from budget.models import Estimate
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.notices.models import Notice
from materials import queries
from materials.actions import items
from materials.actions.receipts import receive_goods
from materials.models import Material
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 6, 1)


def how(**more):
    return {"by": given.a_marketer(), "at": NOW, **more}


def test_the_plan_s_list_comes_with_its_gap_and_its_inferred_values():
    campaign = given.a_campaign()

    items.load_from_plan(campaign, **how())

    rows = {row.number: row for row in campaign.materials.select_related("department")}
    assert sorted(rows) == [1, 2, 3, 4, 6, 7, 8]
    assert (rows[1].due_on, rows[1].department.name) == (date(2012, 6, 1), "营销中心")
    assert (rows[8].total_quantity, rows[8].unit) == (2000, "份")
    assert rows[2].due_on == date(2012, 6, 1)
    assert "due_on" in rows[2].inferred
    assert "due_on" not in rows[6].inferred
    assert not rows[2].is_charged
    assert (rows[3].is_decision, rows[3].quantity) == (True, None)
    assert queries.find_material(campaign, "折页") == rows[1]
    assert queries.find_material(campaign, "小礼物") == rows[4]


def test_a_list_is_drawn_up_once():
    campaign = given.a_campaign()
    items.load_from_plan(campaign, **how())

    with pytest.raises(RuleViolation, match="已有物料清单"):
        items.load_from_plan(campaign, **how())


def test_the_next_round_carries_the_list_over_with_its_days_moved():
    first = given.a_campaign()
    items.load_from_plan(first, **how())
    line = first.materials.get(number=6)
    items.move_material(
        first.materials.get(number=7), to="cancelled", on=NOW.date(), reason="不需要", **how()
    )
    second = given.a_campaign(previous=first, starts_on=date(2012, 9, 4), ends_on=None)

    items.carry_over(second, **how())

    assert second.materials.count() == 6
    gift = second.materials.get(number=6)
    assert (gift.due_on - line.due_on).days == (second.starts_on - first.starts_on).days
    assert (gift.state, gift.on_hand) == ("planned", 0)


def test_without_an_earlier_list_there_is_nothing_to_carry_over():
    with pytest.raises(RuleViolation, match="上一轮"):
        items.carry_over(given.a_campaign(), **how())


def test_a_value_that_is_edited_is_confirmed_and_the_trail_keeps_both():
    material = given.a_material(quantity=10, inferred=["due_on", "department"])

    items.edit_material(material, version=1, due_on=date(2012, 6, 2), **how())

    material.refresh_from_db()
    assert (material.inferred, material.version) == (["department"], 2)
    event = AuditEvent.objects.filter(action="materials.material.edited").get()
    assert event.data["changes"]["due_on"] == ["", "2012-06-02"]
    assert items.confirm_inferred(material, by=given.a_director()) == 1
    assert items.confirm_inferred(material, by=given.a_director()) == 0


def test_a_stale_edit_is_refused():
    material = given.a_material(quantity=10)
    items.edit_material(material, version=1, remark="先改", **how())

    with pytest.raises(StaleEdit):
        items.edit_material(material, version=1, remark="后改", **how())


def test_what_has_moved_keeps_its_unit():
    material = given.a_material(quantity=10, on_hand=3, unit="份")

    with pytest.raises(RuleViolation, match="单位"):
        items.edit_material(material, version=None, unit="箱", **how())


@pytest.mark.parametrize(("to", "said"), [("planned", "可以转到"), ("nowhere", "可以转到")])
def test_a_state_is_reached_along_declared_edges_only(to, said):
    material = given.a_material(state="ready")

    with pytest.raises(RuleViolation, match=said):
        items.move_material(material, to=to, on=NOW.date(), **how())


def test_cancelling_says_why_and_leaves_nothing_in_the_store():
    empty, full = given.a_material(), given.a_material(on_hand=4)
    with pytest.raises(RuleViolation, match="为什么"):
        items.move_material(empty, to="cancelled", on=NOW.date(), **how())
    with pytest.raises(RuleViolation, match="库里还有 4"):
        items.move_material(full, to="cancelled", reason="不要了", on=NOW.date(), **how())

    assert (
        items.move_material(empty, to="cancelled", reason="不要了", on=NOW.date(), **how()).state
        == "cancelled"
    )


def test_a_decision_is_done_when_it_is_published_and_the_team_is_told():
    rep = given.a_rep()
    decision = given.a_material(category="task", unit="")
    with pytest.raises(RuleViolation, match="发布后才算完成"):
        items.move_material(decision, to="ready", on=NOW.date(), **how())
    with pytest.raises(RuleViolation, match="决定内容"):
        items.publish_decision(decision, text=" ", on=NOW.date(), **how())

    items.publish_decision(decision, text="五百套以上九折", on=NOW.date(), **how())

    decision.refresh_from_db()
    assert (decision.state, decision.ready_on, decision.decision) == ("ready", NOW.date(), "五百套以上九折")
    assert Notice.objects.filter(recipient=rep, body="五百套以上九折").count() == 1
    with pytest.raises(RuleViolation, match="实物"):
        items.publish_decision(given.a_material(), text="?", on=NOW.date(), **how())


def test_what_is_planned_is_an_estimate_until_it_is_in():
    budget = given.a_budget(ad="15000")
    line = budget.lines.get()
    material = items.create_material(
        budget.campaign, name="海报", category="print", number=9, quantity=100, unit="张", line=line,
        planned_price=Decimal("5.00"), **how(),
    )  # fmt: skip
    assert Estimate.objects.get().amount == Decimal("500.00")

    receive_goods(material, 60, source="r:1", on=NOW.date(), **how())
    assert Estimate.objects.get().amount == Decimal("200.00")
    receive_goods(material, 40, source="r:2", on=NOW.date(), **how())

    assert not Estimate.objects.exists()
    assert Material.objects.get(pk=material.pk).state == "ready"


def test_only_a_line_of_the_campaign_s_own_budget_pays():
    stranger = given.a_line(campaign=given.a_campaign(name="别的"))

    with pytest.raises(RuleViolation, match="本方案预算"):
        items.create_material(
            given.a_campaign(), name="海报", category="print", quantity=1, line=stranger, **how()
        )
