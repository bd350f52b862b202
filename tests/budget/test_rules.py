"""The arithmetic of the ledger."""

from decimal import Decimal as D

import pytest

from budget.rules import Balance, Change, Limit, missing, percent_used, reached

WARN, BLOCK = Limit(80, is_block=False), Limit(100, is_block=True)


@pytest.mark.parametrize(
    ("spent", "more", "lacks"),
    [("0", "100", "0"), ("60", "40", "0"), ("60", "40.01", "0.01"), ("100", "1", "1")],
)
def test_what_a_line_lacks(spent, more, lacks):
    balance = Balance(D(100), D(0), D(spent))

    assert max(D(0), missing(balance, Change(spent=D(more)))) == D(lacks)


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [
        ("79", "80", [WARN]),
        ("80", "81", []),
        ("0", "100", [WARN]),
        ("90", "100.01", [BLOCK]),
        ("0", "101", [WARN, BLOCK]),
        ("95", "90", []),
    ],
)
def test_which_limits_an_entry_crosses(before, after, crossed):
    was, now = Balance(D(100), D(0), D(before)), Balance(D(100), D(0), D(after))

    assert reached(was, now, [BLOCK, WARN]) == crossed


@pytest.mark.parametrize(
    ("allowed", "used", "percent"),
    [("0", "0", "0"), ("0", "5", "100"), ("3", "1", "33.3"), ("8", "1", "12.5")],
)
def test_percent_of_a_line(allowed, used, percent):
    assert percent_used(Balance(D(allowed), D(0), D(used))) == D(percent)
