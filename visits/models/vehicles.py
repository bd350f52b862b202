"""车辆配合: vehicles, drivers and who asked for one when (R71, R78, practice 2.5 用车申请表)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.choices import LimitAction
from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.models import Request, RequestQuerySet
from keyaccounts.common.models import Versioned
from keyaccounts.common.roles import Role

from .visits import Visit

FLEET_KEEPERS = (Role.MARKETING, Role.DIRECTOR)
"""Who enters vehicles and drivers and takes them out of use (R71, R78)."""


class FleetQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Who keeps the fleet sees all of it; everybody else meets a vehicle on its trip."""
        return self if user.has_role(*FLEET_KEEPERS, Role.SYSADMIN) else self.none()

    def in_use_first(self) -> Self:
        return self.order_by("-is_active", *self.model._meta.ordering)


class Vehicle(Versioned):
    """A company vehicle."""

    plate = models.CharField(_("plate"), max_length=20, unique=True)
    name = models.CharField(_("vehicle"), max_length=60, blank=True, help_text=_("Make and model."))
    seats = models.PositiveSmallIntegerField(_("seats"), default=5, help_text=_("Without the driver's."))
    is_active = models.BooleanField(_("in use"), default=True)
    note = models.CharField(_("note"), max_length=100, blank=True)
    # Taken by an UPDATE before a trip is given to it: of two at the same moment the second waits and sees the first.
    turn = models.PositiveIntegerField(default=0, editable=False)

    objects = FleetQuerySet.as_manager()

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["plate"]

    def __str__(self) -> str:
        return self.plate


class Driver(Versioned):
    """Who drives a company vehicle; ``user`` when the person signs in here."""

    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=50)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    turn = models.PositiveIntegerField(default=0, editable=False)

    objects = FleetQuerySet.as_manager()

    class Meta:
        verbose_name = _("driver")
        verbose_name_plural = _("drivers")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class VehicleRule(models.Model):
    """Until when a vehicle is asked for (practice 2.3: 17:30 of the day before). One row, set by the director."""

    request_by = models.TimeField(_("requests until, the day before"), default="17:30")
    late_action = models.CharField(
        _("a late request"), max_length=5, choices=LimitAction, default=LimitAction.WARN,
        help_text=_("Warn: it needs a reason. Block: it is refused."),
    )  # fmt: skip
    minutes_each_way = models.PositiveSmallIntegerField(
        _("minutes each way, when the times are filled in from a visit"), default=30
    )

    class Meta:
        verbose_name = _("vehicle rule")
        verbose_name_plural = _("vehicle rules")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="vehicle_rule_is_one")]

    def __str__(self) -> str:
        return f"{self.request_by:%H:%M}" if hasattr(self.request_by, "strftime") else str(self.request_by)


ON_THE_ROAD = (RequestState.APPROVED, RequestState.FULFILLED)
"""A vehicle is, or was, given to the trip."""
LIVE = (RequestState.PENDING, RequestState.APPROVED)
"""The trip waits for a vehicle or has one."""


class VehicleRequestQuerySet(RequestQuerySet):
    def visible_to(self, user: Any) -> Self:
        """The marketing centre and the director see all trips, others their own and those to visits they see."""
        if user.has_role(Role.DIRECTOR, Role.MARKETING):
            return self
        return self.filter(Q(requested_by=user) | Q(visit__among=Visit.objects.visible_to(user)))

    def to_answer_by(self, user: Any) -> Self:
        """Waiting for the marketing centre, for those who belong to it."""
        if not user.has_role(Role.MARKETING):
            return self.none()
        return self.filter(state=RequestState.PENDING).exclude(requested_by=user)

    def to_note_back(self, *, at: datetime) -> Self:
        """Their hour of return has passed, and nobody has noted that the vehicle is back."""
        return self.filter(state=RequestState.APPROVED, back_at__lte=at)

    def overlapping(self, leaves_at: datetime, back_at: datetime) -> Self:
        """Trips with a vehicle that are on the road at some moment between the two."""
        return self.filter(state__in=ON_THE_ROAD, leaves_at__lt=back_at, back_at__gt=leaves_at)


class VehicleRequest(Request):
    """用车申请: people, times and places of one trip, and what the marketing centre answered.

    Approved is 已派车 with ``vehicle`` and ``driver``; rejected is 车辆不能到位 with ``refusal``, upon which the
    journey is claimed as travel costs (R72); withdrawn gives the vehicle back. ``source`` names what the trip
    is for when that is no visit.
    """

    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="vehicle_requests", verbose_name=_("visit")
    )
    source = models.CharField(max_length=80, blank=True, db_index=True)
    people = models.PositiveSmallIntegerField(_("people travelling"), default=1)
    leaves_at = models.DateTimeField(_("leaves at"))
    back_at = models.DateTimeField(_("back at"))
    from_place = models.CharField(_("from place"), max_length=100, blank=True)
    to_place = models.CharField(_("to place"), max_length=200)
    purpose = models.CharField(pgettext_lazy("trip", "purpose"), max_length=200)
    late_reason = models.CharField(_("why it is asked for late"), max_length=200, blank=True)
    vehicle = models.ForeignKey(
        Vehicle, models.PROTECT, null=True, blank=True, related_name="trips", verbose_name=_("vehicle")
    )
    driver = models.ForeignKey(
        Driver, models.PROTECT, null=True, blank=True, related_name="trips", verbose_name=_("driver")
    )
    refusal = models.CharField(_("reason for refusing a vehicle"), max_length=30, blank=True)
    kilometres = models.PositiveIntegerField(_("kilometres"), null=True, blank=True)

    objects = VehicleRequestQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("vehicle request")
        verbose_name_plural = _("vehicle requests")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(state__in=["pending", "approved"]),
                name="vehicle_request_one_per_visit",
                violation_error_message=_("A vehicle has been asked for already for this visit."),
            ),
            models.CheckConstraint(
                condition=Q(back_at__gt=F("leaves_at")),
                name="vehicle_request_returns",
                violation_error_message=_("The vehicle comes back after it has left."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "fulfilled"]) | Q(vehicle__isnull=False),
                name="vehicle_request_assigned_has_vehicle",
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="vehicle_request_has_people"),
        ]
        indexes = [
            models.Index(fields=["vehicle", "leaves_at"], name="vehicle_request_trips"),
            models.Index(fields=["state", "leaves_at", "id"], name="vehicle_request_queue"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("visits:vehicle_request", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def is_out_late(self, *, at: datetime) -> bool:
        """Sent, should be back, and nobody has noted the return."""
        return self.state == RequestState.APPROVED and self.back_at <= at

    @property
    def has_vehicle(self) -> bool:
        return self.state in ON_THE_ROAD
