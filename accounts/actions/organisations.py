"""Entering, editing and moving organisations through their stages (R15–R28, R50)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.choices import FactField, Stage
from accounts.models import Organisation
from accounts.rules.names import normalise
from accounts.rules.stages import needs_reason, next_stages
from accounts.search import reindex
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.codes import save_with_code
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import TeamMember
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .facts import BLANK, learn
from .locking import lock_present

RELATIONS = ("collaborators",)


@transaction.atomic
def create_organisation(*, by: Any, on: date, go_on_reason: str = "", **values: Any) -> Organisation:
    """Enter an organisation; whoever enters it owns it unless an owner is named (R50).

    ``go_on_reason`` says why it is entered although it looks like one that is there (D2).
    """
    facts = {name: values.pop(name) for name in list(values) if name in FactField.values}
    owner = values.pop("owner", None) or (by if by.has_role(Role.REP, Role.LEAD) else None)
    values.setdefault("team", team_of(owner))
    values.setdefault("campaign", Campaign.objects.current())
    organisation = Organisation(
        owner=owner, created_by=by, normalised_name=normalise(values["name"]), **values
    )
    save_with_code(organisation, f"KH{on.year}-")
    learn(organisation, facts=facts, on=on, by=by, source_label=_("Organisation file"))
    reindex(organisation)
    record(
        organisation, "accounts.organisation.created", by=by, to_state=organisation.stage, reason=go_on_reason
    )
    return organisation


def team_of(owner: Any) -> Any:
    """The team somebody is in now, or None."""
    if owner is None:
        return None
    member = TeamMember.objects.filter(user=owner, until_on__isnull=True).select_related("team").first()
    return member.team if member else None


@transaction.atomic
def edit_organisation(
    organisation: Organisation, *, by: Any, on: date, version: int | None, **values: Any
) -> Organisation:
    """Change the file. Survey answers become facts of today; an emptied answer is taken off the page, its facts stay.

    Raises StaleEdit when somebody else saved the file after the form was opened.
    """
    lock_present(organisation)
    organisation.claim(version)
    organisation.refresh_from_db()
    before = {name: getattr(organisation, name) for name in values}
    facts = {name: values.pop(name) for name in list(values) if name in FactField.values}
    emptied = [name for name, value in facts.items() if value in BLANK and before[name] not in BLANK]
    for name in emptied:
        setattr(organisation, name, facts[name] if facts[name] is not None else _empty(organisation, name))
    for name, value in values.items():
        setattr(organisation, name, value)
    organisation.normalised_name = normalise(organisation.name)
    organisation.full_clean(exclude=["code"])
    organisation.save()
    changed_facts = {
        name: value for name, value in facts.items() if value != before[name] and value not in BLANK
    }
    learn(organisation, facts=changed_facts, on=on, by=by, source_label=_("Organisation file"))
    reindex(organisation)
    changes = {
        name: [plain_value(old), plain_value(getattr(organisation, name))]
        for name, old in before.items()
        if old != getattr(organisation, name)
    }
    if changes:
        record(organisation, "accounts.organisation.edited", by=by, changes=changes)
    return organisation


def _empty(organisation: Organisation, name: str) -> Any:
    field = organisation._meta.get_field(name)
    return None if field.null else field.get_default()


def plain_value(value: Any) -> Any:
    """A value as the trail keeps it."""
    return value if isinstance(value, str | int | list | None.__class__) else str(value)


@transaction.atomic
def move_stage(
    organisation: Organisation, *, to: str, by: Any, reason: str = "", note: str = ""
) -> Organisation:
    """Move an organisation along a declared edge.

    Raises RuleViolation, saying what would satisfy it: no such edge; 已评估 without an evaluation; 重点跟进
    without an approved priority list; 暂缓 or 放弃 without a reason.
    """
    organisation = lock_present(organisation)
    before = organisation.stage
    if to not in next_stages(before):
        ways = "、".join(str(Stage(stage).label) for stage in next_stages(before))
        raise RuleViolation(
            _("From %(now)s the next stage is one of: %(ways)s.")
            % {"now": organisation.get_stage_display(), "ways": ways}
        )
    if to == Stage.EVALUATED and not organisation.evaluations.exists():
        raise RuleViolation(_("Evaluate the organisation first: then it counts as evaluated."))
    if to == Stage.TARGETED and not organisation.is_priority:
        raise RuleViolation(_("Only organisations on an approved priority list are followed with priority."))
    if needs_reason(to) and not reason:
        raise RuleViolation(_("Parking or dropping an organisation needs a reason."), field="reason")
    organisation.stage = to
    organisation.stage_reason, organisation.stage_note = (reason, note) if needs_reason(to) else ("", "")
    organisation.save(update_fields=["stage", "stage_reason", "stage_note", "updated_at"])
    record(
        organisation,
        "accounts.organisation.moved",
        by=by,
        from_state=before,
        to_state=to,
        reason="；".join(part for part in (label(_reasons(to), reason), note) if part),
    )
    return organisation


def _reasons(stage: str) -> str:
    """The list that the reasons of 暂缓 and 放弃 come from."""
    return TermList.PARK_REASON if stage == Stage.PARKED else TermList.LOSS_REASON


@transaction.atomic
def set_collaborators(organisation: Organisation, *, people: list[Any], by: Any, at: datetime) -> None:
    """Name who helps the owner (AB 角): they may read and write its visits. Who is new among them is told."""
    if organisation.owner in people:
        raise RuleViolation(_("The owner needs no place among the collaborators."), field="collaborators")
    lock_present(organisation)
    before = set(organisation.collaborators.all())
    organisation.collaborators.set(people)
    if before != set(people):
        record(
            organisation,
            "accounts.organisation.collaborators",
            by=by,
            people="、".join(str(person) for person in people) or _("nobody"),
        )
        tell_all(
            [
                Message(
                    person,
                    NoticeKind.HANDOVER,
                    organisation,
                    _("You help with %(organisation)s now") % {"organisation": organisation},
                    url=organisation.get_absolute_url(),
                    step=f"{at:%Y%m%d%H%M%S%f}",
                )
                for person in people
                if person not in before and person != by
            ],
            at=at,
        )
