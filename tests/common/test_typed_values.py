"""What people type or paste into forms: numbers in their own way, and marks that nobody sees."""

from __future__ import annotations

import pytest
from django import forms
from django.http import QueryDict

from keyaccounts.common.fields import Count, Several, Yuan
from keyaccounts.common.forms import PageForm
from keyaccounts.common.text import without_marks
from keyaccounts.common.widgets import UnitInput
from keyaccounts.people.models import User

FAMILY = "\U0001f468‍\U0001f469"


class Thing(PageForm):
    name = forms.CharField()
    staff = Count(required=False, widget=UnitInput("人"))
    price = Yuan(required=False, max_value=1000)
    kind = forms.ChoiceField(choices=[("a", "A")], required=False)


def sent(**values):
    data = QueryDict(mutable=True)
    data.update({"name": "第一热电厂", **values})
    return Thing(data)


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("北京​第一热电厂", "北京第一热电厂"),
        ("‮送样品‬", "送样品"),
        ("﻿\x07名称­", "名称"),
        ("两行\r\n文字\t🎁𠮷", "两行\r\n文字\t🎁𠮷"),
        (FAMILY, FAMILY),
        ("plain", "plain"),
    ],
)
def test_marks_that_draw_nothing_are_left_out(pasted, kept):
    assert without_marks(pasted) == kept


def test_a_form_keeps_no_invisible_marks():
    form = sent(name="​第一热电厂‏ ")

    assert form.is_valid()
    assert form.cleaned_data["name"] == "第一热电厂"
    assert form["name"].value() == "第一热电厂 "


def test_a_name_of_nothing_but_marks_is_none():
    form = sent(name="​‏")

    assert form.errors["name"] == ["请填写。"]


@pytest.mark.parametrize("field", ["staff", "price"])
def test_a_number_is_typed_into_a_text_field(field):
    # A browser keeps 1.2 of 1.2万 in a number field and says nothing.
    drawn = str(sent()[field])

    assert 'type="text"' in drawn
    assert "inputmode=" in drawn


def test_ten_thousands_and_chinese_numerals_are_numbers():
    form = sent(staff="约１．２万人", price="八百五")

    assert form.is_valid()
    assert (form.cleaned_data["staff"], form.cleaned_data["price"]) == (12_000, 850)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"staff": "-5"}, "不能小于 0。"),
        ({"staff": "99999999999"}, "不能大于 100000000。"),
        ({"staff": "很多"}, "请填整数，如 1200 或 8.5万。"),
        ({"price": "1200"}, "不能大于 1000。"),
        ({"price": "1e400"}, "数字太大。"),
        ({"price": "0.001"}, "最多两位小数。"),
    ],
)
def test_a_wrong_number_is_refused_in_few_words(values, said):
    form = sent(**values)

    assert said in [message for messages in form.errors.values() for message in messages]


def test_what_must_be_chosen_says_so():
    class Choosing(PageForm):
        kind = forms.ChoiceField(choices=[("a", "A")])

    assert Choosing(QueryDict("kind=")).errors["kind"] == ["请选择。"]


@pytest.mark.django_db
def test_a_key_that_no_database_holds_is_unknown():
    class Choosing(PageForm):
        people = Several(User.objects.all())

    form = Choosing(QueryDict("people=99999999999999999999999"))

    assert "people" in form.errors


@pytest.mark.parametrize(
    ("day", "is_right"), [("0206-07-10", False), ("9999-12-31", False), ("2012-07-10", True)]
)
def test_a_day_of_a_year_that_nobody_plans_in_is_a_slip(day, is_right):
    class Planning(PageForm):
        on = forms.DateField()

    form = Planning(QueryDict(f"on={day}"))

    assert form.is_valid() is is_right
    assert form.errors == ({} if is_right else {"on": ["请检查年份。"]})
