"""拓展方案: the campaign, its phases and work items (R13–R16, R38, R43–R57), targets and festivals."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.models import Inferable, Versioned
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department, TeamMember
from keyaccounts.vocabulary import queries as vocabulary

from . import rules
from .choices import WRITERS, CampaignState, ShownState, WorkState


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user) -> CampaignQuerySet:
        """Everybody reads the plan; one still being drafted is its writers' own."""
        return self if user.has_role(*WRITERS) else self.exclude(state=CampaignState.DRAFT)

    def current(self) -> Campaign | None:
        """The running campaign, the newest when there are several."""
        return self.filter(state=CampaignState.ACTIVE).order_by("-starts_on", "-pk").first()


class Campaign(Versioned, Inferable):
    """One round of the plan (R13). A next round is started from it with its dates moved (R42)."""

    name = models.CharField(_("name"), max_length=100)
    goal = models.TextField(_("goal"), blank=True)
    venue = models.CharField(_("venue"), max_length=100, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CampaignState, default=CampaignState.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    previous = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="next_rounds",
        verbose_name=_("previous round"),
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_start",
                violation_error_message=_("A campaign ends on or after the day it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.pk])


class PhaseQuerySet(models.QuerySet["Phase"]):
    def visible_to(self, user) -> PhaseQuerySet:
        return self.filter(campaign__in=Campaign.objects.visible_to(user))


class Phase(Versioned, Inferable):
    """A stretch of the calendar; phases may overlap (C1) and have no end (R38). Dates are inclusive (C2)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="phases", verbose_name=_("campaign"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=60)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True, help_text=_("Empty: open-ended."))
    shown_until = models.DateField(
        _("shown until"), null=True, blank=True, help_text=_("Where the picture ends an open phase.")
    )
    goal = models.TextField(_("goal"), blank=True)

    objects = PhaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering = ["campaign", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"],
                name="phase_number_once_per_campaign",
                violation_error_message=_("The campaign already has a phase with this number."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="phase_ends_after_start",
                violation_error_message=_("A phase ends on or after the day it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:phase", args=[self.pk])

    @property
    def last_day(self) -> date | None:
        """Where the picture ends the phase: its end, or how far an open one is shown."""
        return self.ends_on or self.shown_until


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    def visible_to(self, user) -> WorkItemQuerySet:
        return self.filter(campaign__in=Campaign.objects.visible_to(user))

    def tickable_by(self, user) -> WorkItemQuerySet:
        """Visible items whose state this person may move.

        The writers: all. Everybody else: their own, and those of their department that nobody owns yet;
        a lead also those owned by members of the team.
        """
        rows = self.visible_to(user)
        if user.has_role(*WRITERS):
            return rows
        if not user.has_role(Role.REP, Role.LEAD, Role.ADMIN_CENTRE):
            return rows.none()
        mine = Q(owner=user)
        if user.department_id:
            of_department = WorkItem.departments.through.objects.filter(
                workitem=OuterRef("pk"), department=user.department_id
            )
            mine |= Q(owner__isnull=True) & Exists(of_department)  # type: ignore[assignment]
        if user.has_role(Role.LEAD) and user.team_ids:
            members = TeamMember.objects.filter(team__in=user.team_ids, until_on__isnull=True)
            mine |= Q(owner__in=members.values("user"))
        return rows.filter(mine)

    def open(self) -> WorkItemQuerySet:
        return self.filter(state__in=[WorkState.TODO, WorkState.DOING])

    def overdue(self, *, on: date) -> WorkItemQuerySet:
        """Open items whose due day has passed."""
        return self.open().filter(due_on__lt=on)

    def shown_as(self, shown: str, *, on: date) -> WorkItemQuerySet:
        """The items that ``rules.shown_state`` shows as ``shown`` on a day."""
        if shown == ShownState.OVERDUE:
            return self.overdue(on=on)
        if shown == ShownState.LATE_DONE:
            return self.filter(state=WorkState.DONE, done_on__gt=F("due_on"))
        if shown == ShownState.DONE:
            in_time = Q(due_on__isnull=True) | Q(done_on__lte=F("due_on"))
            return self.filter(in_time, state=WorkState.DONE)
        rows = self.filter(state=shown)
        return rows if shown == WorkState.CANCELLED else rows.exclude(due_on__lt=on)


class WorkItem(Versioned, Inferable):
    """One row of 工作安排: 完成时间, 工作内容, 负责人 (R43)."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="work_items", verbose_name=_("campaign")
    )
    phase = models.ForeignKey(
        Phase, models.SET_NULL, null=True, blank=True, related_name="work_items", verbose_name=_("phase")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    content = models.CharField(_("work"), max_length=300)
    due_from = models.DateField(_("from"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    due_text = models.CharField(_("due in the plan's words"), max_length=60, blank=True)
    departments = models.ManyToManyField(
        Department, blank=True, related_name="work_items", verbose_name=_("responsible departments")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="work_items",
        verbose_name=_("owner"),
    )
    state = models.CharField(_("state"), max_length=10, choices=WorkState, default=WorkState.TODO)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    document = models.FileField(_("document"), upload_to="work/%Y/", blank=True)
    document_name = models.CharField(_("file name"), max_length=150, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        ordering = ["campaign", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"],
                name="work_number_once_per_campaign",
                violation_error_message=_("The campaign already has a work item with this number."),
            ),
            models.CheckConstraint(
                condition=Q(state=WorkState.DONE, done_on__isnull=False)
                | (~Q(state=WorkState.DONE) & Q(done_on__isnull=True)),
                name="work_done_has_date",
                violation_error_message=_("Work that is done, and only that, has a date done."),
            ),
            models.CheckConstraint(
                condition=Q(due_from__isnull=True) | Q(due_on__isnull=True) | Q(due_on__gte=F("due_from")),
                name="work_due_after_start",
                violation_error_message=_("Work is due on or after the day it starts."),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="work_due")]

    def __str__(self) -> str:
        return self.content

    def get_absolute_url(self) -> str:
        return reverse("campaigns:work_item", args=[self.pk])

    def shown_on(self, day: date) -> ShownState:
        """The state people see on a day, late or not."""
        return ShownState(rules.shown_state(self.state, self.due_on, self.done_on, day))


class Target(Inferable):
    """How many organisations of a type the campaign wants (R15, practice 2.1)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets", verbose_name=_("campaign"))
    org_type = models.CharField(_("organisation type"), max_length=30)
    count = models.PositiveIntegerField(_("organisations"))

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [models.UniqueConstraint(fields=["campaign", "org_type"], name="target_once_per_type")]

    def __str__(self) -> str:
        return f"{self.type_name} {self.count}"

    @property
    def type_name(self) -> str:
        return vocabulary.label("org_type", self.org_type)


class FestivalDate(models.Model):
    """When a festival falls (practice 2.11); ``festival`` is a code of the choice list."""

    festival = models.CharField(_("festival"), max_length=30)
    falls_on = models.DateField(_("date"), db_index=True)
    is_union_holiday = models.BooleanField(
        _("union holiday"),
        default=False,
        help_text=_("One of the statutory holidays at which unions hand out goods."),
    )

    class Meta:
        verbose_name = _("festival date")
        verbose_name_plural = _("festival dates")
        ordering = ["falls_on"]
        constraints = [models.UniqueConstraint(fields=["festival", "falls_on"], name="festival_date_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.falls_on}"

    @property
    def name(self) -> str:
        return vocabulary.label("festival", self.festival)


class LeadWindow(models.Model):
    """A step before (or after) a festival, in days from it: −90 to −60 is 比选、报价 (practice 2.11)."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("step"), max_length=60)
    from_days = models.SmallIntegerField(_("from day"))
    to_days = models.SmallIntegerField(_("to day"))
    advice = models.CharField(_("what to do"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("lead window")
        verbose_name_plural = _("lead windows")
        ordering = ["from_days"]

    def __str__(self) -> str:
        return self.name


class DeadlineRule(models.Model):
    """How many days before a phase or work item ends a reminder goes out; 0 is the day itself (R13)."""

    days_before = models.PositiveSmallIntegerField(_("days before"), unique=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("deadline reminder")
        verbose_name_plural = _("deadline reminders")
        ordering = ["-days_before"]

    def __str__(self) -> str:
        return f"T−{self.days_before}"
