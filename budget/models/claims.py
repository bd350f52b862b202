"""报销: money somebody has laid out, or asks to spend on guests, with its receipts (R72, R87, R88)."""

from __future__ import annotations

from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.models import Request

from ..choices import ClaimKind
from .budgets import MONEY, Budget, BudgetLine
from .ledger import Entry
from .requests import MoneyRequestQuerySet


class ExpenseClaim(Request):
    """报销单: approved, its amount is committed; paid (``fulfilled``), the ledger holds it.

    ``source`` names what it belongs to (``visits.visit:12``); the app of that record keeps the key to the claim.
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="claims", verbose_name=_("budget"))
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="claims", verbose_name=_("budget line"))
    kind = models.CharField(_("kind"), max_length=12, choices=ClaimKind)
    claimed_amount = models.DecimalField(_("amount claimed"), **MONEY)
    approved_amount = models.DecimalField(_("amount approved"), null=True, blank=True, **MONEY)
    spent_on = models.DateField(_("day of the expense"))
    purpose = models.CharField(_("purpose"), max_length=200)
    counterparty = models.CharField(_("paid to"), max_length=100, blank=True)
    document = models.CharField(_("invoice number"), max_length=80, blank=True)
    # Said when another claim of the same person, day, amount and line is there already.
    duplicate_reason = models.CharField(_("why it is not the same"), max_length=200, blank=True)
    source = models.CharField(max_length=80, blank=True, db_index=True)
    commitment = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="claim_committed"
    )
    payment = models.OneToOneField(Entry, models.PROTECT, null=True, blank=True, related_name="claim_paid")

    objects = MoneyRequestQuerySet.as_manager()

    class Meta(Request.Meta):
        verbose_name = _("expense claim")
        verbose_name_plural = _("expense claims")
        constraints = [
            *Request.Meta.constraints,
            models.CheckConstraint(condition=Q(claimed_amount__gt=0), name="claim_amount_positive"),
            models.CheckConstraint(
                condition=Q(approved_amount__isnull=True)
                | Q(approved_amount__gt=0, approved_amount__lte=F("claimed_amount")),
                name="claim_approved_at_most_claimed",
                violation_error_message=_("At most what was claimed can be approved."),
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.FULFILLED, payment__isnull=False)
                | (~Q(state=RequestState.FULFILLED) & Q(payment__isnull=True)),
                name="claim_paid_has_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["requested_by", "spent_on"], name="claim_person_day"),
            models.Index(fields=["state", "requested_at"], name="claim_state"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("budget:claim", args=[self.pk])


class Receipt(models.Model):
    """A receipt of a claim: a photo, shrunk and without its place, or a PDF."""

    claim = models.ForeignKey(
        ExpenseClaim, models.PROTECT, related_name="receipts", verbose_name=_("expense claim")
    )
    file = models.FileField(_("receipt"), upload_to="receipts/%Y/%m/")
    name = models.CharField(_("file name"), max_length=150)
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "digest"],
                name="receipt_once_per_claim",
                violation_error_message=_("This receipt is already there."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pdf(self) -> bool:
        return PurePath(self.file.name or "").suffix.lower() == ".pdf"
