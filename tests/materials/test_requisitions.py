"""领用: asked for, approved where a rule says, held, issued in parts, confirmed, called off."""

import pytest
from django.db import IntegrityError, transaction

from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.models import Notice
from materials.actions.allocation import share_out, share_out_all
from materials.actions.handovers import confirm_receipt, issue
from materials.actions.requisitions import call_off, change_requisition, decide_requisition, move_to
from materials.actions.stock import receive, reserve
from materials.models import Loan, Need, Requisition, RequisitionLine
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def stock(material):
    material.refresh_from_db()
    return (material.on_hand, material.reserved)


def line_of(requisition):
    return requisition.lines.get()


def fresh(requisition):
    requisition.refresh_from_db()
    return requisition.state


def test_what_no_rule_names_is_approved_at_once_and_held():
    material = given.a_material(on_hand=10)

    requisition = given.a_requisition({material: 5})

    assert (requisition.state, requisition.decided_by, line_of(requisition).approved) == ("approved", None, 5)
    assert stock(material) == (10, 5)
    trail = AuditEvent.objects.get(action="materials.requisition.approved")
    assert (trail.actor, "按规则" in trail.reason) == (None, True)


@pytest.mark.parametrize(
    ("category", "quantity", "role"),
    [
        ("gift_key", 1, "director"),
        ("uniform", 1, "admin_centre"),
        ("print", 201, "director"),
        ("print", 200, ""),
    ],
)
def test_the_rules_say_who_approves(category, quantity, role):
    given.a_director(), given.an_admin_centre()

    requisition = given.a_requisition({given.a_material(category=category): quantity})

    assert requisition.approver_role == role
    assert requisition.state == ("pending" if role else "approved")


def test_of_several_roles_the_director_decides():
    director, centre = given.a_director(), given.an_admin_centre()
    requisition = given.a_requisition(
        {given.a_material(category="uniform"): 1, given.a_material(category="gift_key"): 1}
    )

    assert list(Requisition.objects.decidable_by(director)) == [requisition]
    assert list(Requisition.objects.decidable_by(centre)) == []
    with pytest.raises(RuleViolation, match="总监"):
        decide_requisition(requisition, "approved", note="", by=centre, at=NOW)


def test_whoever_would_decide_about_their_own_is_stood_in_for_by_the_director():
    given.a_director()
    centre = given.an_admin_centre()

    requisition = given.a_requisition({given.a_material(category="uniform"): 1}, by=centre)

    assert requisition.approver_role == "director"


def test_the_approver_gives_less_with_a_reason():
    director, material = given.a_director(), given.a_material(category="gift_key", on_hand=9)
    requisition = given.a_requisition({material: 5})
    line = line_of(requisition)
    with pytest.raises(RuleViolation, match="少"):
        decide_requisition(requisition, "approved", note="", by=director, at=NOW, approved={line.pk: 2})
    with pytest.raises(RuleViolation, match="5"):
        decide_requisition(requisition, "approved", note="多", by=director, at=NOW, approved={line.pk: 6})

    decide_requisition(requisition, "approved", note="先给两份", by=director, at=NOW, approved={line.pk: 2})

    assert (line_of(requisition).approved, stock(material)) == (2, (9, 2))
    assert Notice.objects.filter(recipient=requisition.requested_by, body="先给两份").exists()


def test_decided_once():
    director, other = given.a_director(), given.a_director()
    requisition = given.a_requisition({given.a_material(category="gift_key", on_hand=3): 1})
    decide_requisition(requisition, "approved", note="", by=director, at=NOW)

    with pytest.raises(RuleViolation, match="已批准"):
        decide_requisition(requisition, "returned", note="再看", by=other, at=NOW)


