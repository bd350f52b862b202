"""The figures of the director's overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.choices import Stage
from accounts.models import Intel, Organisation
from keyaccounts.campaigns.models import Campaign, Phase
from keyaccounts.common.charts import Chart, Series
from keyaccounts.common.listing import capped_count, capped_text
from visits.models import Visit


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the overview and where its rows are."""

    label: str
    value: int
    url: str = ""
    is_late: bool = False

    @property
    def text(self) -> str:
        """The number as shown; a large one is counted only so far."""
        return capped_text(self.value)


def figures(user: Any, *, on: date, at: datetime) -> list[Figure]:
    """What happened yesterday, what happens today and what waits."""
    visits = Visit.objects.visible_to(user)
    organisations = Organisation.objects.visible_to(user).at_work()
    rows = visits.made()
    return [
        _counted(_("Visits made yesterday"), rows.of_day(on - timedelta(days=1)), reverse("visits:visits")),
        _counted(_("Visits today"), (visits.planned() | rows).of_day(on), reverse("visits:week")),
        _counted(
            _("Reports not in"),
            visits.awaiting_report(at=at),
            reverse("visits:visits") + "?report=missing",
            is_late=True,
        ),
        _counted(
            _("News unread"),
            Intel.objects.visible_to(user).unread(),
            reverse("accounts:intel"),
        ),
        _counted(
            _("Priority without second visit"),
            organisations.filter(is_priority=True, visits_made__lt=2),
            reverse("accounts:organisations"),
        ),
    ]


def _counted(label: str, rows: QuerySet[Any], url: str, *, is_late: bool = False) -> Figure:
    return Figure(label, capped_count(rows), url, is_late)


def funnel(user: Any) -> Chart:
    """Organisations by stage, in the order of the work; each bar leads to its organisations."""
    counts = dict(Organisation.objects.visible_to(user).order_by().values_list("stage").annotate(Count("pk")))
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


def coming_visits(user: Any, *, on: date, days: int = 7) -> list[Visit]:
    """Visits of the coming days, for who supplies materials and vehicles (R78)."""
    rows = Visit.objects.visible_to(user).planned().select_related("organisation", "owner")
    until = on + timedelta(days=days)
    return list(rows.filter(planned_at__date__gte=on, planned_at__date__lt=until).order_by("planned_at")[:50])
