"""综合评估: five factors with weights, grades, and the frozen priority list (R27–R28, practice 2.4)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role

from ..choices import EvaluationState, Factor, Grade, PriorityListState
from .organisations import Organisation

SCORE: dict[str, Any] = {
    "null": True,
    "blank": True,
    "validators": [MinValueValidator(1), MaxValueValidator(5)],
}


class EvaluationPolicy(models.Model):
    """Weights and grade limits, a version each; the newest published one is in force. Never edited once published."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    headcount = models.PositiveSmallIntegerField(_("headcount"), default=20)
    health_focus = models.PositiveSmallIntegerField(_("attention to healthy food"), default=15)
    intention = models.PositiveSmallIntegerField(_("intention"), default=25)
    power = models.PositiveSmallIntegerField(_("buying power"), default=25)
    activities = models.PositiveSmallIntegerField(_("collective activities"), default=15)
    a_from = models.DecimalField(_("A from"), max_digits=4, decimal_places=1, default=80)
    b_from = models.DecimalField(_("B from"), max_digits=4, decimal_places=1, default=60)
    c_from = models.DecimalField(_("C from"), max_digits=4, decimal_places=1, default=40)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("evaluation weights")
        verbose_name_plural = _("evaluation weights")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    headcount=100 - F("health_focus") - F("intention") - F("power") - F("activities")
                ),
                name="evaluation_weights_sum_to_100",
                violation_error_message=_("The five weights add up to 100."),
            ),
            models.CheckConstraint(
                condition=Q(a_from__gt=F("b_from")) & Q(b_from__gt=F("c_from")),
                name="evaluation_limits_descend",
                violation_error_message=_("The limits go down from A to C."),
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def weights(self) -> dict[str, int]:
        """The five weights by factor; they add up to 100."""
        return {factor.value: getattr(self, factor.value) for factor in Factor}


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user) -> EvaluationQuerySet:
        return self.filter(Organisation.objects.visible_to(user).holding())

    def current(self) -> EvaluationQuerySet:
        return self.filter(is_current=True)


class Evaluation(models.Model):
    """One assessment of one organisation; an empty score is unknown, not zero.

    ``total_low`` and ``total_high`` (0–100 points) take unknown scores at 1 and at 5;
    ``completeness`` is the share of weight that is known, in percent.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="evaluations")
    policy = models.ForeignKey(EvaluationPolicy, models.PROTECT, related_name="+")
    evaluated_on = models.DateField(_("date"))
    headcount_score = models.PositiveSmallIntegerField(_("headcount"), **SCORE)
    health_focus_score = models.PositiveSmallIntegerField(_("attention to healthy food"), **SCORE)
    intention_score = models.PositiveSmallIntegerField(_("intention"), **SCORE)
    power_score = models.PositiveSmallIntegerField(_("buying power"), **SCORE)
    activities_score = models.PositiveSmallIntegerField(_("collective activities"), **SCORE)
    # {"headcount": "在职 2350 人(6月1日 首次拜访)", …}: what each point rests on.
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    note = models.TextField(_("note"), blank=True)
    total_low = models.DecimalField(_("total, at least"), max_digits=4, decimal_places=1)
    total_high = models.DecimalField(_("total, at most"), max_digits=4, decimal_places=1)
    completeness = models.PositiveSmallIntegerField(_("completeness"))
    grade = models.CharField(_("grade"), max_length=1, choices=Grade)
    is_current = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=EvaluationState, default=EvaluationState.DRAFT)
    evaluated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["-evaluated_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_current=True), name="one_current_evaluation"
            )
        ]
        indexes = [models.Index(fields=["is_current", "-total_low", "id"], name="evaluation_rank")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.evaluated_on}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:evaluation", args=[self.pk])

    @property
    def scores(self) -> dict[str, int | None]:
        """The five scores by factor; None is unknown."""
        return {factor.value: getattr(self, f"{factor.value}_score") for factor in Factor}


class PriorityListQuerySet(models.QuerySet["PriorityList"]):
    def visible_to(self, user) -> PriorityListQuerySet:
        """Director and marketing centre: all; sales: their own, and those an organisation of theirs is on."""
        if user.has_role(Role.DIRECTOR, Role.MARKETING):
            return self
        if not user.has_role(Role.REP, Role.LEAD):
            return self.none()
        mine = PriorityEntry.objects.filter(organisation__in=Organisation.objects.visible_to(user))
        return self.filter(
            Q(submitted_by=user) | Q(state=PriorityListState.APPROVED, pk__in=mine.values("list"))
        )


class PriorityList(models.Model):
    """重点跟进名单: ticked, submitted, approved by the director and frozen as minutes (R28)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="priority_lists")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(max_length=10, choices=PriorityListState, default=PriorityListState.DRAFT)
    text = models.TextField(pgettext_lazy("meeting", "minutes"), blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("decision"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PriorityListQuerySet.as_manager()

    class Meta:
        verbose_name = _("priority list")
        verbose_name_plural = _("priority lists")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="priority_list_number"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("submitted_by")),
                name="priority_list_other_approver",
                violation_error_message=_("The approver of a thing is never its requester."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:priority_list", args=[self.pk])


class PriorityEntry(models.Model):
    """One organisation on a priority list, with the figures it was chosen on."""

    list = models.ForeignKey(PriorityList, models.CASCADE, related_name="entries")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="priority_entries")
    rank = models.PositiveSmallIntegerField(_("rank"))
    is_chosen = models.BooleanField(_("chosen"), default=False)
    grade = models.CharField(max_length=1, blank=True)
    total_low = models.DecimalField(max_digits=4, decimal_places=1)
    total_high = models.DecimalField(max_digits=4, decimal_places=1)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("priority list entry")
        verbose_name_plural = _("priority list entries")
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["list", "organisation"], name="priority_entry_once")]

    def __str__(self) -> str:
        return f"{self.rank} {self.organisation}"
