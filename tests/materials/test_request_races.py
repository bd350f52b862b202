"""Two at the counter: one passes, a double click counts once, the last box is held for one."""

import uuid

import pytest
from django.core.management import call_command

from materials.actions.handovers import issue
from materials.models import Handover, Material, Need, RequisitionLine
from tests import given
from tests.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _vocabulary():
    given.the_vocabulary()


def a_row(on_hand=5, quantity=5):
    rep = given.a_rep()
    return rep, given.a_requisition({given.a_material(on_hand=on_hand): quantity}, by=rep).lines.get()


def test_of_two_who_issue_the_same_row_one_passes(tmp_path):
    _rep, row = a_row()
    marketers = [given.a_marketer().pk for _ in range(4)]

    results = race("issue_row", processes=4, folder=tmp_path, line=row.pk, by=marketers)

    assert sum("value" in result for result in results) == 1
    assert all("RuleViolation" in result.get("error", "RuleViolation") for result in results)
    row.refresh_from_db()
    assert (row.issued, Material.objects.get().on_hand, Handover.objects.count()) == (5, 0, 1)
    call_command("verify_audit", verbosity=0)


def test_an_issue_sent_by_a_double_click_counts_once(tmp_path):
    _rep, row = a_row()

    results = race(
        "issue_once",
        processes=4,
        folder=tmp_path,
        key=str(uuid.uuid4()),
        line=row.pk,
        by=given.a_marketer().pk,
    )

    assert results == [{"value": "/issued/"}] * 4
    assert (RequisitionLine.objects.get().issued, Material.objects.get().on_hand) == (2, 3)


def test_a_receipt_confirmed_twice_is_confirmed_once(tmp_path):
    rep, row = a_row()
    handover = issue(row.requisition, {row.pk: 5}, by=given.a_marketer(), at=given.at(2012, 7, 10))

    results = race("confirm_handover", processes=4, folder=tmp_path, handover=handover.pk, by=rep.pk)

    assert sum("value" in result for result in results) == 1
    row.requisition.refresh_from_db()
    assert row.requisition.state == "fulfilled"


def test_what_is_there_is_held_once_however_many_ask_at_once(tmp_path):
    material = given.a_material(on_hand=10)
    reps = [given.a_rep().pk for _ in range(6)]

    results = race("request_last", processes=6, folder=tmp_path, material=material.pk, by=reps)

    assert sorted(result.get("value", result) for result in results) == [0, 0, 1, 3, 3, 3]
    material.refresh_from_db()
    assert (material.reserved, sum(Need.objects.values_list("quantity", flat=True))) == (10, 8)
