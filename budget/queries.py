"""How the budget stands: lines rolled up, what nobody has resolved yet, the burn over time, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyaccounts.common.charts import Chart, Series
from keyaccounts.common.roles import Role
from keyaccounts.common.templatetags.show import short_day, yuan

from .choices import BudgetState, EntryKind, LimitAction
from .models import Budget, BudgetLimit, BudgetLine, Entry, Estimate, Supplement, Transfer
from .rules import NOTHING, Balance, percent_used

MOST_POINTS = 60
MOST_SHOWN = 10  # rows of a kind on the page of a line


def balance_of(budget: Budget) -> Balance:
    """How the whole budget stands, by the balances of its lines."""
    sums = budget.lines.filter(is_group=False).aggregate(
        allowed=Sum("allowed_amount"), committed=Sum("committed_amount"), spent=Sum("spent_amount")
    )
    return Balance(**{name: amount or NOTHING for name, amount in sums.items()})


@dataclass(slots=True)
class Sums:
    """The figures of a line or of lines together, in yuan."""

    original: Decimal = NOTHING
    transferred: Decimal = NOTHING
    allowed: Decimal = NOTHING
    committed: Decimal = NOTHING
    spent: Decimal = NOTHING
    estimated: Decimal = NOTHING

    def add(self, other: Sums) -> None:
        for name in ("original", "transferred", "allowed", "committed", "spent", "estimated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def supplement(self) -> Decimal:
        """What supplements have added: allowed is original + supplements + transfers."""
        return self.allowed - self.original - self.transferred if self.allowed else NOTHING

    @property
    def left(self) -> Decimal:
        return self.allowed - self.committed - self.spent

    @property
    def percent(self) -> Decimal:
        return percent_used(Balance(self.allowed, self.committed, self.spent))

    @property
    def free(self) -> Decimal:
        """What is left when everything estimated comes."""
        return self.left - self.estimated


@dataclass(slots=True)
class Row:
    """A line of the page: its figures, those of the lines below it when it is a heading, and its bar."""

    line: BudgetLine
    depth: int
    warn: int
    block: int
    sums: Sums = field(default_factory=Sums)

    @property
    def tone(self) -> str:
        """done, soon or late: how near its limit a line is."""
        return _tone(self.sums.percent, self.warn, self.block)

    @property
    def bar(self) -> list[tuple[str, str, str]]:
        """(what, where it begins, how long it is) in percent of what is allowed."""
        return list(_bar(self.sums))

    @property
    def is_unassigned(self) -> bool:
        """No amount: nobody spends from it until there is one."""
        return not self.line.is_group and self.line.original_amount is None and not self.sums.allowed

    @property
    def gap(self) -> Decimal:
        """What the plan states for a heading and none of its lines holds."""
        if self.line.is_group and self.line.stated_amount is not None:
            return self.line.stated_amount - self.sums.original
        return NOTHING


def _tone(percent: Decimal, warn: int, block: int) -> str:
    if percent >= block:
        return "late"
    return "soon" if percent >= warn else "done"


def _bar(sums: Sums) -> Iterator[tuple[str, str, str]]:
    whole = max(sums.allowed, sums.original, Decimal(1))
    begins = Decimal(0)
    for name in ("spent", "committed", "estimated"):
        length = min(getattr(sums, name) * 100 / whole, 100 - begins)
        if length > 0:
            yield name, f"{begins:.2f}%", f"{length:.2f}%"
            begins += length


@dataclass(frozen=True, slots=True)
class Gaps:
    """What stands between the plan's total and its lines, in yuan (R90, C12)."""

    total: Decimal
    stated: Decimal
    inferred: Decimal
    unassigned: Decimal
    headings: tuple[Row, ...]

    @property
    def is_open(self) -> bool:
        return bool(self.inferred or self.unassigned or self.headings)

    @property
    def too_much(self) -> Decimal:
        """By how much the lines exceed the total."""
        return max(-self.unassigned, NOTHING)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: what, and where."""

    text: str
    label: str
    url: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole budget on one page."""

    budget: Budget
    rows: list[Row]
    total: Sums
    gaps: Gaps
    open_commitments: int

    @property
    def bar(self) -> list[tuple[str, str, str]]:
        return list(_bar(self.total))


