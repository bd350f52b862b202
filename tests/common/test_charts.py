"""A picture and its table are the same numbers."""

import json
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from keyaccounts.common.charts import Chart, Mark, Row, Series


def a_chart(**more):
    values = {
        "kind": "bars",
        "title": "预算",
        "labels": ["广告物料", "礼品"],
        "series": [
            Series(name="已用", values=[Decimal("12000.50"), None], stack="budget"),
            Series(name="超出", values=[0, 300], stack="budget", tone="late"),
        ],
        "unit": "元",
        "digits": 2,
        "urls": ["/budget/1/", "/budget/2/"],
        "mark": Mark(label="上限", value=Decimal("15000")),
    }
    return Chart(**{**values, **more})


def test_the_picture_is_told_what_it_draws():
    described = json.loads(a_chart().as_json)

    assert described == {
        "kind": "bars",
        "labels": ["广告物料", "礼品"],
        "series": [
            {"name": "已用", "values": [12000.5, None], "tone": "accent", "stack": "budget"},
            {"name": "超出", "values": [0, 300], "tone": "late", "stack": "budget"},
        ],
        "unit": "元",
        "digits": 2,
        "urls": ["/budget/1/", "/budget/2/"],
        "mark": {"label": "上限", "value": 15000.0},
    }


def test_the_table_behind_has_the_same_rows_to_the_fen():
    assert list(a_chart().rows()) == [
        Row("广告物料", [Decimal("12000.50"), 0], "/budget/1/"),
        Row("礼品", [None, 300], "/budget/2/"),
    ]


def test_the_part_shows_the_table_and_links_each_row():
    page = render_to_string("components/_chart.html", {"chart": a_chart(title='<"预算">')})

    assert "12,000.50" in page
    assert '<a href="/budget/2/">礼品</a>' in page
    assert '<"预算">' not in page


def test_numbers_one_short_are_refused():
    with pytest.raises(ValueError, match="1 values for 2 labels"):
        a_chart(series=[Series(name="已用", values=[1])])


def test_nothing_to_draw_is_said_in_words():
    page = render_to_string("components/_chart.html", {"chart": a_chart(labels=[], series=[])})

    assert "data-chart" not in page
