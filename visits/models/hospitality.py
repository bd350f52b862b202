"""公关招待: guests are asked for before and reported after (R87, practice 2.5 客户接待申请表、报告表)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from budget.choices import LimitAction
from budget.models import ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import terms

from .visits import Visit


class HospitalityRule(models.Model):
    """What guests may cost a head and when the report is due. One row, set by the director."""

    cap_per_head = models.DecimalField(
        _("most a head"), max_digits=8, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)], help_text=_("Yuan, guests and hosts together. Empty: no limit."),
    )  # fmt: skip
    over_cap = models.CharField(
        _("beyond it"), max_length=5, choices=LimitAction, default=LimitAction.WARN,
        help_text=_("Warn: it needs a reason. Block: it is refused."),
    )  # fmt: skip
    report_within_hours = models.PositiveSmallIntegerField(_("report within, hours"), default=24)

    class Meta:
        verbose_name = _("hospitality rule")
        verbose_name_plural = _("hospitality rules")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="hospitality_rule_is_one")]

    def __str__(self) -> str:
        return f"{self.cap_per_head or '—'}"


class HospitalityQuerySet(models.QuerySet["Hospitality"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(claim__in=ExpenseClaim.objects.visible_to(user))

    def report_missing(self) -> Self:
        """Approved, and nobody has said yet how it went."""
        return self.filter(claim__state=RequestState.APPROVED, reported_at__isnull=True)


class Hospitality(models.Model):
    """客户接待: who comes, when and where; ``claim`` holds the money and the decision.

    The claim's amount is the estimate until the report says what it came to.
    """

    claim = models.OneToOneField(
        ExpenseClaim, models.PROTECT, related_name="hospitality", verbose_name=_("expense claim")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="hospitalities", verbose_name=_("organisation")
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="hospitalities", verbose_name=_("visit")
    )
    guests = models.CharField(_("guests and their posts"), max_length=300)
    guest_count = models.PositiveSmallIntegerField(_("number of guests"))
    host_count = models.PositiveSmallIntegerField(_("number of hosts"), default=1)
    starts_at = models.DateTimeField(_("time"))
    place = models.CharField(_("place"), max_length=200)
    content = models.CharField(_("content"), max_length=300, help_text=_("A working meal, a tour, …"))
    over_cap_reason = models.CharField(_("why it costs more"), max_length=200, blank=True)

    result = models.CharField(_("result"), max_length=300, blank=True)
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("reported by"),
    )  # fmt: skip

    objects = HospitalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("hospitality")
        verbose_name_plural = _("hospitality")
        constraints = [
            models.CheckConstraint(condition=Q(guest_count__gte=1), name="hospitality_has_guests"),
            models.CheckConstraint(
                condition=Q(reported_at__isnull=True) | ~Q(result=""),
                name="hospitality_reported_has_result",
                violation_error_message=_("A report says what came of it."),
            ),
        ]
        indexes = [models.Index(fields=["reported_at", "starts_at"], name="hospitality_due")]

    def __str__(self) -> str:
        return f"{self.claim.code} {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("budget:claim", args=[self.claim_id])

    @property
    def heads(self) -> int:
        return self.guest_count + self.host_count

    @property
    def is_public_sector(self) -> bool:
        """The guests' organisation is under public-sector rules: marked on the card; the gate itself comes apart."""
        said = self.organisation.public_sector
        if said is not None:
            return said
        term = terms(TermList.ORG_TYPE).get(self.organisation.type)
        return bool(term and term.is_public_sector)

    def per_head(self, amount: Decimal) -> Decimal:
        """What so much is for each person, in yuan."""
        return (amount / self.heads).quantize(Decimal("0.01"))
