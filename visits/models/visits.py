"""预约, 拜访 and 拜访报告 (R53, R71–R75, R94–R118, practice 2.2–2.3)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Attention, Intention, Power
from accounts.models import Contact, Organisation
from keyaccounts.common.indexes import BlanksLast
from keyaccounts.common.models import Versioned
from keyaccounts.common.roles import Role

from ..choices import (
    AGREED_STATES,
    MADE_STATES,
    PLANNED_STATES,
    REPORT_MISSING_STATES,
    CallResult,
    CheckInPlace,
    ReportState,
    VisitState,
)


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user) -> VisitQuerySet:
        """Visits at organisations the person may see, and those the person goes on.

        Nobody sees those of an organisation that is merged away or was taken back with its import.
        """
        rows = self.filter(organisation__merged_into__isnull=True, organisation__withdrawn_at__isnull=True)
        if user.has_role(Role.DIRECTOR, Role.MARKETING):
            return rows
        if not user.has_role(Role.REP, Role.LEAD):
            return self.none()
        mine = Visit.visitors.through.objects.filter(user=user).values("visit")
        theirs = Organisation.objects.visible_to(user)
        return rows.filter(Q(organisation__among=theirs) | Q(pk__among=mine))

    def workable_by(self, user) -> VisitQuerySet:
        """Visible visits this person may also change."""
        return self.visible_to(user) if user.has_role(Role.REP, Role.LEAD, Role.DIRECTOR) else self.none()

    def planned(self) -> VisitQuerySet:
        return self.filter(state__in=PLANNED_STATES)

    def to_come(self, *, at: datetime) -> VisitQuerySet:
        """Planned, nobody is on the way yet, and the hour, if there is one, has not passed."""
        rows = self.planned().exclude(state=VisitState.ON_WAY)
        return rows.filter(Q(planned_at__isnull=True) | Q(planned_at__gt=at))

    def made(self) -> VisitQuerySet:
        return self.filter(state__in=MADE_STATES)

    def report_missing(self) -> VisitQuerySet:
        """Made, and the report is not in: 待交报告."""
        return self.filter(state__in=REPORT_MISSING_STATES)

    def to_review_by(self, user) -> VisitQuerySet:
        """待审阅: reports handed in by somebody else, in scope, that nobody has read yet."""
        rows = self.visible_to(user).filter(report__state=ReportState.SUBMITTED)
        return rows.exclude(report__submitted_by=user)

    def awaiting_report(self, *, at: datetime) -> VisitQuerySet:
        """待交报告: made without a report, or agreed for an hour that has passed."""
        return self.filter(
            Q(state__in=REPORT_MISSING_STATES) | Q(state__in=AGREED_STATES, planned_at__lte=at)
        )

    def of_day(self, day: date) -> VisitQuerySet:
        """Planned for that day where the team works."""
        start = timezone.make_aware(datetime.combine(day, time.min))
        return self.filter(planned_at__gte=start, planned_at__lt=start + timedelta(days=1))


class Visit(Versioned):
    """One visit, from the first call to the reviewed report.

    ``number`` counts the visits made at an organisation, 1, 2, 3 … without gaps (integrity rule 13):
    it is given when the visit takes place, never to an appointment that may come to nothing.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="visits", verbose_name=_("organisation")
    )
    number = models.PositiveIntegerField(_("visit number"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=30)
    state = models.CharField(_("state"), max_length=20, choices=VisitState, default=VisitState.TO_CALL)
    planned_at = models.DateTimeField(_("planned for"), null=True, blank=True)
    planned_minutes = models.PositiveSmallIntegerField(_("minutes planned"), default=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="led_visits", verbose_name=_("responsible")
    )
    visitors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="visits", verbose_name=_("visitors")
    )
    contacts = models.ManyToManyField(
        Contact, blank=True, related_name="planned_visits", verbose_name=_("people to meet")
    )
    contacts_met = models.ManyToManyField(
        Contact, blank=True, related_name="visits_met", verbose_name=_("people met")
    )
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    people_expected = models.PositiveSmallIntegerField(_("people expected"), null=True, blank=True)
    travel = models.CharField(_("way of travelling"), max_length=30, blank=True)
    # {"项目折页": 5}: the kit wished for; supplied by the materials app later.
    materials = models.JSONField(_("materials"), default=dict, blank=True)
    call_again_on = models.DateField(_("call again on"), null=True, blank=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)

    set_out_at = models.DateTimeField(_("set out"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    check_in_place = models.CharField(_("place of check-in"), max_length=10, choices=CheckInPlace, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    outcome = models.JSONField(_("outcome"), default=list, blank=True)
    intention_after = models.CharField(_("intention after"), max_length=1, choices=Intention, blank=True)
    promised = models.CharField(_("promised"), max_length=300, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_on = models.DateField(_("next date"), null=True, blank=True)

    aside_reason = models.CharField(_("reason"), max_length=200, blank=True)
    rescheduled_from = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rescheduled_to",
        verbose_name=_("rescheduled from"),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"],
                name="visit_number_once_per_organisation",
                violation_error_message=_("The organisation already has a visit with this number."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=MADE_STATES, number__isnull=False)
                | (~Q(state__in=MADE_STATES) & Q(number__isnull=True)),
                name="visit_made_has_number",
                violation_error_message=_("A visit that took place, and only that, has a number."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["rescheduled", "cancelled", "no_show"]) | ~Q(aside_reason=""),
                name="visit_aside_has_reason",
                violation_error_message=_("A visit that came to nothing needs a reason."),
            ),
        ]
        indexes = [
            models.Index(fields=["planned_at", "id"], name="visit_planned"),
            models.Index(fields=["organisation", "planned_at"], name="visit_org_planned"),
            models.Index(fields=["owner", "planned_at"], name="visit_owner_planned"),
            BlanksLast(fields=["-planned_at", "-id"], name="visit_latest"),
            BlanksLast(fields=["state", "-planned_at", "-id"], name="visit_state_latest"),
            models.Index(fields=["code", "id"], name="visit_code_id"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("visits:visit", args=[self.pk])


class AppointmentCall(models.Model):
    """One call to arrange a visit and what it came to (R74)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="calls", verbose_name=_("visit"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    at = models.DateTimeField(_("when"))
    result = models.CharField(_("result"), max_length=12, choices=CallResult)
    next_on = models.DateField(_("next call on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("appointment call")
        verbose_name_plural = _("appointment calls")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.visit} {self.get_result_display()}"


class VisitReport(Versioned):
    """大客户拜访报告: every field of the plan's form (R94–R117) and its life (R118).

    An empty field means "not asked this time"; it never erases an earlier answer. The report is
    locked from its submission on; ``first_submitted_at`` never moves (integrity rule 14).
    """

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="report", verbose_name=_("visit"))
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)

    organisation_name = models.CharField(_("organisation name"), max_length=100)
    staff_count = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    avg_annual_income = models.PositiveIntegerField(_("average yearly income"), null=True, blank=True)
    income_band = models.CharField(_("income band"), max_length=30, blank=True)
    main_business = models.CharField(_("main business"), max_length=300, blank=True)
    industry = models.CharField(_("industry"), max_length=30, blank=True)
    office_environment = models.TextField(_("office setting"), blank=True)
    living_environment = models.TextField(_("where staff live"), blank=True)
    foot_traffic = models.TextField(_("where people pass"), blank=True)
    gift_demand = models.JSONField(_("what gifts are needed for"), default=list, blank=True)
    gift_demand_text = models.TextField(_("gift needs in their words"), blank=True)
    intention = models.CharField(_("intention"), max_length=1, choices=Intention, blank=True)
    power = models.PositiveSmallIntegerField(_("buying power"), choices=Power, null=True, blank=True)
    price_low = models.DecimalField(
        _("acceptable price from"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    price_high = models.DecimalField(
        _("acceptable price to"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    attention = models.PositiveSmallIntegerField(_("attention"), choices=Attention, null=True, blank=True)
    intranet = models.CharField(_("intranet or group"), max_length=200, blank=True)
    recent_events = models.TextField(_("upcoming events"), blank=True)
    recent_event_on = models.DateField(_("date of the event"), null=True, blank=True)
    promo_timing = models.CharField(_("promotion: when"), max_length=200, blank=True)
    promo_place = models.CharField(_("promotion: where"), max_length=200, blank=True)
    promo_method = models.JSONField(_("promotion: how"), default=list, blank=True)
    remark = models.TextField(_("remark"), blank=True)

    # Names of the fields whose answer differs from the visit before; frozen at submission.
    changed_fields = models.JSONField(default=list, blank=True)
    first_submitted_at = models.DateTimeField(_("first submitted"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_note = models.CharField(_("review"), max_length=300, blank=True)
    return_reason = models.CharField(_("reason for returning"), max_length=300, blank=True)
    reopen_reason = models.CharField(_("reason for reopening"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("visit report")
        verbose_name_plural = _("visit reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(price_low__isnull=True)
                | Q(price_high__isnull=True)
                | Q(price_high__gte=F("price_low")),
                name="report_price_range",
                violation_error_message=_("The acceptable price runs from the lower to the higher figure."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned"]) | Q(first_submitted_at__isnull=False),
                name="report_submitted_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="report_state"),
            # 待审阅 is counted on every page of who reads reports; nearly all reports are read.
            models.Index(fields=["visit"], condition=Q(state="submitted"), name="report_to_review"),
        ]

    def __str__(self) -> str:
        return str(self.visit)


class VisitPhoto(models.Model):
    """A photo from the camera, shrunk, with its location data stripped (D4)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos", verbose_name=_("visit"))
    image = models.ImageField(
        _("photo"),
        upload_to="visits/%Y/%m/",
        validators=[FileExtensionValidator(["jpg", "jpeg", "png", "webp"])],
    )
    caption = models.CharField(_("caption"), max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "digest"],
                name="photo_once_per_visit",
                violation_error_message=_("This photo is already there."),
            )
        ]

    def __str__(self) -> str:
        return self.caption or str(self.visit)


class DayTemplateStep(models.Model):
    """One step of a rep's day (R73): the Today page follows these rows."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    starts_at = models.TimeField(_("from"), null=True, blank=True, help_text=_("Empty: at any time."))
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    title = models.CharField(_("step"), max_length=60)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    page = models.CharField(_("leads to"), max_length=60, blank=True, help_text="visits:today")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("step of the day")
        verbose_name_plural = _("day template")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.title


class ReportRule(models.Model):
    """When a visit report is due and whom a missing one reaches (R118, practice 2.3). One row."""

    remind_at = models.TimeField(_("reminder on the day of the visit"), default="20:00")
    late_at = models.TimeField(_("late from, the next day"), default="10:00")
    escalate_hours = models.PositiveSmallIntegerField(_("hours until the director is told"), default=24)
    confirm_visit_at = models.TimeField(_("reminder the evening before a visit"), default="18:00")
    minutes_before_visit = models.PositiveSmallIntegerField(_("reminder before a visit, minutes"), default=60)
    check_in_metres = models.PositiveSmallIntegerField(
        _("check-in counts as on the spot within, metres"), default=500
    )

    class Meta:
        verbose_name = _("reminder rule")
        verbose_name_plural = _("reminder rules")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="report_rule_is_one")]

    def __str__(self) -> str:
        return f"{str(self.remind_at)[:5]} / {str(self.late_at)[:5]}"


def label_of(model: type[models.Model], name: str) -> str:
    """What people read for a field of a visit or its report."""
    return str(getattr(model._meta.get_field(name), "verbose_name", name))
