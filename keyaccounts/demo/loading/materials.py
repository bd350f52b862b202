"""The materials list and the store: receipts first, then what went out, each on its day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from budget.models import BudgetLine, Entry
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import mark_read
from keyaccounts.notices.models import Notice
from keyaccounts.people.models import User
from keyaccounts.people.queries import departments_by_name
from materials.actions.items import arrived, create_material, publish_decision, rows_of_plan
from materials.actions.receipts import give
from materials.actions.stock import receive, take, take_back
from materials.choices import MaterialState, MoveKind
from materials.models import Material
from materials.queries import find_material

from .file import DemoFile, day_of, noon

# Which line of the budget pays for a category; what is not here, a department pays.
LINES = {
    "print": "ad",
    "bag": "ad",
    "form": "ad",
    "member": "ad",
    "digital": "ad",
    "gift_small": "gift_general",
    "gift_key": "gift_key_item",
}
RETURNABLE = ("uniform", "device")


def materials_plan(file: DemoFile) -> None:
    departments = departments_by_name()
    others = {said["name"]: said["aliases"] for said in rows_of_plan()}
    for row in file.rows("materials_plan"):
        unit, per_kind, _kind = (row["unit"] or "").partition("/")
        inferred = [
            name for name, flag in (("due_on", "due_inferred"), ("department", "department_inferred")) if row.get(flag)
        ] + (["kinds"] if per_kind else [])  # fmt: skip
        material = _material(
            file, row["name"], row["category"], number=row["no"], quantity=row["quantity"], kinds=row.get("kinds", 1),
            unit=unit, due_on=date.fromisoformat(row["due"]), department=departments[row["department"]],
            remark=row["remark"], inferred=inferred, aliases=row.get("aliases", others.get(row["name"], [])),
        )  # fmt: skip
        if material.is_decision and row["status"] == MaterialState.READY:
            done = day_of(row["ready_on"])
            publish_decision(material, text=row["remark"], by=_keeper(file), on=done, at=noon(done))
            # Long ago: nobody's inbox begins with it.
            mark_read(Notice.objects.filter(subject=f"materials.material:{material.pk}"), at=noon(done))
        file.keep("materials_plan", f"M{row['no']}", material)


def _material(file: DemoFile, name: str, category: str, **values: Any) -> Material:
    """A row of the list, and which line pays for it as far as there is a budget."""
    campaign: Campaign = file.campaign
    line = BudgetLine.objects.filter(
        budget__campaign=campaign, is_group=False, category=LINES.get(category, "")
    ).first()
    values["inferred"] = [*values.get("inferred", []), *(["line"] if line else [])]
    return create_material(
        campaign,
        by=_keeper(file),
        at=noon(campaign.starts_on),
        name=name,
        category=category,
        is_charged=category in LINES,
        line=line,
        is_returnable=category in RETURNABLE,
        **values,
    )


def _keeper(file: DemoFile) -> User:
    """Who enters what the file does not say: the first of the marketing centre, without one the director."""
    return User.objects.with_role(Role.MARKETING).order_by("pk").first() or file.director


def stock_moves(file: DemoFile) -> None:
    # What comes in on a day is there before anything goes out on it.
    rows = sorted(file.rows("stock_moves"), key=lambda row: (row["on"], row["kind"] != MoveKind.RECEIPT))
    for row in rows:
        file.reading = f"stock_moves {row['id']}"
        _move(file, row)


def _move(file: DemoFile, row: dict[str, Any]) -> None:
    material = find_material(file.campaign, row["item"]) or _unlisted(file, row["item"])
    by, on, quantity = file.of(row["by"]), day_of(row["on"]), abs(row["qty"])
    keeper = by if by.has_role(Role.MARKETING, Role.ADMIN_CENTRE) else _keeper(file)
    how: dict[str, Any] = {"source": f"demo.stock_moves:{row['id']}", "on": on, "at": noon(on), "by": keeper}
    document, counterparty = _about(file, row["ref"])
    if row["kind"] == MoveKind.RECEIPT:
        entry = _expense(file, material)
        cost = (entry.amount / quantity).quantize(Decimal("0.01")) if entry else None
        move = receive(material, quantity, document=document, entry=entry, unit_cost=cost, **how)
        arrived(material, on=on, by=keeper, at=noon(on))
    elif row["kind"] == MoveKind.RETURN:
        move = take_back(material, quantity, document=document, **how)
    elif row["kind"] == MoveKind.GIFT:
        gift: dict[str, Any] = next(
            (gift for gift in file.data.get("gifts", []) if (gift["org"], gift["on"]) == (row["ref"], row["on"])), {}
        )  # fmt: skip
        who = f"{counterparty} {file.of(gift.get('contact')) or ''}".strip()
        move = give(material, quantity, counterparty=who, reason=gift.get("item") or row["ref"], **how)
    elif material.is_returnable and row["kind"] == MoveKind.ISSUE:
        people = _people(file, row["ref"]) or [by]
        for place, holder in enumerate(people):
            share = quantity // len(people) + (place < quantity % len(people))
            how["source"] = f"demo.stock_moves:{row['id']}:{place}"
            move = take(material, share, kind=MoveKind.ISSUE, person=holder, **how)
    else:
        person = by if row["kind"] == MoveKind.ISSUE else None
        reason = row["ref"] if row["kind"] == MoveKind.SCRAP else ""
        move = take(
            material, quantity, kind=MoveKind(row["kind"]), person=person, document=document,
            counterparty=counterparty, reason=reason, **how,
        )  # fmt: skip
    file.keep("stock_moves", row["id"], move)


def _unlisted(file: DemoFile, name: str) -> Material:
    """Needed but not on the plan's list (C16): what the file says of it elsewhere, in kits of briefings."""
    kits = (kit for briefing in file.data.get("briefings", []) for kit in briefing.get("kit", []))
    unit = next((kit["unit"] for kit in kits if kit["name"] == name), "")
    category = "member" if "会员" in name else "print"
    return _material(file, name, category, unit=unit)


