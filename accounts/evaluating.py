"""Readings for an evaluation: suggested scores, what each rests on, the policy in force, its effect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.choices import Factor
from accounts.models import Evaluation, EvaluationPolicy, Fact, Organisation
from accounts.queries import fact_in_words, source_url
from accounts.rules import grades
from keyaccounts.common.errors import RuleViolation

# Which facts speak for a factor; the first known one decides.
FACTS_OF: dict[str, tuple[str, ...]] = {
    "headcount": ("coverage_count", "staff_count"),
    "health_focus": ("health_focus", "health_attention"),
    "intention": ("intention",),
    "power": ("per_capita_budget", "power"),
    "activities": ("collective_activities", "meeting_time"),
}
# Whose change asks for a new evaluation: for whoever learns facts.
FACTS_THAT_MATTER = frozenset(name for names in FACTS_OF.values() for name in names)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact beside a point: its name, value in words, day and source."""

    label: str
    text: str
    where: str
    url: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the known facts suggest for one factor; no score is unknown."""

    factor: str
    label: str
    weight: int
    score: int | None
    evidence: list[Evidence]


def policy_in_force() -> EvaluationPolicy:
    """The newest published weights. Raises RuleViolation when none are."""
    policy = EvaluationPolicy.objects.filter(published_at__isnull=False).order_by("-version").first()
    if policy is None:
        raise RuleViolation(_("The director has not published evaluation weights yet."))
    return policy


def weigh(scores: dict[str, int | None], policy: EvaluationPolicy) -> grades.Result:
    """Total, range, completeness and grade of scores under a policy."""
    return grades.result(
        scores, policy.weights, a_from=policy.a_from, b_from=policy.b_from, c_from=policy.c_from
    )


def suggested_scores(organisation: Organisation) -> dict[str, int | None]:
    """The scores that practice 2.4's table gives for the latest known facts."""
    people = organisation.coverage_count or organisation.staff_count
    return {
        "headcount": grades.headcount_score(people),
        "health_focus": organisation.health_focus,
        "intention": grades.intention_score(organisation.intention),
        "power": grades.power_score(organisation.per_capita_budget, organisation.power),
        "activities": grades.activities_score(
            organisation.collective_activities, organisation.meeting_time or []
        ),
    }


def suggestions(organisation: Organisation) -> list[Suggestion]:
    """For each factor: weight, suggested score, and the facts beside it with their source."""
    policy, scores = policy_in_force(), suggested_scores(organisation)
    latest: dict[str, Fact] = {}
    for fact in organisation.facts.filter(field__in=FACTS_THAT_MATTER).order_by("-observed_on", "-pk"):
        latest.setdefault(fact.field, fact)
    return [
        Suggestion(
            factor.value,
            str(factor.label),
            policy.weights[factor],
            scores[factor],
            [
                evidence
                for name in FACTS_OF[factor]
                if (evidence := _evidence(organisation, name, latest.get(name)))
            ],
        )
        for factor in Factor
    ]


def _evidence(organisation: Organisation, name: str, fact: Fact | None) -> Evidence | None:
    text = fact_in_words(name, getattr(organisation, name))
    if not text:
        return None
    where = ""
    if fact:
        where = f"{fact.observed_on.month}月{fact.observed_on.day}日 {fact.source_label}".strip()
    label = str(Organisation._meta.get_field(name).verbose_name)
    return Evidence(label, text, where, source_url(fact.source) if fact and fact.source else "")


def evidence_for(organisation: Organisation) -> dict[str, str]:
    """What each point rests on, as text to be frozen with an evaluation."""
    return {
        suggestion.factor: "；".join(
            f"{e.label} {e.text}" + (f"({e.where})" if e.where else "") for e in suggestion.evidence
        )
        for suggestion in suggestions(organisation)
        if suggestion.evidence
    }


def effect_of(policy: EvaluationPolicy) -> Counter[tuple[str, str]]:
    """How grades would change under a policy: (before, after) → number of organisations."""
    moves: Counter[tuple[str, str]] = Counter()
    for evaluation in Evaluation.objects.filter(is_current=True).iterator(chunk_size=1000):
        after = weigh(evaluation.scores, policy).grade
        if after != evaluation.grade:
            moves[evaluation.grade, after] += 1
    return moves


def factor_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """An evaluation's factors with weight, score and what it rests on, for its page."""
    return [
        {
            "label": factor.label,
            "weight": evaluation.policy.weights[factor],
            "score": evaluation.scores[factor],
            "evidence": evaluation.evidence.get(factor.value, ""),
        }
        for factor in Factor
    ]
