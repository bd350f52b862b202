"""物料领用申请: asked for, approved where the rule says, issued in parts, receipt confirmed (R69, R78)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.choices import OPEN_STATES, RequestState
from keyaccounts.approvals.models import Request, RequestQuerySet
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary import queries as vocabulary
from keyaccounts.vocabulary.models import TermList

from .items import Material
from .stock import StockMove

DECIDERS = (Role.DIRECTOR, Role.MARKETING, Role.ADMIN_CENTRE)


class ApprovalRule(models.Model):
    """From how many on a category needs whose approval; what no rule names goes straight to the store."""

    category = models.CharField(
        _("material category"),
        max_length=30,
        blank=True,
        help_text=_("Empty: every category without a rule of its own."),
    )
    above = models.PositiveIntegerField(
        _("more than"), default=0, help_text=_("0: any quantity needs the approval.")
    )
    role = models.CharField(
        _("approved by"), max_length=20, choices=[(role.value, role.label) for role in DECIDERS]
    )

    class Meta:
        verbose_name = _("approval rule for requisitions")
        verbose_name_plural = _("approval rules for requisitions")
        ordering = ["category"]
        constraints = [models.UniqueConstraint(fields=["category"], name="approval_rule_once")]

    def __str__(self) -> str:
        name = vocabulary.label(TermList.MATERIAL_CATEGORY, self.category) or gettext("every other category")
        return f"{name} > {self.above}"


class RequisitionQuerySet(RequestQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Who supplies or decides: all; everybody else: what they asked for or receive."""
        if user.has_role(*DECIDERS):
            return self
        return self.filter(Q(requested_by=user) | Q(receiver=user))

    def decidable_by(self, user: Any) -> Self:
        """Waiting for this person's decision: the role the rule names, never whoever asked for it."""
        roles = user.roles & {role.value for role in DECIDERS}
        return self.pending().filter(approver_role__in=roles).exclude(requested_by=user)

    def to_issue(self) -> Self:
        """Approved and not all of it issued."""
        waiting = RequisitionLine.objects.filter(issued__lt=F("approved")).values("requisition")
        return self.filter(state=RequestState.APPROVED, pk__in=waiting)

    def to_issue_by(self, user: Any) -> Self:
        """Of those, what lies in this person's store."""
        kept = RequisitionLine.objects.filter(
            issued__lt=F("approved"), material__in=Material.objects.kept_by(user)
        ).values("requisition")
        return self.filter(state=RequestState.APPROVED, pk__in=kept)

    def open(self) -> Self:
        """Neither decided against nor carried out."""
        return self.filter(state__in=[*OPEN_STATES, RequestState.APPROVED])


class Requisition(Request):
    """What somebody takes along, mostly to a visit; ``fulfilled`` when all is issued and its receipt confirmed."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="requisitions", verbose_name=_("campaign")
    )
    purpose = models.CharField(_("what for"), max_length=200)
    needed_at = models.DateTimeField(_("needed at"))
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("receiver")
    )
    # What it belongs to: "visits.visit:12"; that record's page shows it.
    source = models.CharField(max_length=80, blank=True, db_index=True)
    # Whom the rules name, frozen when it is handed in; empty where no rule names anybody.
    approver_role = models.CharField(
        _("approved by"), max_length=20, blank=True, choices=[(role.value, role.label) for role in DECIDERS]
    )

    objects = RequisitionQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("requisition")
        verbose_name_plural = _("requisitions")
        indexes = [models.Index(fields=["state", "needed_at"], name="requisition_queue")]

    def get_absolute_url(self) -> str:
        return reverse("materials:requisition", args=[self.pk])


class RequisitionLine(models.Model):
    """One material of a requisition: requested, approved (the approver may give less), issued so far."""

    requisition = models.ForeignKey(
        Requisition, models.CASCADE, related_name="lines", verbose_name=_("requisition")
    )
    material = models.ForeignKey(Material, models.PROTECT, related_name="+", verbose_name=_("material"))
    requested = models.PositiveIntegerField(_("requested"))
    approved = models.PositiveIntegerField(_("approved"), null=True, blank=True)
    issued = models.PositiveIntegerField(_("issued"), default=0)
    # The part of what is approved that is bound on the shelf now.
    reservation = models.OneToOneField(
        StockMove, models.PROTECT, null=True, blank=True, related_name="requisition_line"
    )

    class Meta:
        verbose_name = _("requisition row")
        verbose_name_plural = _("requisition rows")
        ordering = ["requisition", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["requisition", "material"],
                name="requisition_material_once",
                violation_error_message=_("Each material stands once on a requisition."),
            ),
            models.CheckConstraint(condition=Q(requested__gt=0), name="requisition_quantity_positive"),
            models.CheckConstraint(
                condition=Q(approved__isnull=True, issued=0) | Q(issued__lte=F("approved")),
                name="requisition_issued_at_most_approved",
                violation_error_message=_("More would be issued than was approved."),
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(approved__lte=F("requested")),
                name="requisition_approved_at_most_requested",
                violation_error_message=_("At most what was requested can be approved."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material} {self.requested}"

    @property
    def source(self) -> str:
        """The name of this row in the stock ledger and among the needs."""
        return f"materials.requisitionline:{self.pk}"

    @property
    def bound(self) -> int:
        """How many lie ready for it on the shelf."""
        return self.reservation.quantity if self.reservation else 0

    @property
    def may_take(self) -> int:
        """What can go over the counter now: its own and what nobody has reserved, at most what is approved."""
        return max(0, min(self.to_issue, self.bound + self.material.available))

    @property
    def short(self) -> int:
        """Approved, not issued and not there."""
        return self.to_issue - self.may_take

    @property
    def to_issue(self) -> int:
        """Approved and still in the store."""
        return (self.approved or 0) - self.issued


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(requisition__in=Requisition.objects.visible_to(user))

    def unconfirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=True)


class Handover(models.Model):
    """One issue over the counter: what was handed to whom; the receiver confirms it."""

    requisition = models.ForeignKey(
        Requisition, models.PROTECT, related_name="handovers", verbose_name=_("requisition")
    )
    number = models.PositiveSmallIntegerField(pgettext_lazy("handover", "number"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    note = models.CharField(_("note"), max_length=200, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("receipt confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("receipt confirmed at"), null=True, blank=True)
    # What the receiver found otherwise than written; whoever issued it is told.
    discrepancy = models.CharField(_("discrepancy"), max_length=200, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover of materials")
        verbose_name_plural = _("handovers of materials")
        ordering = ["requisition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["requisition", "number"], name="handover_number_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_by__isnull=False),
                name="handover_confirmed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["issued_at"], name="handover_unconfirmed", condition=Q(confirmed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.requisition} / {self.number}"


class HandoverLine(models.Model):
    """What of one row went over the counter, with its movement."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="lines", verbose_name=_("handover"))
    line = models.ForeignKey(RequisitionLine, models.PROTECT, related_name="handed", verbose_name=_("row"))
    quantity = models.PositiveIntegerField(_("quantity"))
    move = models.OneToOneField(StockMove, models.PROTECT, related_name="handover_line")

    class Meta:
        verbose_name = _("handed over")
        verbose_name_plural = _("handed over")

    def __str__(self) -> str:
        return f"{self.line.material} {self.quantity}"