def overview(budget: Budget) -> Overview:
    """Lines with their figures rolled up, in five queries however many entries there are."""
    lines = list(budget.lines.select_related("parent").order_by("position", "number"))
    limits = list(BudgetLimit.objects.filter(budget=budget))
    moved = dict(
        Entry.objects.filter(budget=budget, kind=EntryKind.TRANSFER)
        .order_by()
        .values_list("line")
        .annotate(sum=Sum("allowed_change"))
    )
    expected = dict(
        Estimate.objects.filter(line__budget=budget)
        .order_by()
        .values_list("line")
        .annotate(sum=Sum("amount"))
    )
    rows: dict[int, Row] = {}
    for line in lines:
        parent = rows.get(line.parent_id) if line.parent_id else None
        warn, block = _limits(line, limits)
        rows[line.pk] = Row(line, parent.depth + 1 if parent else 0, warn, block)
    total = Sums()
    for line in lines:
        if line.is_group:
            continue
        own = Sums(
            original=line.original_amount or NOTHING,
            transferred=moved.get(line.pk) or NOTHING,
            allowed=line.allowed_amount,
            committed=line.committed_amount,
            spent=line.spent_amount,
            estimated=expected.get(line.pk) or NOTHING,
        )
        total.add(own)
        at: int | None = line.pk
        while at is not None and at in rows:
            rows[at].sums.add(own)
            at = rows[at].line.parent_id
    shown = list(rows.values())
    return Overview(
        budget,
        shown,
        total,
        _gaps(budget, shown, total),
        Entry.objects.filter(budget=budget).open_commitments().count() if total.committed else 0,
    )


@dataclass(frozen=True, slots=True)
class LineView:
    """A line and what is behind its figures, the newest or the largest ten of each; of a group, those of its lines."""

    row: Row
    below: list[Row]
    entries: QuerySet[Entry]
    open: QuerySet[Entry]
    estimates: QuerySet[Estimate]
    supplements: QuerySet[Supplement]
    transfers: QuerySet[Transfer]


def line_view(line: BudgetLine) -> LineView:
    """How one line stands: its last entries, what is promised and expected, who asked for more."""
    rows = overview(line.budget).rows
    lines = [
        row.line.pk for row in rows if row.line.pk == line.pk or row.line.number.startswith(f"{line.number}.")
    ]
    # One value asks the index of a line's entries by day; a list of one does not.
    of_lines = {"line__in": lines} if len(lines) > 1 else {"line": line}
    entries = Entry.objects.filter(**of_lines).select_related("line", "by", "approved_by")
    entries = entries.order_by("-booked_on", "-pk")
    moves = Transfer.objects.filter(from_line__in=lines) | Transfer.objects.filter(to_line__in=lines)
    return LineView(
        row=next(row for row in rows if row.line.pk == line.pk),
        below=[row for row in rows if row.line.parent_id == line.pk],
        entries=entries[:MOST_SHOWN],
        open=entries.filter(budget=line.budget_id).open_commitments()[:MOST_SHOWN],
        estimates=Estimate.objects.filter(line__in=lines).order_by("-amount")[:MOST_SHOWN],
        supplements=Supplement.objects.filter(line__in=lines).select_related("requested_by")[:MOST_SHOWN],
        transfers=moves.select_related("from_line", "to_line", "requested_by")[:MOST_SHOWN],
    )


def _limits(line: BudgetLine, limits: Iterable[BudgetLimit]) -> tuple[int, int]:
    found = {LimitAction.WARN.value: 101, LimitAction.BLOCK.value: 101}
    for limit in sorted(limits, key=lambda limit: limit.line_id is not None):
        if limit.line_id in (None, line.pk):
            found[limit.action] = limit.percent
    return found[LimitAction.WARN], found[LimitAction.BLOCK]


def _gaps(budget: Budget, rows: list[Row], total: Sums) -> Gaps:
    stated = inferred = NOTHING
    for row in rows:
        line = row.line
        if row.depth:
            continue
        amount = line.stated_amount if line.is_group else line.original_amount
        if line.is_group and amount is None:
            amount = row.sums.original
        if line.inferred:
            inferred += amount or NOTHING
        else:
            stated += amount or NOTHING
    # The innermost headings whose lines do not add up: the ones above them inherit the gap.
    open_headings = [row for row in rows if row.gap]
    inner = tuple(
        row
        for row in open_headings
        if not any(other.line.parent_id == row.line.pk for other in open_headings)
    )
    return Gaps(budget.stated_amount, stated, inferred, budget.stated_amount - total.original, inner)


