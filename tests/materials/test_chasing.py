"""Unconfirmed receipts and undecided requisitions are asked for again, once a day each, however often it runs."""

import pytest

from keyaccounts.notices.models import Notice
from materials.actions.chasing import chase_decisions, chase_receipts
from materials.actions.handovers import confirm_receipt, issue
from materials.tasks import chase_requisitions, share_out_stock
from tests import given

pytestmark = pytest.mark.django_db


def test_an_unconfirmed_receipt_is_chased_from_ten_the_next_day_once_a_day():
    rep, marketer = given.a_rep(), given.a_marketer()
    requisition = given.a_requisition({given.a_material(on_hand=5): 5}, by=rep)
    handover = issue(requisition, {requisition.lines.get().pk: 5}, by=marketer, at=given.at(2012, 7, 10, 16))
    chased = [
        chase_receipts(at=given.at(*moment))
        for moment in (
            (2012, 7, 10, 17),
            (2012, 7, 11, 9),
            (2012, 7, 11, 10),
            (2012, 7, 11, 17),
            (2012, 7, 12, 10),
        )
    ]
    confirm_receipt(handover, by=rep, at=given.at(2012, 7, 12, 11))

    assert chased == [0, 0, 1, 0, 1]
    assert chase_receipts(at=given.at(2012, 7, 13, 10)) == 0


def test_an_undecided_one_of_tomorrow_is_chased():
    director = given.a_director()
    given.a_requisition({given.a_material(category="gift_key"): 1}, needed_at=given.at(2012, 7, 12))
    chased = [chase_decisions(at=given.at(2012, 7, day, 10)) for day in (10, 11, 11, 12)]

    assert chased == [0, 1, 0, 1]
    assert (
        Notice.objects.filter(recipient=director, kind="approval", dedupe_key__contains="chase").count() == 2
    )


def test_the_jobs_run():
    assert (share_out_stock(), chase_requisitions()) == (0, 0)
