"""Numbers as people type them."""

from decimal import Decimal

import pytest

from keyaccounts.common.numerals import parse_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1210", 1210),
        ("1,210 人", 1210),
        ("１，２１０", 1210),
        ("8.5万", 85000),
        ("约8万元", 80000),
        ("五百", 500),
        ("一百五", 150),
        ("一百零五", 105),
        ("十二", 12),
        ("两万三", 23000),
        ("一万零五十", 10050),
        ("¥199.90", Decimal("199.90")),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed, number):
    assert parse_number(typed) == number


@pytest.mark.parametrize("typed", ["", "很多", "1.2.3", "NaN", "Infinity", "五六", "万", "1e5x"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises((ValueError, ArithmeticError)):
        parse_number(typed)
