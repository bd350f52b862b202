"""What the lists of the budget are filtered by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.filtering import FromDay, OneOf, OneRow, UntilDay

from .choices import ClaimKind, EntryKind
from .models import BudgetLine, Entry, Estimate, ExpenseClaim, Supplement, Transfer

MEASURES = {
    "allowed": Q(allowed_change=0),
    "committed": Q(committed_change=0),
    "spent": Q(spent_change=0),
}


class EntryFilter(filters.FilterSet):
    """Entries by line, kind, figure and day; ``counts`` gives the rows that add up to a figure of the budget page."""

    q = filters.CharFilter(label=_("Purpose, counterparty, document"), method="by_text")
    line = OneRow(label=_("Budget line"), queryset=BudgetLine.objects.none(), method="by_line")
    kind = OneOf(label=_("Kind"), choices=EntryKind.choices)
    counts = OneOf(
        label=_("Adds up to"),
        choices=[
            ("allowed", pgettext_lazy("budget", "Allowed")),
            ("committed", _("Committed")),
            ("spent", _("Spent")),
        ],
        method="by_measure",
    )
    day_from = FromDay("booked_on")
    day_to = UntilDay("booked_on")

    class Meta:
        model = Entry
        fields: list[str] = []

    def __init__(self, *args: Any, budget: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["line"].queryset = (
            BudgetLine.objects.filter(budget=budget).only("pk", "number", "name", "budget_id")
            if budget
            else BudgetLine.objects.none()
        )

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        found = Q(purpose__icontains=value) | Q(counterparty__icontains=value) | Q(document__icontains=value)
        return rows.filter(found | Q(number=int(value)) if value.isdecimal() and len(value) < 9 else found)

    def by_line(self, rows: Any, name: str, value: BudgetLine) -> Any:
        """A heading's rows are those of the lines below it."""
        if not value.is_group:
            return rows.filter(line=value)
        return rows.filter(line__budget=value.budget_id, line__number__startswith=f"{value.number}.")

    def by_measure(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(MEASURES[value])


class MoneyRequestFilter(filters.FilterSet):
    """Reports by text, state and day."""

    q = filters.CharFilter(label=_("Code, reason, person"), method="by_text")
    state = OneOf(label=_("State"), choices=RequestState.choices)
    line = OneRow(
        label=_("Budget line"),
        queryset=BudgetLine.objects.filter(is_group=False).order_by("-budget", "position", "number"),
        method="by_line",
    )
    day_from = FromDay("requested_at")
    day_to = UntilDay("requested_at")

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        return rows.filter(
            Q(code__icontains=value) | Q(reason__icontains=value) | Q(requested_by__name__icontains=value)
        )


class SupplementFilter(MoneyRequestFilter):
    class Meta:
        model = Supplement
        fields: list[str] = []

    def by_line(self, rows: Any, name: str, value: BudgetLine) -> Any:
        return rows.filter(line=value)


class TransferFilter(MoneyRequestFilter):
    class Meta:
        model = Transfer
        fields: list[str] = []

    def by_line(self, rows: Any, name: str, value: BudgetLine) -> Any:
        return rows.filter(Q(from_line=value) | Q(to_line=value))


class EstimateFilter(filters.FilterSet):
    """Estimates by text and line."""

    q = filters.CharFilter(label=_("What for"), field_name="label", lookup_expr="icontains")
    line = OneRow(label=_("Budget line"), queryset=BudgetLine.objects.none(), method="by_line")

    class Meta:
        model = Estimate
        fields: list[str] = []

    def __init__(self, *args: Any, budget: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["line"].queryset = BudgetLine.objects.filter(budget=budget)

    def by_line(self, rows: Any, name: str, value: BudgetLine) -> Any:
        """A heading's rows are those of the lines below it."""
        if not value.is_group:
            return rows.filter(line=value)
        return rows.filter(line__number__startswith=f"{value.number}.")


def claim_states() -> list[tuple[str, Any]]:
    """The states as claims say them: what is carried out is paid."""
    return [
        (value, pgettext_lazy("claim", "Paid") if value == RequestState.FULFILLED else label)
        for value, label in RequestState.choices
    ]


class ClaimFilter(MoneyRequestFilter):
    """Claims by text, kind, state, line, claimant and the day of the expense; ``waits`` is what somebody has to do."""

    q = filters.CharFilter(label=_("Code, purpose, invoice, person"), method="by_text")
    kind = OneOf(label=_("Kind"), choices=ClaimKind.choices)
    state = OneOf(label=_("State"), choices=claim_states())
    waits = OneOf(
        label=_("Waits for"),
        choices=[("decision", _("A decision")), ("payment", _("Payment")), ("report", _("A report"))],
        method="by_waiting",
    )
    day_from = FromDay("spent_on")
    day_to = UntilDay("spent_on")

    class Meta:
        model = ExpenseClaim
        fields: list[str] = []

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        return rows.filter(
            Q(code__icontains=value)
            | Q(purpose__icontains=value)
            | Q(document__icontains=value)
            | Q(requested_by__name__icontains=value)
        )

    def by_line(self, rows: Any, name: str, value: BudgetLine) -> Any:
        return rows.filter(line=value)

    def by_waiting(self, rows: Any, name: str, value: str) -> Any:
        if value == "payment":
            return rows.to_pay()
        if value == "report":
            return rows.filter(
                kind=ClaimKind.HOSPITALITY, state=RequestState.APPROVED, actual_amount__isnull=True
            )
        return rows.to_decide_by(self.request.user)
