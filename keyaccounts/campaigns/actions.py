"""Changes to the plan: start a round, edit it, move work items, confirm what was deduced, remind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.models import Inferable
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import Department, User

from . import rules
from .choices import NEEDS_REASON, WORK_EDGES, CampaignState, WorkState
from .models import Campaign, DeadlineRule, Phase, Target, WorkItem

TEMPLATE = Path(__file__).with_name("plan_template.json")
BATCH = 500


# -- a round of the plan --------------------------------------------------------------------
@transaction.atomic
def start_from_template(*, name: str, starts_on: date, by: Any) -> Campaign:
    """Draw up a campaign from the source plan, its dates moved to begin on ``starts_on`` (R13–R16, R43–R60).

    Values that the plan does not state are marked in ``inferred`` until somebody confirms them
    (requirements 1.0). The campaign is a draft.
    """
    plan = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    days = (starts_on - date.fromisoformat(plan["anchor"])).days
    year = date.fromisoformat(plan["anchor"]).year

    def on_day(number: int | None) -> date | None:
        return None if number is None else rules.moved(starts_on, number)

    campaign = Campaign.objects.create(
        name=name or plan["name"],
        goal=plan["goal"],
        venue=plan["venue"],
        starts_on=starts_on,
        ends_on=on_day(plan["last_day"]),
        owner=by,
        inferred=plan["inferred"],
    )
    phases = {
        row["number"]: Phase.objects.create(
            campaign=campaign,
            number=row["number"],
            name=row["name"],
            goal=row["goal"],
            starts_on=on_day(row["from_day"]),
            ends_on=on_day(row["to_day"]),
            shown_until=on_day(row.get("shown_until_day")),
            inferred=row["inferred"],
        )
        for row in plan["phases"]
    }
    departments = {code: _department(code, row["name"]) for code, row in plan["departments"].items()}
    for row in plan["work_items"]:
        item = WorkItem.objects.create(
            campaign=campaign,
            phase=phases[row["phase"]],
            number=row["number"],
            content=row["content"],
            due_from=on_day(row["from_day"]),
            due_on=on_day(row["to_day"]),
            due_text=rules.moved_text(row["due_text"], days, year=year),
            note=row.get("note", ""),
            inferred=row["inferred"],
        )
        item.departments.set(departments[code] for code in row["departments"])
    Target.objects.bulk_create(
        Target(campaign=campaign, org_type=org_type, count=count, inferred=["count"])
        for org_type, count in plan["targets"].items()
    )
    record(campaign, "campaigns.campaign.created", by=by, to_state=campaign.state, moved_days=days)
    return campaign


def _department(code: str, name: str) -> Department:
    """The department of the plan, found by code, name or alias (C10)."""
    found = Department.objects.filter(Q(code=code) | Q(name=name) | Q(aliases__name=name)).first()
    return found or Department.objects.create(code=code, name=name)


@transaction.atomic
def start_next_round(campaign: Campaign, *, starts_on: date, name: str = "", by: Any) -> Campaign:
    """Draw up the next round from an old one: phases, work items and targets with moved dates (R42).

    Every date moves by the same whole days, so the plan keeps its rhythm. States, done dates and
    documents stay behind. Raises RuleViolation when it would not begin after the old round.
    """
    days = (starts_on - campaign.starts_on).days
    if days <= 0:
        raise RuleViolation(_("The next round begins after the one it continues."), field="starts_on")
    year = campaign.starts_on.year
    fresh = Campaign.objects.create(
        name=name or campaign.name,
        goal=campaign.goal,
        venue=campaign.venue,
        starts_on=starts_on,
        ends_on=rules.moved(campaign.ends_on, days),
        owner=campaign.owner,
        previous=campaign,
        inferred=campaign.inferred,
    )
    phases = {
        phase.pk: Phase.objects.create(
            campaign=fresh,
            number=phase.number,
            name=phase.name,
            goal=phase.goal,
            starts_on=rules.moved(phase.starts_on, days),
            ends_on=rules.moved(phase.ends_on, days),
            shown_until=rules.moved(phase.shown_until, days),
            inferred=phase.inferred,
        )
        for phase in campaign.phases.all()
    }
    items = campaign.work_items.exclude(state=WorkState.CANCELLED).select_related("owner")
    for item in items.prefetch_related("departments"):
        copy = WorkItem.objects.create(
            campaign=fresh,
            phase=phases.get(item.phase_id),  # type: ignore[arg-type]
            number=item.number,
            content=item.content,
            due_from=rules.moved(item.due_from, days),
            due_on=rules.moved(item.due_on, days),
            due_text=rules.moved_text(item.due_text, days, year=year),
            owner=item.owner if item.owner and item.owner.is_active else None,
            inferred=item.inferred,
        )
        copy.departments.set(item.departments.all())
    Target.objects.bulk_create(
        Target(campaign=fresh, org_type=target.org_type, count=target.count, inferred=target.inferred)
        for target in campaign.targets.all()
    )
    record(
        fresh,
        "campaigns.campaign.created",
        by=by,
        to_state=fresh.state,
        previous=campaign.name,
        moved_days=days,
    )
    return fresh


@transaction.atomic
def activate(campaign: Campaign, *, by: Any) -> Campaign:
    """Start a draft. Raises RuleViolation when it has no phase, or has been started already."""
    if not campaign.phases.exists():
        raise RuleViolation(_("Add a phase first: a campaign runs in phases."))
    return _move_campaign(
        campaign, CampaignState.DRAFT, CampaignState.ACTIVE, "campaigns.campaign.started", by
    )


@transaction.atomic
def close(campaign: Campaign, *, by: Any) -> Campaign:
    """End a running campaign; reminders stop. Raises RuleViolation when it is not running."""
    return _move_campaign(
        campaign, CampaignState.ACTIVE, CampaignState.CLOSED, "campaigns.campaign.closed", by
    )


def _move_campaign(campaign: Campaign, before: str, after: str, act: str, by: Any) -> Campaign:
    won = Campaign.objects.filter(pk=campaign.pk, state=before).update(state=after, version=F("version") + 1)
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    campaign.refresh_from_db()
    record(campaign, act, by=by, from_state=before, to_state=after)
    return campaign


# -- writing the plan -----------------------------------------------------------------------
@transaction.atomic
def create_campaign(*, by: Any, **values: Any) -> Campaign:
    """Draw up an empty campaign as a draft."""
    campaign = Campaign(**values)
    _check(campaign)
    campaign.save()
    record(campaign, "campaigns.campaign.created", by=by, to_state=campaign.state)
    return campaign


def edit_campaign(campaign: Campaign, *, version: int | None, by: Any, **values: Any) -> Campaign:
    """Change a campaign. Raises StaleEdit when somebody else saved it meanwhile."""
    return _edit(campaign, "campaigns.campaign.edited", version=version, by=by, under=None, values=values)


@transaction.atomic
def create_phase(campaign: Campaign, *, by: Any, **values: Any) -> Phase:
    """Add a phase; phases may overlap (C1) and have no end (R38)."""
    phase = Phase(campaign=campaign, **values)
    _check(phase)
    phase.save()
    record(phase, "campaigns.phase.created", by=by, under=campaign)
    return phase


def edit_phase(phase: Phase, *, version: int | None, by: Any, **values: Any) -> Phase:
    """Change a phase. Raises StaleEdit when somebody else saved it meanwhile."""
    return _edit(phase, "campaigns.phase.edited", version=version, by=by, under=phase.campaign, values=values)


@transaction.atomic
def create_work_item(
    campaign: Campaign, *, by: Any, departments: Iterable[Department] = (), **values: Any
) -> WorkItem:
    """Add a row to 工作安排 (R43); the number follows the last when none is given."""
    if not values.get("number"):
        last = campaign.work_items.order_by("-number").values_list("number", flat=True).first()
        values["number"] = (last or 0) + 1
    item = WorkItem(campaign=campaign, **values)
    _check(item)
    item.save()
    item.departments.set(departments)
    record(item, "campaigns.workitem.created", by=by, under=campaign, to_state=item.state)
    return item


def edit_work_item(item: WorkItem, *, version: int | None, by: Any, **values: Any) -> WorkItem:
    """Change a work item. Raises StaleEdit when somebody else saved it meanwhile."""
    return _edit(
        item, "campaigns.workitem.edited", version=version, by=by, under=item.campaign, values=values
    )


@transaction.atomic
def _edit(row: Any, act: str, *, version: int | None, by: Any, under: Any, values: dict[str, Any]) -> Any:
    """Write the changed values with old and new in the trail; a value somebody edits is thereby confirmed."""
    current = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if version is not None and current.version != version:
        raise StaleEdit(_("Somebody else saved this meanwhile."), current=current)
    many = {name: values.pop(name) for name in list(values) if name == "departments"}
    changes: dict[str, list[str]] = {}
    for name, value in values.items():
        before = getattr(current, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(current, name, value)
    for name, people in many.items():
        before = list(getattr(current, name).all())
        if set(before) != set(people):
            changes[name] = [_plain(before), _plain(list(people))]
    if not changes:
        return current
    current.inferred = [name for name in current.inferred if name not in changes]
    current.version += 1
    _check(current)
    current.save()
    for name, people in many.items():
        getattr(current, name).set(people)
    record(current, act, by=by, under=under, changes=changes)
    return current


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    return "" if value is None else str(value)


def _check(row: Any) -> None:
    """The database's rules in words, before the database says them."""
    try:
        row.full_clean(validate_unique=True)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleViolation(messages[0], field=None if field == "__all__" else field) from error