def _about(file: DemoFile, reference: str) -> tuple[str, str]:
    """What the file's reference is on paper: the visit's code and its organisation, the organisation, or its words."""
    row = file.made.get(reference)
    if row is None:
        briefings = {briefing["id"]: briefing for briefing in file.data.get("briefings", [])}
        if briefing := briefings.get(reference):
            held = file.made.get(briefing["org"])
            return briefing.get("code", reference), str(held or "")
        return reference, ""
    if organisation := getattr(row, "organisation", None):
        return str(getattr(row, "code", "")), str(organisation)
    return "", str(row)


def _people(file: DemoFile, reference: str) -> list[User]:
    rows = [file.made.get(part.strip()) for part in reference.split(",")]
    return [row for row in rows if isinstance(row, User)]


def _expense(file: DemoFile, material: Material) -> Entry | None:
    """The ledger's payment for a receipt, when the file books it and the ledger has been read."""
    for row in file.data.get("ledger", []):
        entry = file.made.get(row["id"])
        named = row["ref"] == f"M{material.number}" or material.name in row["text"]
        if (
            named
            and isinstance(entry, Entry)
            and not hasattr(entry, "stock_move")
            and entry.line.budget.campaign_id == material.campaign_id
        ):
            return entry
    return None


def stock_devices(file: DemoFile) -> None:
    """Lent things that were there from the beginning, and what has no shelf but counts as one."""
    file.reading = "stock_devices"
    on = day_of(file.campaign.starts_on)
    for number, (name, quantity) in enumerate(file.data.get("stock_devices", {}).items(), start=1):
        file.reading = f"stock_devices {name}"
        is_file = "PPT" in name.upper()
        material = _material(file, name, "digital" if is_file else "device", unit="套" if is_file else "台")
        if quantity:
            receive(
                material,
                quantity,
                source=f"demo.stock_devices:{number}",
                on=on,
                at=noon(on),
                by=_keeper(file),
            )
            arrived(material, on=on, by=_keeper(file), at=noon(on))
        file.counts["stock_devices"] += 1


PARTS = {"materials_plan": materials_plan, "stock_moves": stock_moves, "stock_devices": stock_devices}
