"""A budget of twenty lines and a ledger entry to each number."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse

from budget.actions.ledger import open_ledger
from budget.choices import BudgetState, EntryKind, LimitAction
from budget.models import Budget, BudgetLimit, BudgetLine, Entry
from keyaccounts.bench.excel import export_figures
from keyaccounts.bench.measuring import Figures, ListPage
from keyaccounts.bench.writers import posting_figures

if TYPE_CHECKING:
    from keyaccounts.bench.world import World

LINES = 20
PURPOSES = ("往返出租车", "印制折页", "工作餐", "说明会投影仪租用", "精装办公文具礼盒")


def prepare(world: World) -> None:
    budget = Budget.objects.create(
        campaign=world.campaign,
        stated_amount=LINES * 10_000_000,
        state=BudgetState.APPROVED,
        approved_by=world.director,
        approved_at=world.now,
    )
    BudgetLine.objects.bulk_create(
        BudgetLine(budget=budget, number=str(n), position=n, name=f"科目{n}", original_amount=10_000_000)
        for n in range(1, LINES + 1)
    )
    BudgetLimit.objects.create(budget=budget, percent=80, action=LimitAction.WARN)
    BudgetLimit.objects.create(budget=budget, percent=100, action=LimitAction.BLOCK)
    open_ledger(budget, on=world.today, at=world.now, by=world.director)


def grow(world: World, numbers: range) -> None:
    budget = Budget.objects.get()
    lines = list(budget.lines.order_by("position"))
    Entry.objects.bulk_create(
        Entry(
            budget=budget,
            number=LINES + 1 + n,
            line=lines[(n // 3) % LINES],
            kind=EntryKind.COMMIT if n % 4 == 0 else EntryKind.SPEND,
            amount=Decimal(n % 97 + 1),
            committed_change=Decimal(n % 97 + 1) if n % 4 == 0 else 0,
            spent_change=0 if n % 4 == 0 else Decimal(n % 97 + 1),
            booked_on=world.day(-(n % 60)),
            purpose=f"{PURPOSES[n % 5]} {n}",
            document=f"FP{n:07}",
            counterparty="北京汾河源印务",
            source=f"bench.entry:{n}",
            by=world.marketer,
            approved_by=world.director,
            at=world.now,
        )
        for n in numbers
    )
    Budget.objects.filter(pk=budget.pk).update(last_number=LINES + 1 + numbers[-1])


LISTS = (
    ListPage(
        "budget:ledger",
        filtered="kind=commit",
        bare=lambda: Entry.objects.select_related("line", "by", "approved_by").order_by("-number"),
        columns=(
            "number", "booked_on", "line.name", "kind", "purpose", "amount", "counterparty", "document", "by.name",
            "approved_by.name",
        ),
        arguments=lambda: [Budget.objects.values_list("pk", flat=True).get()],
    ),
)  # fmt: skip


def figures(world: World) -> Figures:
    found = export_figures(
        "Excel of the ledger", reverse("budget:ledger", args=[Budget.objects.get().pk]), world=world
    )
    return found | posting_figures(world)