def test_a_returned_one_is_changed_and_handed_in_again():
    director, material = given.a_director(), given.a_material(category="gift_key", on_hand=9)
    rep = given.a_rep()
    requisition = given.a_requisition({material: 5}, by=rep)
    decide_requisition(requisition, "returned", note="太多", by=director, at=NOW)
    requisition.refresh_from_db()

    change_requisition(
        requisition, purpose="拜访", needed_at=requisition.needed_at, receiver=rep, wanted={material: 1},
        version=requisition.version, by=rep, at=NOW,
    )  # fmt: skip

    assert (requisition.state, line_of(requisition).requested) == ("pending", 1)


def test_what_is_not_there_stands_as_a_need_with_its_day():
    material = given.a_material(on_hand=3)

    requisition = given.a_requisition({material: 5})

    need = Need.objects.get()
    assert (need.quantity, need.needed_on, stock(material)) == (2, given.at(2012, 7, 11).date(), (3, 3))
    assert line_of(requisition).short == 2


def test_what_comes_in_goes_to_the_earliest_need_first():
    material, marketer = given.a_material(), given.a_marketer()
    late = given.a_requisition({material: 5}, needed_at=given.at(2012, 7, 20))
    soon = given.a_requisition({material: 5}, needed_at=given.at(2012, 7, 12))
    receive(material, 7, source="in:1", on=NOW.date(), at=NOW, by=marketer)

    served = share_out(material, on=NOW.date(), at=NOW, by=marketer)

    assert served == 2
    assert (line_of(soon).bound, line_of(late).bound) == (5, 2)
    assert list(Need.objects.values_list("quantity", flat=True)) == [3]
    assert share_out_all(on=NOW.date(), at=NOW) == 0


def test_issued_in_parts_and_confirmed():
    rep, marketer, material = given.a_rep(), given.a_marketer(), given.a_material(on_hand=10)
    requisition = given.a_requisition({material: 5}, by=rep)
    line = line_of(requisition)

    first = issue(requisition, {line.pk: 2}, by=marketer, at=NOW)
    assert (stock(material), line_of(requisition).bound) == ((8, 3), 3)
    confirm_receipt(first, by=rep, at=NOW)
    assert fresh(requisition) == "approved"
    second = issue(requisition, {line.pk: 3}, by=marketer, at=NOW)
    confirm_receipt(second, by=rep, at=NOW, discrepancy="少一份")

    assert (fresh(requisition), stock(material), second.number) == ("fulfilled", (5, 0), 2)
    assert Notice.objects.filter(recipient=marketer, body="少一份").exists()


