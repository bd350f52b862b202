"""综合评估: suggested scores, weighted totals and grades on plain values (R27, practice 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

FACTORS = ("headcount", "health_focus", "intention", "power", "activities")
LOWEST, HIGHEST = 1, 5
# From so many people, and from so many yuan a head and occasion, upwards.
HEADCOUNT_STEPS = ((1000, 5), (500, 4), (200, 3), (100, 2), (0, 1))
BUDGET_STEPS = ((Decimal(200), 5), (Decimal(150), 4), (Decimal(100), 3), (Decimal(50), 2), (Decimal(0), 1))
INTENTION_SCORES = {"S": 5, "A": 4, "B": 3, "C": 2, "N": 1}
REGULAR_MEETINGS = frozenset({"weekly", "monthly", "quarterly"})
NO_ACTIVITIES = ("无", "没有", "暂无", "基本没有")


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation comes to: points of 100 at least and at most, known weight in percent, the grade."""

    low: Decimal
    high: Decimal
    completeness: int
    grade: str


def headcount_score(people: int | None) -> int | None:
    """1 below 100 people, 2 from 100, 3 from 200, 4 from 500, 5 from 1,000; unknown stays unknown."""
    if people is None:
        return None
    return next(score for least, score in HEADCOUNT_STEPS if people >= least)


def power_score(budget: Decimal | None, rating: int | None) -> int | None:
    """By yuan a head (50, 100, 150, 200) when known, else by the rating of the visit report."""
    if budget is None:
        return rating
    return next(score for least, score in BUDGET_STEPS if budget >= least)


def intention_score(level: str) -> int | None:
    """S 5, A 4, B 3, C 2, N 1."""
    return INTENTION_SCORES.get(level)


def activities_score(text: str, meeting_times: list[str]) -> int | None:
    """1 none, 3 now and then, 4 with known dates, 5 with regular ones a briefing can join."""
    text = text.strip()
    if not text and not meeting_times:
        return None
    if text.startswith(NO_ACTIVITIES) and not meeting_times:
        return 1
    if REGULAR_MEETINGS & set(meeting_times):
        return 5
    return 4 if meeting_times else 3


def result(
    scores: Mapping[str, int | None],
    weights: Mapping[str, int],
    *,
    a_from: Decimal,
    b_from: Decimal,
    c_from: Decimal,
) -> Result:
    """Weigh the scores: Σ weight × score ÷ 5. Unknown is not zero but anything from 1 to 5.

    The grade is the one that is certain, that of the lower total: an unknown fact never lifts an
    organisation onto the list, and asking for it can only raise the grade. Screens show the range and
    the completeness beside it.
    """

    def total(unknown: int) -> Decimal:
        points = sum(weights[name] * (scores.get(name) or unknown) for name in FACTORS)
        return (Decimal(points) / HIGHEST).quantize(Decimal("0.1"))

    low = total(LOWEST)
    return Result(
        low=low,
        high=total(HIGHEST),
        completeness=sum(weights[name] for name in FACTORS if scores.get(name) is not None),
        grade=grade_of(low, a_from=a_from, b_from=b_from, c_from=c_from),
    )


def grade_of(points: Decimal, *, a_from: Decimal, b_from: Decimal, c_from: Decimal) -> str:
    """A, B, C or D by the limits of the policy."""
    return next(
        (grade for grade, least in (("A", a_from), ("B", b_from), ("C", c_from)) if points >= least), "D"
    )
