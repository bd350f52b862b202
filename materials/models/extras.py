"""补充物料报告: materials the list does not have, or has too few of, asked for in writing (R70)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from budget.models import BudgetLine, Entry
from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.models import Request, RequestQuerySet
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department

from .items import PRICE, Material
from .requisitions import DECIDERS

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class MaterialExtraQuerySet(RequestQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Who supplies or decides: all; everybody else: their own."""
        return self if user.has_role(*DECIDERS) else self.filter(requested_by=user)

    def decidable_by(self, user: Any) -> Self:
        """The director decides about the plan's money, a department about its own (C15); never the requester."""
        mine = Q(pk__in=[])
        if user.has_role(Role.DIRECTOR):
            mine |= Q(is_charged=True)
        if user.department_id and user.has_role(*DECIDERS):
            mine |= Q(is_charged=False, department=user.department_id)
        return self.pending().filter(mine).exclude(requested_by=user)

    def awaited(self) -> Self:
        """Approved and not all of it received."""
        return self.filter(state=RequestState.APPROVED)


class MaterialExtra(Request):
    """A written report: items, reason, cost, line, day needed. Approved, its cost is committed and the rows join the list."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="material_extras", verbose_name=_("campaign")
    )
    reason = models.TextField(_("reason"))
    needed_on = models.DateField(_("needed on"))
    # Not charged to the plan: a department pays (C15), and decides.
    is_charged = models.BooleanField(_("charged to the budget"), default=True)
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("budget line")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department that pays"),
    )
    # What it costs together, in yuan; the report may know it without a price for each item.
    amount = models.DecimalField(_("expected cost"), null=True, blank=True, **MONEY)
    source = models.CharField(max_length=80, blank=True, db_index=True)
    # Its promise in the ledger; the receipt of the goods pays from it.
    commitment = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="material_extra"
    )

    objects = MaterialExtraQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("supplement of materials")
        verbose_name_plural = _("supplements of materials")
        constraints = [
            *Request.Meta.constraints,
            models.CheckConstraint(
                condition=Q(is_charged=True, department__isnull=True)
                | Q(is_charged=False, line__isnull=True),
                name="material_extra_paid_by_one",
                violation_error_message=_("Either a budget line pays, or a department."),
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="material_extra_cost_not_negative"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("materials:extra", args=[self.pk])


class MaterialExtraLine(models.Model):
    """One item asked for; ``material`` is the row of the list it belongs to, made when it is approved if need be."""

    extra = models.ForeignKey(
        MaterialExtra, models.CASCADE, related_name="lines", verbose_name=_("supplement of materials")
    )
    material = models.ForeignKey(
        Material, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("material")
    )
    name = models.CharField(_("item"), max_length=60)
    category = models.CharField(_("material category"), max_length=30)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=10)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, **PRICE)
    # How many there were when it was asked for.
    on_hand = models.IntegerField(_("on hand at the request"), default=0)

    class Meta:
        verbose_name = _("item asked for")
        verbose_name_plural = _("items asked for")
        ordering = ["extra", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="material_extra_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.quantity}{self.unit}"

    @property
    def amount(self) -> Decimal:
        """Quantity × unit price in yuan; zero while the price is not known."""
        return self.quantity * (self.unit_price or Decimal(0))
