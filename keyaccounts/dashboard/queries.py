"""The figures of the director's overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.choices import Stage
from accounts.models import Intel, Organisation
from budget.choices import BudgetState
from budget.models import Budget, Entry
from budget.queries import balance_of
from budget.rules import percent_used
from keyaccounts.campaigns.models import Campaign, Phase
from keyaccounts.common.charts import Chart, Series
from keyaccounts.common.listing import capped_count, capped_counts, capped_text
from keyaccounts.common.templatetags.show import yuan
from visits.models import Visit

# A figure of the overview is read at a glance: beyond this the list behind it counts on.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the overview and where its rows are."""

    label: str
    value: int | Decimal
    url: str = ""
    is_late: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        """The number as shown: money to the fen, a large count only so far."""
        if isinstance(self.value, Decimal):
            return yuan(self.value)
        return capped_text(self.value, most=MOST)


def figures(user: Any, *, on: date, at: datetime) -> list[Figure]:
    """What happened yesterday, what happens today and what waits."""
    visits = Visit.objects.visible_to(user)
    made = visits.made()
    to_visits = reverse("visits:visits")
    counted = (
        (made.of_day(on - timedelta(days=1)), _("Visits made yesterday"), to_visits, False),
        ((visits.planned() | made).of_day(on), _("Visits today"), reverse("visits:week"), False),
        (visits.awaiting_report(at=at), _("Reports not in"), f"{to_visits}?report=missing", True),
        (Intel.objects.visible_to(user).unread(), _("News unread"), reverse("accounts:intel"), False),
    )
    numbers = capped_counts((rows for rows, *_shown in counted), beside=user, most=MOST)
    return [
        *(
            Figure(label, number, url, is_late)
            for (_rows, label, url, is_late), number in zip(counted, numbers, strict=True)
        ),
        *_money(user, on=on),
    ]


def _money(user: Any, *, on: date) -> list[Figure]:
    """What the campaign's budget paid this month, and what it has left."""
    budget = Budget.objects.visible_to(user).current()
    if budget is None:
        return []
    first = on.replace(day=1)
    paid = Entry.objects.filter(budget=budget, booked_on__gte=first).aggregate(sum=Sum("spent_change"))["sum"]
    total = balance_of(budget)
    used = round(percent_used(total))
    return [
        Figure(
            _("Spent this month"),
            paid or Decimal(0),
            reverse("budget:ledger", args=[budget.pk]) + f"?counts=spent&day_from={first}",
        ),
        Figure(
            _("Budget left"),
            total.left,
            budget.get_absolute_url(),
            is_late=total.left <= 0,
            note=_("%(n)s %% used") % {"n": used} if budget.state == BudgetState.APPROVED else _("draft"),
        ),
    ]


def without_second_visit(user: Any) -> int:
    """How many priority organisations have not been visited twice yet."""
    rows = Organisation.objects.visible_to(user).at_work()
    return capped_count(rows.filter(is_priority=True, visits_made__lt=2))


def funnel(user: Any) -> Chart:
    """Organisations by stage, in the order of the work; each bar leads to its organisations."""
    # Rows, not keys: only then the index of the stages answers without the rows.
    rows = Organisation.objects.visible_to(user).order_by()
    counts = dict(rows.values_list("stage").annotate(n=Count("*")))
    address = reverse("accounts:organisations")
    return Chart(
        kind="bars",
        title=_("Organisations by stage"),
        labels=[str(stage.label) for stage in Stage],
        series=[
            Series(
                name=_("Organisations"),
                values=[counts.get(stage.value, 0) for stage in Stage],
                tones=["grey" if stage in (Stage.PARKED, Stage.DROPPED) else "" for stage in Stage],
            )
        ],
        unit=pgettext("unit", "organisations"),
        urls=[f"{address}?stage={stage.value}" for stage in Stage],
    )


def phases(*, on: date) -> list[tuple[Phase, int | None]]:
    """The phases under way and the days each has left, None for an open end."""
    campaign = Campaign.objects.current()
    if campaign is None:
        return []
    running = [p for p in campaign.phases.filter(starts_on__lte=on) if p.ends_on is None or p.ends_on >= on]
    return [(phase, (phase.ends_on - on).days if phase.ends_on else None) for phase in running]
