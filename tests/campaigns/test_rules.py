"""The arithmetic of phases, work items and festivals."""

from datetime import date, timedelta

import pytest

from keyaccounts.campaigns import rules

JULY_10 = date(2012, 7, 10)


@pytest.mark.parametrize(
    ("state", "due_on", "done_on", "shown"),
    [
        ("todo", date(2012, 7, 10), None, "todo"),
        ("todo", date(2012, 7, 9), None, "overdue"),
        ("doing", date(2012, 7, 9), None, "overdue"),
        ("doing", None, None, "doing"),
        ("done", date(2012, 7, 9), date(2012, 7, 9), "done"),
        ("done", date(2012, 7, 9), date(2012, 7, 10), "late_done"),
        ("done", None, date(2012, 7, 10), "done"),
        ("cancelled", date(2012, 7, 1), None, "cancelled"),
    ],
)
def test_what_a_work_item_is_shown_as(state, due_on, done_on, shown):
    assert rules.shown_state(state, due_on, done_on, JULY_10) == shown


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "state"),
    [
        (date(2012, 5, 15), date(2012, 6, 15), "ended"),
        (date(2012, 6, 15), date(2012, 7, 15), "ending"),
        (date(2012, 6, 15), date(2012, 7, 18), "active"),
        (date(2012, 7, 1), None, "active"),
        (date(2012, 7, 11), None, "upcoming"),
        (date(2012, 7, 1), date(2012, 7, 10), "ending"),
    ],
)
def test_where_a_phase_stands(starts_on, ends_on, state):
    assert rules.phase_state(starts_on, ends_on, JULY_10) == state


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (8, None),
        (7, "T-7"),
        (5, "T-7"),
        (3, "T-3"),
        (2, "T-3"),
        (1, "T-1"),
        (0, "T-0"),
        (-1, "late-2012-07-10"),
    ],
)
def test_the_reminder_step_reached(left, step):
    assert rules.reminder_step(JULY_10 + timedelta(days=left), JULY_10, [7, 3, 1, 0]) == step


@pytest.mark.parametrize(("days", "weeks"), [(0, 0), (3, 0), (4, 7), (365, 364), (366, 364), (368, 371)])
def test_whole_weeks_keep_the_weekday(days, weeks):
    assert rules.whole_weeks(days) == weeks


@pytest.mark.parametrize(
    ("text", "days", "result"),
    [
        ("2012年5月15日以前", 0, "2012年5月15日以前"),
        ("2012年5月15日以前", 364, "2013年5月14日以前"),
        ("2012年5月20日-6月15日", 364, "2013年5月19日-6月14日"),
        ("6月-8月", 364, "6月-8月"),
        ("6月-8月", 91, "9月-11月"),
        ("7月1日以后", 7, "7月8日以后"),
        ("尽快", 7, "尽快"),
        ("2月30日前", 7, "2月30日前"),
    ],
)
def test_the_plans_words_move_with_its_dates(text, days, result):
    assert rules.moved_text(text, days, year=2012) == result


def test_windows_open_now_or_within_a_week():
    windows = [
        rules.Window("budget", "", -120, -90),
        rules.Window("shortlist", "", -90, -60),
        rules.Window("sample", "", -75, -45),
        rules.Window("sign", "", -45, -25),
    ]

    found = rules.open_windows(date(2012, 9, 30), JULY_10, windows)

    assert [window.code for window in found] == ["shortlist", "sample"]


def test_work_outside_its_phase_is_out_of_order():
    phase = {"starts_on": date(2012, 5, 15), "ends_on": date(2012, 6, 15)}

    assert rules.out_of_order(due_from=date(2012, 6, 16), due_on=date(2012, 7, 1), **phase)
    assert not rules.out_of_order(due_from=date(2012, 6, 15), due_on=date(2012, 7, 1), **phase)
    assert not rules.out_of_order(due_from=None, due_on=None, **phase)
