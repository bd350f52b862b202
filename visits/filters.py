"""What the list of visits is filtered by."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation
from accounts.search import matching
from keyaccounts.common.fields import LONGEST_KEY
from keyaccounts.common.filtering import FromDay, OneOf, OneRow, UntilDay
from keyaccounts.common.widgets import FilterSelect
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .choices import TRIP_STATES, VisitState
from .models import PlanRule, Vehicle, VehicleRequest, Visit
from .planning.periods import in_sight, offered, with_plans


class VisitFilter(filters.FilterSet):
    """Visits by organisation, state, people and day."""

    q = filters.CharFilter(label=_("Organisation, initials, or visit code"), method="by_text")
    when = OneOf(
        label=pgettext_lazy("day", "When"),
        choices=[("today", _("Today")), ("week", _("This week")), ("next", _("Next week"))],
        method="by_when",
    )
    state = OneOf(label=_("State"), choices=VisitState.choices)
    report = OneOf(
        label=_("Report"), choices=[("missing", _("Not in yet")), ("in", _("Handed in"))], method="by_report"
    )
    kind = OneOf(label=_("Kind"), choices=lambda: choices(TermList.VISIT_KIND))
    visitor = OneRow(label=_("Visitor"), queryset=User.objects.none(), method="by_visitor")
    day_from = FromDay("planned_at")
    day_to = UntilDay("planned_at")
    organisation = filters.NumberFilter(
        label=_("Organisation"),
        field_name="organisation",
        widget=forms.HiddenInput,
        max_value=10**LONGEST_KEY,
    )

    class Meta:
        model = Visit
        fields: list[str] = []

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        """``at`` is now: what counts as today, as this week, and as a report that should be in."""
        super().__init__(*args, **kwargs)
        self.at = at
        self.filters["visitor"].queryset = (
            User.objects.filter(grants__role__in=["rep", "lead", "director"])
            .distinct()
            .order_by("pk")
            .only("pk", "name", "username")
        )

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        found = matching(Organisation.objects.all(), value).values("pk")
        return rows.filter(Q(organisation__in=found) | Q(code__icontains=value.strip()))

    def by_when(self, rows: Any, name: str, value: str) -> Any:
        today = timezone.localdate(self.at)
        monday = today - timedelta(days=today.weekday())
        first, days = {"today": (today, 1), "week": (monday, 7), "next": (monday + timedelta(days=7), 7)}[
            value
        ]
        start = timezone.make_aware(datetime.combine(first, time.min))
        return rows.filter(planned_at__gte=start, planned_at__lt=start + timedelta(days=days))

    def by_report(self, rows: Any, name: str, value: str) -> Any:
        if value == "missing":
            return rows.awaiting_report(at=self.at)
        return rows.filter(state__in=[VisitState.REPORTED, VisitState.REVIEWED])

    def by_visitor(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(pk__in=Visit.visitors.through.objects.filter(user=value).values("visit"))


class VehicleRequestFilter(filters.FilterSet):
    """Trips by text, state, vehicle and day."""

    q = filters.CharFilter(label=_("Code, place, purpose, person"), method="by_text")
    state = OneOf(
        label=_("State"), choices=[*TRIP_STATES.items(), ("out", _("Return not noted"))], method="by_state"
    )
    vehicle = OneRow(label=_("Vehicle"), queryset=Vehicle.objects.all())
    day_from = FromDay("leaves_at")
    day_to = UntilDay("leaves_at")

    class Meta:
        model = VehicleRequest
        fields: list[str] = []

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        """``at`` is now: what should be back."""
        super().__init__(*args, **kwargs)
        self.at = at

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.to_note_back(at=self.at) if value == "out" else rows.filter(state=value)

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        value = value.strip()
        return rows.filter(
            Q(code__icontains=value)
            | Q(to_place__icontains=value)
            | Q(purpose__icontains=value)
            | Q(requested_by__name__icontains=value)
        )


class PlanFilter(filters.FilterSet):
    """People by what became of their plan for one week or month."""

    period = filters.ChoiceFilter(
        label=pgettext_lazy("plan", "Time"), empty_label=None, widget=FilterSelect, method="by_period"
    )
    state = OneOf(
        label=_("State"),
        choices=[
            ("missing", pgettext_lazy("plan", "Not handed in")),
            ("late", pgettext_lazy("plan", "Late")),
            ("pending", pgettext_lazy("plan", "To read")),
            ("approved", pgettext_lazy("plan", "Read or approved")),
            ("returned", _("Returned")),
        ],
        method="by_state",
    )

    class Meta:
        model = User
        fields: list[str] = []

    def __init__(self, *args: Any, at: datetime, rule: PlanRule, **kwargs: Any) -> None:
        """``at`` is now: which week is in sight, and what is late."""
        super().__init__(*args, **kwargs)
        self.at = at
        periods = {period.code: period for period in offered(at=at, rule=rule)}
        shown = in_sight(at=at, rule=rule)
        self.period = periods.get(self.data.get("period", ""), shown)
        self.filters["period"].extra["choices"] = [(code, period.title) for code, period in periods.items()]
        self.queryset: Any = with_plans(self.queryset, self.period)

    def by_period(self, rows: Any, name: str, value: str) -> Any:
        return rows  # the people are the same; whose plan for which time is already beside them

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "late":
            late = Q(handed_in_at__gt=self.period.due_at)
            if self.period.is_expected and self.period.due_at <= self.at:
                late |= Q(plan_pk__isnull=True, date_joined__lt=self.period.due_at)
            return rows.filter(late)
        return rows.filter(plan_pk__isnull=True) if value == "missing" else rows.filter(plan_state=value)
