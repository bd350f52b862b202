"""The materials list: drawn up from the plan, edited, moved from 已列清单 to 已到位, decisions published (R61–R68)."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budget.models import BudgetLine, Estimate
from keyaccounts.audit.actions import record
from keyaccounts.campaigns.models import Campaign
from keyaccounts.campaigns.rules import moved
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import Department, User
from materials.choices import MaterialState
from materials.models import Material
from materials.queries import received_quantity
from materials.rules import FROM_WHERE, may_move, price_limit

TEMPLATE = Path(__file__).resolve().parent.parent / "list_template.json"
COPIED = (
    "number", "name", "aliases", "category", "quantity", "kinds", "unit", "department", "remark", "is_charged",
    "planned_price", "low_level", "is_returnable", "inferred",
)  # fmt: skip


# -- drawing up the list ------------------------------------------------------------------------
def rows_of_plan() -> list[dict[str, Any]]:
    """The rows of 物料清单 as the plan words them, with the other names it has for the same things (C16)."""
    return json.loads(TEMPLATE.read_text(encoding="utf-8"))["rows"]  # type: ignore[no-any-return]


@transaction.atomic
def load_from_plan(campaign: Campaign, *, by: Any, at: datetime) -> list[Material]:
    """The plan's own list (R62–R68) for a campaign that has none, its days moved with the campaign's first.

    What the plan does not say is marked 待确认. Raises RuleViolation when the campaign has a list already.
    """
    _refuse_listed(campaign)
    lines = _lines(campaign)
    departments = {department.code: department for department in Department.objects.all()}
    rows = []
    for values in rows_of_plan():
        code = values.pop("line", "")
        rows.append(
            Material(
                campaign=campaign,
                due_on=moved(campaign.starts_on, values.pop("due_day")),
                department=departments.get(values.pop("department")),
                line=lines.get(code),
                **values,
            )
        )
    return _add_all(campaign, rows, by=by, at=at, source=_("the plan"))


@transaction.atomic
def carry_over(campaign: Campaign, *, by: Any, at: datetime) -> list[Material]:
    """The list of the round before: same rows, days moved with the campaign, stock and prices left behind (R42).

    Raises RuleViolation: no earlier round, an empty list there, or a list here already.
    """
    _refuse_listed(campaign)
    before = campaign.previous
    if before is None or not before.materials.exists():
        raise RuleViolation(_("There is no list of an earlier round to carry over."))
    days = (campaign.starts_on - before.starts_on).days
    lines = _lines(campaign)
    rows = []
    for old in before.materials.exclude(state=MaterialState.CANCELLED).select_related("department", "line"):
        values = {name: getattr(old, name) for name in COPIED}
        rows.append(
            Material(
                campaign=campaign,
                due_on=moved(old.due_on, days),
                line=lines.get(old.line.category) if old.line else None,
                **values,
            )
        )
    return _add_all(campaign, rows, by=by, at=at, source=str(before))


def _refuse_listed(campaign: Campaign) -> None:
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.materials.exists():
        raise RuleViolation(_("This campaign has a materials list already. Add to it row by row."))


def _lines(campaign: Campaign) -> dict[str, BudgetLine]:
    lines = BudgetLine.objects.filter(budget__campaign=campaign, is_group=False).exclude(category="")
    return {line.category: line for line in lines}


def _add_all(
    campaign: Campaign, rows: list[Material], *, by: Any, at: datetime, source: str
) -> list[Material]:
    for row in rows:
        _check(row)
        row.save()
        refresh_estimate(row, at=at)
    record(campaign, "materials.material.list_loaded", by=by, rows=len(rows), from_list=source)
    return rows


# -- one row ---------------------------------------------------------------------------------------
@transaction.atomic
def create_material(campaign: Campaign, *, by: Any, at: datetime, **values: Any) -> Material:
    """Add a row; without a number it is 清单未列 (C16)."""
    material = Material(campaign=campaign, **values)
    _check(material)
    material.save()
    refresh_estimate(material, at=at)
    record(material, "materials.material.created", by=by, under=campaign, to_state=material.state)
    return material


@transaction.atomic
def edit_material(
    material: Material, *, version: int | None, by: Any, at: datetime, **values: Any
) -> Material:
    """Change a row; a value somebody edits is confirmed thereby.

    Raises StaleEdit when somebody else saved it meanwhile; RuleViolation when stock stands against it: what has
    moved stays a thing, and stays lent or not lent.
    """
    current = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    if version is not None and current.version != version:
        raise StaleEdit(_("Somebody else saved this meanwhile."), current=current)
    changes: dict[str, list[str]] = {}
    for name, value in values.items():
        before = getattr(current, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(current, name, value)
    if not changes:
        return current
    if changes.keys() & {"category", "is_returnable", "unit"} and current.moves.exists():
        kept = Material.objects.get(pk=current.pk)
        if current.is_decision or kept.is_returnable != current.is_returnable or kept.unit != current.unit:
            raise RuleViolation(
                _("“%(name)s” has moved already: its unit, and whether it is lent, stay as they are.")
                % {"name": kept},
                field=next(iter(changes.keys() & {"unit", "is_returnable", "category"})),
            )
    current.inferred = [name for name in current.inferred if name not in changes]
    current.version += 1
    _check(current)
    current.save()
    refresh_estimate(current, at=at)
    record(current, "materials.material.edited", by=by, under=current.campaign, changes=changes)
    return current


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "" if value is None else str(value)


def _check(material: Material) -> None:
    """The database's rules in words, and that the line pays for this campaign."""
    try:
        material.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleViolation(messages[0], field=None if field == "__all__" else field) from error
    line = material.line
    if line and (line.is_group or line.budget.campaign_id != material.campaign_id):
        raise RuleViolation(_("Choose a line of this campaign's budget that has no parts."), field="line")
    if line and not material.is_charged:
        raise RuleViolation(_("What a department pays is not charged to a line of the budget."), field="line")
    if material.quantity is None and not material.is_decision and material.is_listed:
        raise RuleViolation(_("Say how many: only a decision has no quantity."), field="quantity")


