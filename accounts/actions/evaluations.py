"""综合评估 and the priority list: score, review, weigh anew, submit, decide (R27–R28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import EvaluationState, PriorityListState, Stage
from accounts.evaluating import evidence_for, policy_in_force, weigh
from accounts.models import Evaluation, EvaluationPolicy, Organisation, PriorityEntry, PriorityList
from accounts.rules.grades import FACTORS, HIGHEST, LOWEST
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from .locking import lock_present
from .organisations import move_stage

BATCH = 500


@transaction.atomic
def evaluate(
    organisation: Organisation,
    *,
    scores: dict[str, int | None],
    on: date,
    at: datetime,
    by: Any,
    note: str = "",
) -> Evaluation:
    """Score an organisation; the earlier evaluation stays as history (R27).

    The policy, its weights and what each point rests on are frozen with it. 摸底中 becomes 已评估. Unless
    the director scored it, the director is asked to review. Raises RuleViolation when nothing is
    known at all, or a score is not 1–5.

    Args:
        scores: by factor; None is unknown, not zero.
    """
    organisation = lock_present(organisation)
    known = {name: scores.get(name) for name in FACTORS}
    for name, score in known.items():
        if score is not None and not LOWEST <= score <= HIGHEST:
            raise RuleViolation(_("A score runs from 1 to 5."), field=name)
    if not any(score is not None for score in known.values()):
        raise RuleViolation(_("Score at least one factor: what is unknown may stay open."))
    policy = policy_in_force()
    outcome = weigh(known, policy)
    before = organisation.grade
    organisation.evaluations.filter(is_current=True).update(is_current=False)
    by_director = by.has_role(Role.DIRECTOR)
    evaluation = Evaluation.objects.create(
        organisation=organisation,
        policy=policy,
        evaluated_on=on,
        **{f"{name}_score": score for name, score in known.items()},
        evidence=evidence_for(organisation),
        note=note,
        total_low=outcome.low,
        total_high=outcome.high,
        completeness=outcome.completeness,
        grade=outcome.grade,
        state=EvaluationState.REVIEWED if by_director else EvaluationState.DRAFT,
        evaluated_by=by,
        created_at=at,
    )
    organisation.grade, organisation.needs_evaluation = outcome.grade, False
    organisation.save(update_fields=["grade", "needs_evaluation", "updated_at"])
    record(
        evaluation,
        "accounts.evaluation.made",
        by=by,
        under=organisation,
        from_state=before,
        to_state=outcome.grade,
        points=str(outcome.low),
        completeness=outcome.completeness,
    )
    if organisation.stage == Stage.SCOUTING:
        move_stage(organisation, to=Stage.EVALUATED, by=by)
    if not by_director:
        tell_all(
            [
                Message(
                    director,
                    NoticeKind.APPROVAL,
                    evaluation,
                    _("Evaluation to review: %(name)s, grade %(grade)s")
                    % {"name": organisation.name, "grade": outcome.grade},
                    url=evaluation.get_absolute_url(),
                )
                for director in User.objects.with_role(Role.DIRECTOR)
            ],
            at=at,
        )
    return evaluation


@transaction.atomic
def review_evaluation(evaluation: Evaluation, *, at: datetime, by: Any) -> Evaluation:
    """The director agrees with a scoring. Raises RuleViolation for one's own, or one reviewed already."""
    if evaluation.evaluated_by_id == by.pk:
        raise RuleViolation(_("Somebody else reviews what you scored."))
    won = Evaluation.objects.filter(pk=evaluation.pk, state=EvaluationState.DRAFT).update(
        state=EvaluationState.REVIEWED, reviewed_by=by, reviewed_at=at
    )
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    evaluation.refresh_from_db()
    record(evaluation, "accounts.evaluation.reviewed", by=by, under=evaluation.organisation)
    tell_all(
        [
            Message(
                evaluation.evaluated_by,
                NoticeKind.DECISION,
                evaluation,
                _("Evaluation reviewed: %(name)s") % {"name": evaluation.organisation.name},
                url=evaluation.get_absolute_url(),
            )
        ],
        at=at,
    )
    return evaluation


