"""The budget with its lines, and the ledger, posted through the actions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from budget.actions import ledger as posting
from budget.choices import BudgetState, EntryKind, LimitAction
from budget.models import Budget, BudgetLimit, BudgetLine

from . import spending
from .file import DemoFile, DemoFileError, noon, plain

LIMITS = ((80, LimitAction.WARN), (100, LimitAction.BLOCK))
CLOSED = "合规要求停用"
# What is paid from a commitment: somebody's claim was approved first.
CLAIMED = ("transport", "hospitality")


def budget(file: DemoFile) -> None:
    """The tree, approved by the director on the first day of the plan."""
    for row in file.rows("budget"):
        made = file.new(Budget, campaign=file.campaign, stated_amount=_yuan(row["total"]))
        for place, line in enumerate(row["lines"], start=1):
            _line(file, made, line, place=place * 100)
        for percent, action in LIMITS:
            file.new(BudgetLimit, budget=made, percent=percent, action=action)
        on = min(
            [
                file.campaign.starts_on,
                *(date.fromisoformat(entry["on"]) for entry in file.data.get("ledger", [])),
            ]
        )
        Budget.objects.filter(pk=made.pk).update(
            state=BudgetState.APPROVED, approved_by=file.director, approved_at=noon(on)
        )
        made.refresh_from_db()
        posting.open_ledger(made, on=on, at=noon(on), by=file.director)
        file.keep("budget", row["id"], made)


def _line(
    file: DemoFile,
    made: Budget,
    row: dict[str, Any],
    *,
    place: int,
    parent: BudgetLine | None = None,
    given: Any = None,
) -> None:
    """One line and those below it; ``given`` is an amount that the plan states only for the heading above."""
    children = row.get("children", [])
    amount = _yuan(row["amount"]) if given is None else given
    closed = bool(row.get("disabled_by_compliance"))
    line = file.new(
        BudgetLine, budget=made, parent=parent, number=row["no"], position=place, category=row["category"],
        name=row["name"], is_group=bool(children), original_amount=None if children else amount,
        stated_amount=amount if children else None, is_closed=closed, note=CLOSED if closed else "",
        inferred=["stated_amount" if children else "original_amount"] if row.get("inferred") or given is not None else [],
    )  # fmt: skip
    # A sum that the plan does not split goes to the one part of it that is open.
    unsplit = [
        child for child in children if child["amount"] is None and not child.get("disabled_by_compliance")
    ]
    rest = amount - sum(_yuan(child["amount"]) or 0 for child in children) if amount is not None else None
    for n, child in enumerate(children, start=1):
        takes_rest = len(unsplit) == 1 and child is unsplit[0]
        _line(
            file,
            made,
            child,
            place=place + n * 10 if parent is None else place + n,
            parent=line,
            given=rest if takes_rest else None,
        )


def ledger(file: DemoFile) -> None:
    """Payments in the order of their days; those of claims from what was committed for them."""
    file.data["ledger"].sort(key=lambda row: row["on"])
    for row in file.rows("ledger"):
        made = Budget.objects.filter(campaign=file.campaign).first()
        line = made.lines.filter(category=row["category"]).first() if made else None
        if line is None:
            raise DemoFileError(f"{file.reading}: the budget has no line {row['category']}.")
        if row["type"] != EntryKind.SPEND:
            raise DemoFileError(f"{file.reading}: entries of the type {row['type']} cannot be loaded.")
        words: dict[str, Any] = {
            "purpose": row["text"], "on": date.fromisoformat(row["on"]), "at": noon(row["on"]),
            "by": file.of(row["by"]), "approved_by": file.of(row["approved_by"]), "document": row["ref"],
        }  # fmt: skip
        amount, source = plain(row["amount"]), f"demo.ledger:{row['id']}"
        promised = None
        if row["category"] in CLAIMED:
            promised = posting.commit(line, amount, source=f"{source}:commit", **words)
        entry = posting.spend(line, amount, source=source, commitment=promised, **words)
        file.keep("ledger", row["id"], entry)
        if row["category"] == "transport":
            spending.paid_journeys(file, row, entry)


def _yuan(amount: Any) -> Any:
    return None if amount is None else Decimal(str(amount))


PARTS = {"budget": budget, "ledger": ledger}