@transaction.atomic
def move_material(
    material: Material, *, to: str, on: date, by: Any, at: datetime, reason: str = ""
) -> Material:
    """On its way from 已列清单 to 已到位 along a declared edge; asking for the state it has changes nothing.

    Raises RuleViolation: an undeclared move; a decision that is published instead; a cancelling without a reason
    or while something of it lies in the store; when somebody else moved it first.
    """
    material = Material.objects.select_related("campaign").get(pk=material.pk)
    before = material.state
    if before == to:
        return material
    if material.is_decision and to not in (MaterialState.CANCELLED, MaterialState.PLANNED):
        raise RuleViolation(_("A decision is done when it is published."))
    if not may_move(before, to):
        ways = "、".join(str(MaterialState(state).label) for state in FROM_WHERE if may_move(before, state))
        raise RuleViolation(
            _("From “%(now)s” it goes on to: %(ways)s.")
            % {"now": material.get_state_display(), "ways": ways or "—"}
        )
    if to == MaterialState.CANCELLED:
        if not reason.strip():
            raise RuleViolation(_("Say why it is not needed any more."), field="reason")
        if material.on_hand:
            raise RuleViolation(
                _("%(count)s %(unit)s of it lie in the store: give them out or scrap them first.")
                % {"count": material.on_hand, "unit": material.unit}
            )
    ready_on = on if to == MaterialState.READY else None
    won = Material.objects.filter(pk=material.pk, state=before).update(
        state=to, ready_on=ready_on, version=F("version") + 1
    )
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    material.refresh_from_db()
    refresh_estimate(material, at=at)
    record(
        material, "materials.material.moved", by=by, under=material.campaign,
        from_state=before, to_state=to, reason=reason.strip(),
    )  # fmt: skip
    return material