def test_more_than_approved_or_than_there_is_is_refused_in_words():
    marketer, material = given.a_marketer(), given.a_material(on_hand=3)
    requisition = given.a_requisition({material: 5})
    line = line_of(requisition)

    with pytest.raises(RuleViolation, match="批准 5"):
        issue(requisition, {line.pk: 6}, by=marketer, at=NOW)
    with pytest.raises(RuleViolation, match="3"):
        issue(requisition, {line.pk: 4}, by=marketer, at=NOW)

    assert (stock(material), requisition.handovers.count()) == ((3, 3), 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        RequisitionLine.objects.filter(pk=line.pk).update(issued=6)


def test_what_others_hold_is_not_issued():
    marketer, material = given.a_marketer(), given.a_material(on_hand=5)
    reserve(material, 5, source="other", on=NOW.date(), at=NOW, by=marketer)
    requisition = given.a_requisition({material: 2})

    with pytest.raises(RuleViolation, match="0"):
        issue(requisition, {line_of(requisition).pk: 1}, by=marketer, at=NOW)


def test_only_whose_store_it_is_hands_it_over():
    centre, rep = given.an_admin_centre(), given.a_rep()
    given.a_director()
    own = given.a_material(on_hand=3, category="sample", department=centre.department)
    other = given.a_material(on_hand=3)
    requisition = given.a_requisition({own: 1, other: 1}, by=rep)
    lines = {line.material: line.pk for line in requisition.lines.all()}

    with pytest.raises(RuleViolation, match="不归"):
        issue(requisition, {lines[other]: 1}, by=centre, at=NOW)
    issue(requisition, {lines[own]: 1}, by=centre, at=NOW)

    assert (stock(own)[0], stock(other)[0]) == (2, 3)
    assert list(Requisition.objects.to_issue_by(centre)) == []


def test_a_receipt_is_confirmed_by_its_receiver_and_once():
    rep, marketer = given.a_rep(), given.a_marketer()
    requisition = given.a_requisition({given.a_material(on_hand=5): 5}, by=rep)
    handover = issue(requisition, {line_of(requisition).pk: 5}, by=marketer, at=NOW)

    with pytest.raises(RuleViolation, match=rep.name):
        confirm_receipt(handover, by=marketer, at=NOW)
    confirm_receipt(handover, by=rep, at=NOW)
    with pytest.raises(RuleViolation, match="已确认"):
        confirm_receipt(handover, by=rep, at=NOW)


def test_something_lent_is_out_with_its_receiver():
    rep, marketer = given.a_rep(), given.a_marketer()
    laptop = given.a_material(on_hand=1, category="device", is_returnable=True)
    requisition = given.a_requisition({laptop: 1}, by=rep)

    issue(requisition, {line_of(requisition).pk: 1}, by=marketer, at=NOW)

    assert Loan.objects.out().get().holder == rep


def test_called_off_before_issue_it_is_withdrawn_and_the_store_is_told():
    rep, marketer, material = given.a_rep(), given.a_marketer(), given.a_material(on_hand=3)
    requisition = given.a_requisition({material: 5}, by=rep)

    call_off(requisition, reason="拜访取消", by=rep, at=NOW)

    assert (fresh(requisition), stock(material), Need.objects.count()) == ("withdrawn", (3, 0), 0)
    assert Notice.objects.filter(recipient=marketer, body__contains="拜访取消").exists()
    with pytest.raises(RuleViolation, match="已撤回"):
        issue(requisition, {line_of(requisition).pk: 1}, by=marketer, at=NOW)


def test_called_off_after_a_part_it_ends_at_what_was_issued():
    rep, marketer, material = given.a_rep(), given.a_marketer(), given.a_material(on_hand=5)
    requisition = given.a_requisition({material: 5}, by=rep)
    handover = issue(requisition, {line_of(requisition).pk: 2}, by=marketer, at=NOW)

    call_off(requisition, reason="够了", by=rep, at=NOW)
    confirm_receipt(handover, by=rep, at=NOW)

    assert (fresh(requisition), stock(material), line_of(requisition).approved) == ("fulfilled", (3, 0), 2)


def test_one_open_requisition_for_one_event():
    material = given.a_material(on_hand=9)
    given.a_requisition({material: 1}, source="visits.visit:1")

    with pytest.raises(RuleViolation, match="已申请"):
        given.a_requisition({material: 1}, source="visits.visit:1")


def test_the_event_moves_and_its_need_with_it():
    rep, material = given.a_rep(), given.a_material()
    requisition = given.a_requisition({material: 1}, by=rep, source="visits.visit:1")

    move_to("visits.visit:1", to="visits.visit:2", needed_at=given.at(2012, 7, 20), by=rep, at=NOW)

    requisition.refresh_from_db()
    assert (requisition.source, Need.objects.get().needed_on.day) == ("visits.visit:2", 20)


def test_who_sees_a_requisition():
    rep, receiver, stranger = given.a_rep(), given.a_rep(), given.a_rep()
    requisition = given.a_requisition({given.a_material(on_hand=1): 1}, by=rep, receiver=receiver)

    seen = {
        person.pk: Requisition.objects.visible_to(person).filter(pk=requisition.pk).exists()
        for person in (rep, receiver, stranger, given.a_marketer())
    }

    assert list(seen.values()) == [True, True, False, True]