def burn(budget: Budget, *, on: date, total: Decimal) -> Chart:
    """Money spent and committed over time against what the budget allows."""
    days = list(
        Entry.objects.filter(budget=budget)
        .order_by("booked_on")
        .values_list("booked_on")
        .annotate(spent=Sum("spent_change"), committed=Sum("committed_change"))
    )
    campaign = budget.campaign
    first = min([campaign.starts_on, *[day for day, spent, held in days if spent or held]])
    last = max([first, *[day for day, *_sums in days], min(on, campaign.ends_on or on)])
    step = max(1, -(-((last - first).days + 1) // MOST_POINTS))
    ends = [last - timedelta(days=n * step) for n in range(((last - first).days) // step + 1)][::-1]
    spent = held = Decimal(0)
    at, spent_points, held_points = 0, [], []
    for end in ends:
        while at < len(days) and days[at][0] <= end:
            spent += days[at][1] or 0
            held += days[at][2] or 0
            at += 1
        spent_points.append(spent)
        held_points.append(spent + held)
    ledger_url = reverse("budget:ledger", args=[budget.pk])
    return Chart(
        kind="line",
        title=_("Spent over time"),
        labels=[short_day(end) for end in ends],
        series=[
            Series(name=_("Spent"), values=spent_points),
            Series(name=_("Spent and committed"), values=held_points, tone="grey", dashed=True),
            Series(name=pgettext("budget", "Allowed"), values=[total] * len(ends), tone="pale"),
        ],
        unit=_("yuan"),
        digits=2,
        urls=[f"{ledger_url}?counts=spent&day_to={end:%Y-%m-%d}" for end in ends],
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """The budget on a home page: how it stands, what waits for payment, what waits for a decision."""

    budget: Budget
    sums: Sums
    to_pay: list[Entry]
    to_pay_count: int
    steps: list[Step]

    @property
    def bar(self) -> list[tuple[str, str, str]]:
        return list(_bar(self.sums))


def glance(user: Any) -> Glance | None:
    """The budget of the running campaign for somebody who keeps it, or None."""
    budget = Budget.objects.visible_to(user).current()
    if budget is None:
        return None
    view = overview(budget)
    waiting = Entry.objects.filter(budget=budget).open_commitments().select_related("line")
    return Glance(
        budget,
        view.total,
        list(waiting.order_by("booked_on", "pk")[:8]),
        view.open_commitments,
        next_steps(view, user=user),
    )


def next_steps(view: Overview, *, user: Any) -> list[Step]:
    """What this person could do about the budget now, the urgent first."""
    budget, steps = view.budget, []
    if budget.state == BudgetState.DRAFT and user.has_role(Role.DIRECTOR):
        steps.append(
            Step(
                _("The budget is a draft: nobody can spend before it is approved."),
                _("Look it over and approve"),
                reverse("budget:approve", args=[budget.pk]),
                is_urgent=True,
            )
        )
    guesses = sum(len(row.line.inferred) for row in view.rows)
    if guesses and user.has_role(Role.DIRECTOR, Role.MARKETING):
        steps.append(
            Step(
                _("%(n)s amounts were deduced from the plan and wait to be confirmed.") % {"n": guesses},
                _("Look and confirm"),
                reverse("budget:confirm", args=[budget.pk]),
            )
        )
    if budget.state != BudgetState.APPROVED:
        return steps
    for row in view.rows:
        if not row.line.is_group and not row.line.is_closed and row.tone != "done" and row.sums.allowed:
            steps.append(
                Step(
                    _("“%(line)s” is at %(percent)s %%: %(left)s left.")
                    % {"line": row.line, "percent": row.sums.percent, "left": yuan(row.sums.left)},
                    _("Ask for extra money"),
                    f"{reverse('budget:supplement_new')}?line={row.line.pk}",
                    is_urgent=row.tone == "late",
                )
            )
    waiting = Supplement.objects.filter(budget=budget).pending().count()
    waiting += Transfer.objects.filter(budget=budget).pending().count()
    if waiting and user.has_role(Role.DIRECTOR):
        steps.append(
            Step(
                _("%(n)s requests for money wait for a decision.") % {"n": waiting},
                _("Decide"),
                reverse("dashboard:approvals"),
                is_urgent=True,
            )
        )
    if view.open_commitments and user.has_role(Role.MARKETING, Role.FINANCE):
        steps.append(
            Step(
                _("%(n)s commitments are not paid yet.") % {"n": view.open_commitments},
                _("Pay or release"),
                reverse("budget:commitments", args=[budget.pk]),
            )
        )
    return sorted(steps, key=lambda step: not step.is_urgent)