def arrived(material: Material, *, on: date, by: Any, at: datetime) -> None:
    """After a receipt: part of what the list wants is in, or all of it."""
    material = Material.objects.select_related("campaign").get(pk=material.pk)
    wanted = material.total_quantity
    to = MaterialState.READY
    if wanted is not None and received_quantity(material) < wanted:
        to = MaterialState.PARTLY
    if material.state != to and may_move(material.state, to):
        move_material(material, to=to, on=on, by=by, at=at)
    else:
        refresh_estimate(material, at=at)


@transaction.atomic
def confirm_inferred(material: Material, *, by: Any, field: str | None = None) -> int:
    """Confirm one deduced value of a row, or all; how many there were (0: somebody else was first)."""
    material = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    names = [name for name in material.inferred if field in (None, name)]
    if names:
        material.inferred = [name for name in material.inferred if name not in names]
        material.save(update_fields=["inferred"])
        confirmed = [str(Material._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
        record(material, "materials.material.confirmed", by=by, under=material.campaign, confirmed=confirmed)
    return len(names)


@transaction.atomic
def publish_decision(material: Material, *, text: str, by: Any, on: date, at: datetime) -> Material:
    """Publish what was decided (R64): the item is done, and sales, the director and the department are told.

    Published again it is replaced, with the earlier words in the trail. Raises RuleViolation: a thing, not a
    decision; neither words nor a file; cancelled.
    """
    material = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    if not material.is_decision:
        raise RuleViolation(_("“%(name)s” is a thing: it is received, not published.") % {"name": material})
    if material.state == MaterialState.CANCELLED:
        raise RuleViolation(_("“%(name)s” has been cancelled.") % {"name": material})
    if not text.strip() and not material.files.exists():
        raise RuleViolation(_("Write what was decided, or add the file that says it."), field="text")
    before, said = material.state, material.decision
    material.decision, material.state = text.strip(), MaterialState.READY
    material.ready_on = material.ready_on or on
    material.version += 1
    material.save(update_fields=["decision", "state", "ready_on", "version"])
    record(
        material, "materials.material.published", by=by, under=material.campaign,
        **({"from_state": before, "to_state": material.state} if before != material.state else {}),
        changes={"decision": [said, material.decision]},
    )  # fmt: skip
    people = User.objects.with_role(Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING).exclude(pk=by.pk)
    tell_all(
        (
            Message(
                person,
                NoticeKind.MATERIAL,
                material,
                _("Published: %(what)s") % {"what": material},
                url=material.get_absolute_url(),
                body=material.decision,
                step=f"published-{material.version}",
            )
            for person in people
        ),
        at=at,
    )
    return material


# -- what it will cost -----------------------------------------------------------------------------
def refresh_estimate(material: Material, *, at: datetime) -> None:
    """What of the list is still to come, as expected cost on its budget line: quantity not yet in × planned price."""
    source = f"materials.material:{material.pk}"
    price = material.planned_price
    to_come = 0
    if material.state != MaterialState.CANCELLED and material.total_quantity is not None:
        to_come = max(0, material.total_quantity - received_quantity(material))
    if not (material.is_charged and material.line_id and price and to_come):
        Estimate.objects.filter(source=source).delete()
        return
    Estimate.objects.update_or_create(
        source=source,
        defaults={
            "line_id": material.line_id,
            "label": material.name,
            "url": material.get_absolute_url(),
            "amount": price * to_come,
            "at": at,
        },
    )


def refuse_dear(material: Material, *, unit_cost: Decimal, reason: str) -> None:
    """A receipt dearer than planned says why (C14). Raises RuleViolation with the price it is measured by."""
    line = material.line
    limit = price_limit(
        material.planned_price, line.original_amount if line else None, material.total_quantity
    )
    if limit is not None and unit_cost > limit and not reason.strip():
        raise RuleViolation(
            _("%(cost)s yuan apiece is more than the %(limit)s planned: say why.")
            % {"cost": f"{unit_cost:,.2f}", "limit": f"{limit:,.2f}"},
            field="reason",
        )
