"""补充费用 and 调剂: the two ways a line gets more money, each by an approved request (R91, R92)."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.models import Request, RequestQuerySet

from ..choices import READERS
from .budgets import MONEY, Budget, BudgetLine
from .ledger import Entry


class MoneyRequestQuerySet(RequestQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Who reads the budget: all; everybody else: their own."""
        return self if user.has_role(*READERS) else self.filter(requested_by=user)


class Supplement(Request):
    """补充费用报告: extra money for a line, asked for in writing (R92). The original amount never changes."""

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="supplements", verbose_name=_("budget"))
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="supplements", verbose_name=_("budget line")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    reason = models.TextField(_("reason"))
    needed_on = models.DateField(_("needed on"))
    # As they stood when it was asked for: what the report says stays true.
    left_amount = models.DecimalField(_("left at the request"), **MONEY)
    # What was refused for want of money and waits for this: "budget.expenseclaim:17".
    source = models.CharField(max_length=80, blank=True)
    entry = models.OneToOneField(
        Entry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplement",
        verbose_name=_("ledger entry"),
    )

    objects = MoneyRequestQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("supplement report")
        verbose_name_plural = _("supplement reports")
        constraints = [
            *Request.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gt=0), name="supplement_amount_positive"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("budget:supplement", args=[self.pk])


class Transfer(Request):
    """调剂: money moved from one line to another; nothing else moves it (R91)."""

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="transfers", verbose_name=_("budget"))
    from_line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="transfers_out", verbose_name=_("from line")
    )
    to_line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="transfers_in", verbose_name=_("to line")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    reason = models.TextField(_("reason"))
    from_left_amount = models.DecimalField(_("left on the giving line"), **MONEY)
    to_left_amount = models.DecimalField(_("left on the receiving line"), **MONEY)
    source = models.CharField(max_length=80, blank=True)
    out_entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="transfer_out"
    )
    in_entry = models.OneToOneField(Entry, models.PROTECT, null=True, blank=True, related_name="transfer_in")

    objects = MoneyRequestQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            *Request.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(from_line=F("to_line")),
                name="transfer_between_two_lines",
                violation_error_message=_("A transfer goes from one line to another."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("budget:transfer", args=[self.pk])
