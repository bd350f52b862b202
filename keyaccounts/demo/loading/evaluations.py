"""The evaluation of each organisation, and the priority list that a stage review approved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounts.choices import EvaluationState, PriorityListState
from accounts.evaluating import evidence_for
from accounts.models import Evaluation, EvaluationPolicy, Organisation, PriorityEntry, PriorityList
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User

from .file import DemoFile, noon


def evaluate(file: DemoFile, organisation: Organisation, judged: dict[str, Any]) -> None:
    """Write the evaluation that the file gives with an organisation."""
    total = Decimal(str(judged["total"]))
    known = [factor for factor, score in judged["scores"].items() if score is not None]
    reviewer = file.of(judged["reviewed_by"])
    file.new(
        Evaluation,
        organisation=organisation,
        policy=_policy(file, judged["weights"]),
        evaluated_on=judged["date"],
        **{f"{factor}_score": score for factor, score in judged["scores"].items()},
        evidence=evidence_for(organisation),
        total_low=total,
        total_high=total,
        completeness=sum(judged["weights"][factor] for factor in known),
        grade=judged["grade"],
        state=EvaluationState.REVIEWED if reviewer else EvaluationState.DRAFT,
        evaluated_by=file.of(judged["by"]),
        reviewed_by=reviewer,
        reviewed_at=noon(judged["date"]) if reviewer else None,
    )
    Organisation.objects.filter(pk=organisation.pk).update(needs_evaluation=False)


def _policy(file: DemoFile, weights: dict[str, int]) -> EvaluationPolicy:
    """The published policy with these weights: one there is, or a new version."""
    policy = EvaluationPolicy.objects.filter(published_at__isnull=False, **weights).first()
    if policy is None:
        newest = EvaluationPolicy.objects.order_by("-version").first()
        policy = file.new(
            EvaluationPolicy,
            version=newest.version + 1 if newest else 1,
            published_at=noon(file.campaign.starts_on),
            published_by=file.director,
            **weights,
        )
    return policy


def stage_reviews(file: DemoFile) -> None:
    for number, row in enumerate(file.rows("stage_reviews"), start=1):
        approver = file.of(row["by"])
        minutes = file.new(
            PriorityList,
            campaign=file.campaign,
            number=number,
            state=PriorityListState.APPROVED,
            text=row["text"],
            submitted_by=User.objects.with_role(Role.LEAD).exclude(pk=approver.pk).first(),
            submitted_at=noon(row["on"]),
            decided_by=approver,
            decided_at=noon(row["on"]),
            created_at=noon(row["on"]),
        )
        chosen = {file.of(reference).pk for reference in row["approved_orgs"]}
        judged = Evaluation.objects.filter(is_current=True).order_by("-total_low", "organisation__code")
        PriorityEntry.objects.bulk_create(
            PriorityEntry(
                list=minutes,
                organisation_id=evaluation.organisation_id,
                rank=rank,
                is_chosen=evaluation.organisation_id in chosen,
                grade=evaluation.grade,
                total_low=evaluation.total_low,
                total_high=evaluation.total_high,
            )
            for rank, evaluation in enumerate(judged, start=1)
        )
        file.keep("stage_reviews", row["id"], minutes)


PARTS = {"stage_reviews": stage_reviews}
