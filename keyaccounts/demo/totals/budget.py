"""The money of the running campaign: what the plan states, what is spent and what is left."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Sum

from budget.models import Budget, Entry


def totals(on: date) -> dict[str, Any]:
    budget = Budget.objects.current()
    if budget is None:
        return {}
    entries = Entry.objects.filter(budget=budget, booked_on__lte=on).spending()
    by_category = (
        entries.order_by("line__position").values_list("line__category").annotate(Sum("spent_change"))
    )
    spent = {category: float(amount) for category, amount in by_category if amount}
    total = sum(entries.values_list("spent_change", flat=True))
    return {
        "budget_total": int(budget.stated_amount),
        "budget_spent": float(total),
        "budget_left": float(budget.stated_amount - total),
        "spent_by_category": spent,
    }
