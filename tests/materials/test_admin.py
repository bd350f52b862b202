"""The director sets the rows of the list in the admin; stock and state stay what the movements made them."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from budget.models import Estimate
from materials.models import Material
from tests import given

pytestmark = pytest.mark.django_db


def values(material, **more):
    return {
        "campaign": material.campaign_id, "number": material.number, "name": material.name, "category": "print",
        "quantity": 10, "kinds": 1, "unit": "份", "due_on": "2012-06-01", "remark": "", **more,
    }  # fmt: skip


def test_a_row_is_changed_confirmed_and_planned_anew(sign_in):
    line = given.a_line("1000")
    material = given.a_material(campaign=line.budget.campaign, quantity=10, inferred=["due_on", "remark"])
    client = sign_in(given.a_director())
    address = reverse("admin:materials_material_change", args=[material.pk])
    assert material.name in client.get(reverse("admin:materials_material_changelist")).text

    answer = client.post(address, values(material, is_charged="on", line=line.pk, planned_price="2.50"))

    material.refresh_from_db()
    assert answer.status_code == 302
    assert (material.due_on, material.inferred, material.version) == (date(2012, 6, 1), ["remark"], 2)
    assert Estimate.objects.get().amount == Decimal("25.00")


def test_another_budget_s_line_and_stock_are_out_of_reach(sign_in):
    stranger = given.a_line(campaign=given.a_campaign(name="别的"))
    material = given.a_material(campaign=given.a_campaign(), on_hand=3)
    client = sign_in(given.a_director())
    address = reverse("admin:materials_material_change", args=[material.pk])

    wrong = client.post(address, values(material, is_charged="on", line=stranger.pk))
    client.post(address, values(material, unit="箱", on_hand="99", state="ready"))

    material.refresh_from_db()
    assert "本方案预算" in wrong.text
    assert (material.unit, material.on_hand, material.state) == ("份", 3, "planned")


def test_what_lies_in_the_store_is_no_decision(sign_in):
    material = given.a_material(on_hand=3)
    client = sign_in(given.a_director())

    answer = client.post(
        reverse("admin:materials_material_change", args=[material.pk]),
        values(material, category="task", quantity=""),
    )

    assert "不能" in answer.text
    assert Material.objects.get(pk=material.pk).category == "print"


def test_a_rep_does_not_enter(sign_in):
    assert sign_in(given.a_rep()).get(reverse("admin:materials_material_changelist")).status_code in (
        302,
        403,
    )