# -- weights ----------------------------------------------------------------------------------
@transaction.atomic
def publish_policy(policy: EvaluationPolicy, *, on: date, at: datetime, by: Any) -> int:
    """Put new weights in force and weigh every current evaluation anew; the old ones stay as history.

    Returns how many grades changed. Raises RuleViolation when it is published already.
    """
    won = EvaluationPolicy.objects.filter(pk=policy.pk, published_at__isnull=True).update(
        published_at=at, published_by=by
    )
    if not won:
        raise RuleViolation(_("These weights are published already."))
    policy.refresh_from_db()
    changed = 0
    current = Evaluation.objects.filter(is_current=True).exclude(policy=policy).order_by("pk")
    for batch in _batches(current):
        fresh, regraded = [], []
        for old in batch:
            outcome = weigh(old.scores, policy)
            if outcome.grade != old.grade:
                changed += 1
                regraded.append(Organisation(pk=old.organisation_id, grade=outcome.grade))
            fresh.append(
                Evaluation(
                    organisation_id=old.organisation_id,
                    policy=policy,
                    evaluated_on=on,
                    **{f"{name}_score": score for name, score in old.scores.items()},
                    evidence=old.evidence,
                    note=old.note,
                    total_low=outcome.low,
                    total_high=outcome.high,
                    completeness=outcome.completeness,
                    grade=outcome.grade,
                    state=old.state,
                    evaluated_by_id=old.evaluated_by_id,
                    reviewed_by_id=old.reviewed_by_id,
                    reviewed_at=old.reviewed_at,
                    created_at=at,
                )
            )
        Evaluation.objects.filter(pk__in=[old.pk for old in batch]).update(is_current=False)
        Evaluation.objects.bulk_create(fresh)
        Organisation.objects.bulk_update(regraded, ["grade"])
    record(policy, "accounts.evaluationpolicy.published", by=by, reason=policy.reason, grades_changed=changed)
    return changed


def _batches(rows: Any) -> Iterator[list[Any]]:
    """A batch at a time by key, so that memory stays the same however many there are."""
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        yield batch


# -- the priority list --------------------------------------------------------------------------
@transaction.atomic
def submit_priority_list(
    campaign: Campaign, *, chosen: Iterable[Organisation], at: datetime, by: Any
) -> PriorityList:
    """Submit the ticked organisations, ranked among all that were evaluated, to the director (R28).

    The figures of this moment are frozen on the list. Raises RuleViolation when nothing is ticked, when a ticked
    one is out of the submitter's sight or has no evaluation, or while a list of theirs waits.
    """
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    wanted = {organisation.pk for organisation in chosen}
    if not wanted:
        raise RuleViolation(_("Tick at least one organisation."))
    if campaign.priority_lists.filter(submitted_by=by, state=PriorityListState.SUBMITTED).exists():
        raise RuleViolation(_("A list of yours is already waiting for the director."))
    judged = list(
        Evaluation.objects.filter(
            is_current=True, organisation__in=Organisation.objects.workable_by(by).at_work()
        )
        .select_related("organisation")
        .order_by("-total_low", "-total_high", "organisation__code")
    )
    if wanted - {evaluation.organisation_id for evaluation in judged}:
        raise RuleViolation(_("Only evaluated organisations of yours can be on the list."))
    last = campaign.priority_lists.aggregate(last=Max("number"))["last"] or 0
    minutes = PriorityList.objects.create(
        campaign=campaign,
        number=last + 1,
        state=PriorityListState.SUBMITTED,
        submitted_by=by,
        submitted_at=at,
        created_at=at,
    )
    PriorityEntry.objects.bulk_create(
        PriorityEntry(
            list=minutes,
            organisation_id=evaluation.organisation_id,
            rank=rank,
            is_chosen=evaluation.organisation_id in wanted,
            grade=evaluation.grade,
            total_low=evaluation.total_low,
            total_high=evaluation.total_high,
        )
        for rank, evaluation in enumerate(judged, start=1)
    )
    record(
        minutes,
        "accounts.prioritylist.submitted",
        by=by,
        under=campaign,
        to_state=minutes.state,
        chosen=len(wanted),
    )
    title = _("Priority list no. %(number)s waits: %(count)s organisations") % {
        "number": minutes.number,
        "count": len(wanted),
    }
    tell_all(
        [
            Message(director, NoticeKind.APPROVAL, minutes, title, url=minutes.get_absolute_url())
            for director in User.objects.with_role(Role.DIRECTOR).exclude(pk=by.pk)
        ],
        at=at,
    )
    return minutes


