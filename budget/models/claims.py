"""报销: money somebody has laid out, or asks to spend on guests, with its receipts (R72, R87, R88)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePath
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.approvals.models import Request
from keyaccounts.common.roles import Role

from ..choices import APPROVERS, WRITERS, ClaimKind
from .budgets import MONEY, Budget, BudgetLine
from .ledger import Entry
from .requests import MoneyRequestQuerySet

APPROVER_ROLES = [(role.value, role.label) for role in APPROVERS]


class ClaimRule(models.Model):
    """How claims of one kind are handled, set by the director: the line they go to, who decides, what they need."""

    kind = models.CharField(_("kind"), max_length=12, choices=ClaimKind, unique=True)
    category = models.CharField(
        _("budget category"), max_length=30, blank=True, help_text=_("Empty: the claimant chooses the line.")
    )
    approver_role = models.CharField(
        _("who decides"), max_length=20, choices=APPROVER_ROLES, default=Role.DIRECTOR.value
    )
    is_receipt_needed = models.BooleanField(_("receipt needed"), default=True)
    remind_after_days = models.PositiveSmallIntegerField(_("reminder of payment after, days"), default=3)

    class Meta:
        verbose_name = _("claim rule")
        verbose_name_plural = _("claim rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_kind_display()


DEFAULTS: dict[str, dict[str, Any]] = {
    ClaimKind.TRANSPORT: {"category": "transport", "is_receipt_needed": False},
    ClaimKind.HOSPITALITY: {"category": "hospitality", "is_receipt_needed": False},
    ClaimKind.OTHER: {},
}


def claim_rule(kind: str) -> ClaimRule:
    """The rule of a kind of claim; the director decides until somebody sets otherwise."""
    return ClaimRule.objects.filter(kind=kind).first() or ClaimRule(kind=kind, **DEFAULTS[kind])


# Approved, and then it came to more: the difference waits for a decision.
GROWN = Q(state=RequestState.APPROVED, actual_amount__gt=F("approved_amount"))


class ClaimQuerySet(MoneyRequestQuerySet):
    def to_decide_by(self, user: Any) -> Self:
        """Waiting for this person: of a kind whose rule names a role of theirs, or grown beyond its approval."""
        rules = ClaimRule.objects.all()
        mine = Q(kind__in=rules.filter(approver_role__in=list(user.roles)).values("kind"))
        if user.has_role(Role.DIRECTOR):
            mine |= ~Q(kind__in=rules.values("kind"))
        return self.filter(mine, Q(state=RequestState.PENDING) | GROWN).exclude(requested_by=user)

    def to_pay(self) -> Self:
        """Approved, settled where the kind asks for it, and not paid."""
        return (
            self.filter(state=RequestState.APPROVED)
            .exclude(GROWN)
            .exclude(kind=ClaimKind.HOSPITALITY, actual_amount__isnull=True)
        )

    def to_pay_by(self, user: Any) -> Self:
        """Payable claims of others, for those who pay."""
        return self.to_pay().exclude(requested_by=user) if user.has_role(*WRITERS) else self.none()


class ExpenseClaim(Request):
    """报销单: approved, its amount is committed; paid (``fulfilled``), the ledger holds it.

    ``source`` names what it belongs to (``visits.visit:12``); the app of that record keeps the key to the claim.
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="claims", verbose_name=_("budget"))
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="claims", verbose_name=_("budget line"))
    kind = models.CharField(_("kind"), max_length=12, choices=ClaimKind)
    claimed_amount = models.DecimalField(_("amount claimed"), **MONEY)
    approved_amount = models.DecimalField(_("amount approved"), null=True, blank=True, **MONEY)
    # What it came to, when that is known only after the approval (hospitality: the report tells).
    actual_amount = models.DecimalField(_("actual amount"), null=True, blank=True, **MONEY)
    spent_on = models.DateField(_("day of the expense"))
    purpose = models.CharField(pgettext_lazy("budget", "purpose"), max_length=200)
    counterparty = models.CharField(_("paid to"), max_length=100, blank=True)
    document = models.CharField(_("invoice number"), max_length=80, blank=True)
    # Said when another claim of the same person, day, amount and line is there already.
    duplicate_reason = models.CharField(_("why it is not the same"), max_length=200, blank=True)
    source = models.CharField(max_length=80, blank=True, db_index=True)
    commitment = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="claim_committed"
    )
    payment = models.OneToOneField(Entry, models.PROTECT, null=True, blank=True, related_name="claim_paid")

    objects = ClaimQuerySet.as_manager()

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
                condition=Q(actual_amount__isnull=True) | Q(actual_amount__gt=0), name="claim_actual_positive"
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

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """A claim that is carried out is paid; the other states read as every request's do."""
        if self.state == RequestState.FULFILLED:
            return pgettext("claim", "Paid")
        return str(RequestState(self.state).label)

    @property
    def has_grown(self) -> bool:
        """It came to more than was approved."""
        return bool(self.actual_amount and self.approved_amount and self.actual_amount > self.approved_amount)

    @property
    def grown_by(self) -> Decimal:
        """How much more it came to than was approved, in yuan."""
        return (self.actual_amount or Decimal(0)) - (self.approved_amount or Decimal(0))

    @property
    def payable_amount(self) -> Decimal:
        """What a payment would pay, in yuan."""
        return self.actual_amount or self.approved_amount or self.claimed_amount

    @property
    def source_name(self) -> str:
        """What this claim is called where a lower row names it."""
        return f"budget.expenseclaim:{self.pk}"


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
