"""What is due or late, what runs short, what is out too long: told once each (integrity rule 21)."""

from datetime import date, timedelta

import pytest

from keyaccounts.notices.models import Notice
from materials.actions.reminders import remind_of_materials
from materials.actions.stock import return_loan, take
from materials.models import Loan, Need
from tests import given

pytestmark = pytest.mark.django_db
TODAY = date(2012, 7, 10)
NOW = given.at(2012, 7, 10)


def remind(days=0):
    return remind_of_materials(on=TODAY + timedelta(days=days), at=NOW + timedelta(days=days))


def test_due_and_late_reach_the_department_and_marketing_once():
    department = given.a_department()
    own = given.a_rep(department=department)
    marketer, other = given.a_marketer(), given.a_rep()
    given.a_material(due_on=TODAY + timedelta(days=3), department=department)
    given.a_material(due_on=TODAY - timedelta(days=2), department=department, state="producing")
    given.a_material(due_on=TODAY - timedelta(days=2), department=department, state="ready")

    assert remind() == 4
    assert remind() == 0

    assert (
        Notice.objects.filter(recipient=own).count() == Notice.objects.filter(recipient=marketer).count() == 2
    )
    assert not Notice.objects.filter(recipient=other).exists()
    assert Notice.objects.filter(recipient=own, is_urgent=True).count() == 1
    # Late ones again each day; the other one has had its reminder of three days before.
    assert remind(days=1) == 2


def test_a_shortage_within_fourteen_days_is_told_once_and_again_when_it_grows():
    marketer = given.a_marketer()
    material = given.a_material(on_hand=20, state="ready")
    given_needs = [(15, 3), (10, 9), (100, 30)]
    for quantity, days in given_needs:
        Need.objects.create(
            material=material, quantity=quantity, needed_on=TODAY + timedelta(days=days), label="说明会", source=f"n:{days}"
        )  # fmt: skip

    def told():
        return list(Notice.objects.filter(recipient=marketer).order_by("pk").values_list("title", flat=True))

    remind()
    remind(days=1)
    assert told() == [f"{material} 7月19日起不够用，缺 5 份"]

    Need.objects.filter(source="n:9").update(quantity=12)
    remind(days=1)
    assert told()[1:] == [f"{material} 7月19日起不够用，缺 7 份"]


def test_a_low_level_is_told_once_a_week():
    marketer = given.a_marketer()
    given.a_material(on_hand=5, low_level=5, state="ready")
    given.a_material(low_level=5)  # nothing of it has ever been there: due dates speak of it

    for days in (0, 1, 2):
        remind(days=days)

    assert Notice.objects.filter(recipient=marketer).count() == 1
    remind(days=7)
    assert Notice.objects.filter(recipient=marketer).count() == 2


def test_who_keeps_a_laptop_too_long_is_told_and_no_more_when_it_is_back():
    rep, laptop_keeper = given.a_rep(), given.a_marketer()
    laptop = given.a_material(on_hand=1, is_returnable=True, category="device", state="ready")
    take(
        laptop, 1, kind="issue", person=rep, due_back_on=TODAY - timedelta(days=1), on=TODAY - timedelta(days=5),
        source="l:1", at=NOW, by=laptop_keeper,
    )  # fmt: skip

    people = Notice.objects.filter(title__contains=str(laptop), recipient__in=[rep, laptop_keeper])
    remind()
    remind()
    remind(days=1)
    assert people.count() == 2
    remind(days=7)
    assert people.count() == 4
    return_loan(Loan.objects.get(), on=TODAY + timedelta(days=8), at=NOW, by=laptop_keeper)
    assert remind(days=14) == 0