@transaction.atomic
def decide_priority_list(
    minutes: PriorityList, *, approve: bool, at: datetime, by: Any, note: str = ""
) -> PriorityList:
    """Approve and freeze the list as minutes, or return it with a reason (R28).

    Approval marks the chosen organisations as priority and takes it from those considered and not
    chosen; 已评估 becomes 重点跟进. Raises RuleViolation for one's own list, a missing reason, or when
    somebody decided first.
    """
    if minutes.submitted_by_id == by.pk:
        raise RuleViolation(_("The approver of a thing is never its requester."))
    if not approve and not note.strip():
        raise RuleViolation(_("Say why it is returned."), field="note")
    # One order for all who lock organisations: by key, before the trail.
    entries = list(minutes.entries.select_related("organisation__owner").order_by("organisation_id"))
    rows = Organisation.objects.select_for_update(no_key=True)
    list(rows.filter(pk__in=[e.organisation_id for e in entries]).order_by("pk"))
    state = PriorityListState.APPROVED if approve else PriorityListState.RETURNED
    won = PriorityList.objects.filter(pk=minutes.pk, state=PriorityListState.SUBMITTED).update(
        state=state, decided_by=by, decided_at=at, decision_note=note.strip()
    )
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    minutes.refresh_from_db()
    record(
        minutes,
        "accounts.prioritylist.decided",
        by=by,
        under=minutes.campaign,
        from_state=PriorityListState.SUBMITTED,
        to_state=state,
        reason=note.strip(),
    )
    told = {minutes.submitted_by_id: minutes.submitted_by}
    if approve:
        chosen = [entry.organisation for entry in entries if entry.is_chosen]
        left = [entry.organisation_id for entry in entries if not entry.is_chosen]
        Organisation.objects.filter(pk__in=[row.pk for row in chosen]).update(is_priority=True)
        Organisation.objects.filter(pk__in=left).update(is_priority=False)
        for organisation in chosen:
            if organisation.stage == Stage.EVALUATED:
                organisation.is_priority = True
                move_stage(organisation, to=Stage.TARGETED, by=by)
            if organisation.owner and organisation.owner.is_active:
                told[organisation.owner.pk] = organisation.owner
        minutes.text = minutes_in_words(minutes, entries)
        minutes.save(update_fields=["text"])
    title = (
        _("Priority list no. %(number)s is approved")
        if approve
        else _("Priority list no. %(number)s is returned")
    ) % {"number": minutes.number}
    tell_all(
        [
            Message(
                person,
                NoticeKind.DECISION,
                minutes,
                title,
                url=minutes.get_absolute_url(),
                body=note.strip(),
                step=state,
            )
            for person in told.values()
            if person and person.pk != by.pk
        ],
        at=at,
    )
    return minutes


def minutes_in_words(minutes: PriorityList, entries: list[PriorityEntry]) -> str:
    """The frozen minutes: who chose what, on which figures."""
    day = timezone.localtime(minutes.decided_at).date() if minutes.decided_at else None
    chosen = sorted((entry for entry in entries if entry.is_chosen), key=lambda entry: entry.rank)
    lines = [
        _("Minutes of priority list no. %(number)s of “%(campaign)s”")
        % {"number": minutes.number, "campaign": minutes.campaign.name},
        _("%(date)s: submitted by %(submitter)s, approved by %(director)s.")
        % {
            "date": f"{day.year}年{day.month}月{day.day}日" if day else "",
            "submitter": minutes.submitted_by,
            "director": minutes.decided_by,
        },
        _("%(all)s organisations were evaluated, %(chosen)s chosen for priority follow-up:")
        % {"all": len(entries), "chosen": len(chosen)},
    ]
    for entry in chosen:
        points = f"{entry.total_low}" + (
            f"–{entry.total_high}" if entry.total_high != entry.total_low else ""
        )
        owner = entry.organisation.owner
        lines.append(
            f"{entry.rank}. {entry.organisation.name} {entry.grade} {points}{f' {owner}' if owner else ''}"
        )
    if minutes.decision_note:
        lines.append(minutes.decision_note)
    return "\n".join(lines)
