"""拜访计划: what somebody means to visit in a week or a month, frozen as handed in (practice 2.3, S12, S14)."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.models import Request, RequestQuerySet
from keyaccounts.common.roles import Role
from keyaccounts.common.templatetags.show import short_day
from keyaccounts.people.models import TeamMember

from ..choices import PlanSpan
from .visits import Visit

PLANNERS = (Role.REP, Role.LEAD)
"""Whose plans are expected."""
PLAN_READERS = (Role.LEAD, Role.DIRECTOR)
"""Who reads the plans of others, and approves or returns them."""


class PlanRule(models.Model):
    """When visit plans are due and whether somebody has to approve them. One row, set by the director."""

    due_weekday = models.PositiveSmallIntegerField(
        _("weekly plan due on"), choices=list(WEEKDAYS.items()), default=4,
        help_text=_("Of the week before the one that is planned."),
    )  # fmt: skip
    due_at = models.TimeField(_("due by"), default="17:30")
    remind_at = models.TimeField(_("reminder on the day it is due"), default="09:00")
    needs_approval = models.BooleanField(
        _("plans need approval"),
        default=False,
        help_text=_("Otherwise they are only read, and count at once."),
    )
    has_monthly = models.BooleanField(_("monthly plans too"), default=False)
    days_before_month = models.PositiveSmallIntegerField(
        _("monthly plan due, days before the month"), default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("1: on the last day of the month before."),
    )  # fmt: skip

    since_on = models.DateField(
        _("plans are asked for from"), null=True, blank=True,
        help_text=_("What was to be planned before is neither missing nor late."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("plan rule")
        verbose_name_plural = _("plan rules")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="plan_rule_is_one"),
            models.CheckConstraint(condition=Q(due_weekday__lte=6), name="plan_rule_weekday"),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.due_weekday]} {str(self.due_at)[:5]}"


def span_title(span: str, first_on: date, last_on: date) -> str:
    """A week or a month in words."""
    if span == PlanSpan.MONTH:
        return gettext("%(month)s/%(year)s") % {"year": first_on.year, "month": first_on.month}
    return f"{short_day(first_on)}–{short_day(last_on)}"


class VisitPlanQuerySet(RequestQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own; a lead's team's; the director sees all."""
        if user.has_role(Role.DIRECTOR):
            return self
        if user.has_role(Role.LEAD) and user.team_ids:
            return self.filter(Q(requested_by=user) | Q(requested_by__among=members_led_by(user)))
        return self.filter(requested_by=user) if user.has_role(*PLANNERS) else self.none()

    def decidable_by(self, user: Any) -> Self:
        """Handed in by somebody else, and not yet read or approved."""
        if not user.has_role(*PLAN_READERS):
            return self.none()
        return self.visible_to(user).filter(state=RequestState.PENDING).exclude(requested_by=user)

    def to_approve_by(self, user: Any) -> Self:
        """Those that do not count before somebody has approved them."""
        return self.decidable_by(user).filter(needs_approval=True)


def members_led_by(user: Any) -> models.QuerySet[Any]:
    """The keys of the people in the teams that somebody leads."""
    return TeamMember.objects.filter(team__in=user.team_ids, until_on__isnull=True).values("user")


class VisitPlan(Request):
    """One person's plan for one week or month. What it says is in its latest revision.

    Handed in it is pending; approved is 已批准 or, where no approval is needed, 已阅. A returned one is handed in
    again as a new revision. ``due_at`` and ``needs_approval`` are as the rule was when it was first handed in.
    """

    span = models.CharField(_("kind"), max_length=5, choices=PlanSpan)
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until"))
    due_at = models.DateTimeField(_("due by"))
    needs_approval = models.BooleanField(_("needs approval"), default=False)
    first_submitted_at = models.DateTimeField(_("first submitted"), null=True, blank=True)
    # Kept by the database: the number of the latest revision.
    last_number = models.PositiveIntegerField(default=0, editable=False)

    objects = VisitPlanQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("visit plan")
        verbose_name_plural = _("visit plans")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(
                fields=["requested_by", "span", "first_on"],
                name="visit_plan_once_per_period",
                violation_error_message=_("There is a plan for this time already."),
            ),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="visit_plan_period"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(first_submitted_at__isnull=False, last_number__gte=1),
                name="visit_plan_handed_in_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["span", "first_on", "state"], name="visit_plan_period_state"),
            # What waits for approval is counted on every page of a director; nearly all plans have been read.
            models.Index(fields=["requested_by"], condition=Q(state="pending"), name="visit_plan_pending"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("visits:visit_plan", args=[self.pk])

    @property
    def decide_url(self) -> str:
        """Where it is decided; the address says which revision was looked at."""
        return f"{reverse('visits:visit_plan_decide', args=[self.pk])}?revision={self.last_number}"

    @property
    def title(self) -> str:
        """Its week or month in words: 7月16日–7月22日, 2012年8月."""
        return span_title(self.span, self.first_on, self.last_on)

    @property
    def came_late(self) -> bool:
        return self.first_submitted_at is not None and self.first_submitted_at > self.due_at


class PlanRevision(models.Model):
    """A plan as it was handed in once: 1, 2, 3 … without gaps. Append-only."""

    plan = models.ForeignKey(
        VisitPlan, models.PROTECT, related_name="revisions", verbose_name=_("visit plan")
    )
    number = models.PositiveIntegerField(pgettext_lazy("plan", "revision"))
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    at = models.DateTimeField(_("submitted"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("revision of a visit plan")
        verbose_name_plural = _("revisions of visit plans")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_revision_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} / {self.number}"


class PlanLine(models.Model):
    """One visit as it was planned; append-only, so that what happened can be held against it.

    The days are one day of a week, or the whole time in which the day was left open. The words are those of
    that moment, whatever the visit and its organisation are called later.
    """

    revision = models.ForeignKey(
        PlanRevision, models.PROTECT, related_name="lines", verbose_name=pgettext_lazy("plan", "revision")
    )
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="plan_lines", verbose_name=_("visit"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    name = models.CharField(_("organisation"), max_length=100)
    people = models.CharField(_("people to meet"), max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a visit plan")
        verbose_name_plural = _("lines of visit plans")
        ordering = ["from_on", "until_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "visit"], name="plan_line_visit_once"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="plan_line_days"),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} {self.name}"
