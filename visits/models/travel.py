"""交通费用: journeys made without a company vehicle, and the rules for claiming them (R72, R88)."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budget.choices import LimitAction
from budget.models import ExpenseClaim
from keyaccounts.vocabulary.queries import label

from .visits import Visit


class TravelRule(models.Model):
    """What may be claimed for one way of travelling, set by the director (R72)."""

    mode = models.CharField(_("way of travelling"), max_length=30, unique=True)
    is_allowed = models.BooleanField(_("may be claimed"), default=True)
    is_refusal_needed = models.BooleanField(_("only when no company vehicle was to be had"), default=False)
    cap_per_trip = models.DecimalField(
        _("most for one visit"), max_digits=8, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)], help_text=_("Yuan, there and back. Empty: no limit."),
    )  # fmt: skip
    over_cap = models.CharField(
        _("beyond it"), max_length=5, choices=LimitAction, default=LimitAction.WARN,
        help_text=_("Warn: it needs a reason. Block: it is refused."),
    )  # fmt: skip
    is_receipt_needed = models.BooleanField(_("receipt needed"), default=True)

    class Meta:
        verbose_name = _("travel rule")
        verbose_name_plural = _("travel rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return label("vehicle_result", self.mode)


class TravelClaimQuerySet(models.QuerySet["TravelClaim"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(claim__in=ExpenseClaim.objects.visible_to(user))


class TravelClaim(models.Model):
    """The journeys behind an expense claim: to which visits, and how. Several visits of a person may share one."""

    claim = models.OneToOneField(
        ExpenseClaim, models.PROTECT, related_name="travel", verbose_name=_("expense claim")
    )
    mode = models.CharField(_("way of travelling"), max_length=30)
    visits = models.ManyToManyField(Visit, related_name="travel_claims", verbose_name=_("visits"))
    over_cap_reason = models.CharField(_("why it cost more"), max_length=200, blank=True)

    objects = TravelClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("travel claim")
        verbose_name_plural = _("travel claims")
        constraints = [models.CheckConstraint(condition=~Q(mode=""), name="travel_claim_has_mode")]

    def __str__(self) -> str:
        return str(self.claim)