@transaction.atomic
def set_targets(campaign: Campaign, *, counts: dict[str, int | None], by: Any) -> None:
    """Say how many organisations of each type the campaign wants (R15); None or 0 is no target.

    A number somebody sets is confirmed thereby.
    """
    before = {target.org_type: target.count for target in campaign.targets.all()}
    wanted = {org_type: count for org_type, count in counts.items() if count}
    campaign.targets.exclude(org_type__in=wanted).delete()
    for org_type, count in wanted.items():
        if before.get(org_type) != count:
            Target.objects.update_or_create(
                campaign=campaign, org_type=org_type, defaults={"count": count, "inferred": []}
            )
    if before != wanted:
        record(campaign, "campaigns.campaign.targets", by=by, changes={"targets": [before, wanted]})


# -- confirming what was deduced --------------------------------------------------------------
def _inferred_rows(campaign: Campaign) -> list[Inferable]:
    rows: list[Any] = [
        campaign,
        *campaign.phases.all(),
        *campaign.work_items.all(),
        *campaign.targets.all(),
    ]
    return [row for row in rows if row.inferred]


@transaction.atomic
def confirm_inferred(
    campaign: Campaign, *, by: Any, row: Inferable | None = None, field: str | None = None
) -> int:
    """Confirm one deduced value (``row`` and ``field``), all of a row, or all of the campaign.

    Returns how many values were confirmed: 0 when somebody else was first.
    """
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    confirmed: dict[str, list[str]] = {}
    count = 0
    for each in [row] if row is not None else _inferred_rows(campaign):
        each.refresh_from_db(fields=["inferred"])
        names = [name for name in each.inferred if field in (None, name)]
        if not names:
            continue
        each.inferred = [name for name in each.inferred if name not in names]
        each.save(update_fields=["inferred"])
        confirmed[str(each)] = [str(each._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
        count += len(names)
    if count:
        record(campaign, "campaigns.campaign.confirmed", by=by, confirmed=confirmed)
    return count


# -- working through it -----------------------------------------------------------------------
@transaction.atomic
def move_work_item(
    item: WorkItem, *, to: str, on: date, by: Any, done_on: date | None = None, reason: str = ""
) -> WorkItem:
    """Move a work item along a declared edge; each move leaves one row in the trail (R43).

    Args:
        on: today; the day it was done unless ``done_on`` says an earlier one.

    Asking for the state it already has changes nothing. Raises RuleViolation for an undeclared move,
    a missing reason, a done date in the future, or when somebody else moved it first.
    """
    item = WorkItem.objects.select_related("campaign").get(pk=item.pk)
    before = item.state
    if before == to:
        return item
    if to not in WORK_EDGES[before]:
        ways = "、".join(str(WorkState(state).label) for state in WORK_EDGES[before])
        raise RuleViolation(
            _("From %(now)s work moves to: %(ways)s.") % {"now": item.get_state_display(), "ways": ways}
        )
    if (before, to) in NEEDS_REASON and not reason.strip():
        raise RuleViolation(_("Say why: this move needs a reason."), field="reason")
    done_on = (done_on or on) if to == WorkState.DONE else None
    if done_on and done_on > on:
        raise RuleViolation(_("Work cannot be done on a day still to come."), field="done_on")
    won = WorkItem.objects.filter(pk=item.pk, state=before).update(
        state=to, done_on=done_on, version=F("version") + 1
    )
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    item.refresh_from_db()
    record(
        item,
        "campaigns.workitem.moved",
        by=by,
        under=item.campaign,
        from_state=before,
        to_state=to,
        reason=reason.strip(),
        **({"done_on": done_on} if done_on else {}),
    )
    return item


@transaction.atomic
def attach_document(item: WorkItem, *, file: UploadedFile, by: Any) -> WorkItem:
    """Keep a document with a work item (R44); an earlier one stays in storage and in the history."""
    name = PurePath(file.name or "").name[-150:]
    item.document.save(name, file, save=False)
    item.document_name = name
    item.save(update_fields=["document", "document_name"])
    record(item, "campaigns.workitem.document", by=by, under=item.campaign, file=name)
    return item


# -- reminders ----------------------------------------------------------------------------------
def remind_due(*, on: date, at: datetime) -> int:
    """Tell the responsible and the director about phases and work due or late (R13). Returns new notices."""
    return remind_phases(on=on, at=at) + remind_work(on=on, at=at)


def _days_before() -> list[int]:
    return list(DeadlineRule.objects.filter(is_active=True).values_list("days_before", flat=True))


def remind_work(*, on: date, at: datetime) -> int:
    """Work items of running campaigns: T−7, −3, −1, the day itself, then daily while late.

    Told are the owner, the people of the responsible departments and the director. Run twice, late
    or after an outage, everybody is told once.
    """
    days = _days_before()
    if not days:
        return 0
    items = (
        WorkItem.objects.open()
        .filter(campaign__state=CampaignState.ACTIVE, due_on__lte=rules.moved(on, max(days)))
        .select_related("owner")
        .prefetch_related("departments")
        .order_by("pk")
    )
    return remind_all(_about_work(items.iterator(chunk_size=BATCH), on=on, days=days), at=at)


def _about_work(items: Iterable[WorkItem], *, on: date, days: list[int]) -> Iterator[Message]:
    directors = list(User.objects.with_role(Role.DIRECTOR))
    people_of: dict[int, list[User]] = {}
    for person in User.objects.active().filter(department__isnull=False):
        people_of.setdefault(person.department_id, []).append(person)  # type: ignore[arg-type]
    for item in items:
        if item.due_on is None or not (step := rules.reminder_step(item.due_on, on, days)):
            continue
        told: dict[int, User] = {person.pk: person for person in directors}
        if item.owner and item.owner.is_active:
            told[item.owner.pk] = item.owner
        for department in item.departments.all():
            told |= {person.pk: person for person in people_of.get(department.pk, [])}
        title = _deadline_words(item.content, (item.due_on - on).days)
        for person in told.values():
            yield Message(
                person,
                NoticeKind.WORK,
                item,
                title,
                url=item.get_absolute_url(),
                due_on=item.due_on,
                step=step,
                is_urgent=item.due_on < on,
            )


def remind_phases(*, on: date, at: datetime) -> int:
    """Phases of running campaigns: before they end, then daily while they leave work undone."""
    days = _days_before()
    if not days:
        return 0
    phases = (
        Phase.objects.filter(campaign__state=CampaignState.ACTIVE, ends_on__lte=rules.moved(on, max(days)))
        .select_related("campaign__owner")
        .order_by("pk")
    )
    return remind_all(_about_phases(phases, on=on, days=days), at=at)


def _about_phases(phases: Iterable[Phase], *, on: date, days: list[int]) -> Iterator[Message]:
    directors = list(User.objects.with_role(Role.DIRECTOR))
    for phase in phases:
        if phase.ends_on is None or not (step := rules.reminder_step(phase.ends_on, on, days)):
            continue
        unfinished = phase.work_items.open().select_related("owner")
        if phase.ends_on < on and not unfinished.exists():
            continue
        told = {person.pk: person for person in directors}
        for person in (phase.campaign.owner, *(item.owner for item in unfinished)):
            if person and person.is_active:
                told[person.pk] = person
        count = unfinished.count()
        body = (
            ngettext("%(count)s work item is still open.", "%(count)s work items are still open.", count)
            % {"count": count}
            if count
            else ""
        )
        for person in told.values():
            yield Message(
                person,
                NoticeKind.PHASE,
                phase,
                _deadline_words(phase.name, (phase.ends_on - on).days),
                url=phase.get_absolute_url(),
                body=body,
                due_on=phase.ends_on,
                step=step,
                is_urgent=phase.ends_on < on,
            )


def _deadline_words(what: str, left: int) -> str:
    if left < 0:
        return _("%(days)s days late: %(what)s") % {"days": -left, "what": what}
    if left == 0:
        return _("Due today: %(what)s") % {"what": what}
    return _("%(days)s days left: %(what)s") % {"days": left, "what": what}
