"""The ledger: append-only entries, numbered without gaps (R93, integrity rules 1–7)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..choices import EntryKind
from ..rules import NOTHING, Change
from .budgets import MONEY, Budget, BudgetLine


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(budget__in=Budget.objects.visible_to(user))

    def spending(self) -> Self:
        """Entries that change what is spent: 支出, 退回 and their reversals."""
        return self.exclude(spent_change=0)

    def open_commitments(self) -> Self:
        """Money promised and neither paid, released nor reversed."""
        return self.filter(kind=EntryKind.COMMIT).exclude(
            followers__kind__in=[EntryKind.SPEND, EntryKind.RELEASE, EntryKind.REVERSAL]
        )


class Entry(models.Model):
    """One line of the ledger: one budget line, one purpose. Never changed, never deleted: corrected by a reversal.

    ``amount`` is always more than zero; the three changes say what the entry does to its line, and the
    database adds them up there. ``about`` is the entry this one follows: the commitment it pays or
    releases, the payment it refunds, the entry it reverses. ``source`` names the business event, which
    posts at most once (``visits.travel_claim:17``).
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="entries", verbose_name=_("budget"))
    number = models.PositiveIntegerField(_("number"))
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="entries", verbose_name=_("budget line")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    amount = models.DecimalField(_("amount"), **MONEY)
    allowed_change = models.DecimalField(default=NOTHING, **MONEY)
    committed_change = models.DecimalField(default=NOTHING, **MONEY)
    spent_change = models.DecimalField(default=NOTHING, **MONEY)
    booked_on = models.DateField(_("booked on"))
    purpose = models.CharField(pgettext_lazy("budget", "purpose"), max_length=200)
    document = models.CharField(_("document"), max_length=80, blank=True)
    counterparty = models.CharField(_("counterparty"), max_length=100, blank=True)
    source = models.CharField(max_length=80, unique=True)
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("follows")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    at = models.DateTimeField(_("entered at"))

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["budget", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "number"], name="entry_number_once"),
            models.UniqueConstraint(
                fields=["about"],
                condition=Q(kind__in=[EntryKind.SPEND, EntryKind.RELEASE], about__isnull=False),
                name="commitment_closed_once",
                violation_error_message=_("This commitment has been paid or released already."),
            ),
            models.UniqueConstraint(
                fields=["about"],
                condition=Q(kind=EntryKind.REVERSAL),
                name="entry_reversed_once",
                violation_error_message=_("This entry has been reversed already."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
            models.CheckConstraint(
                condition=~Q(kind__in=[EntryKind.RELEASE, EntryKind.REFUND, EntryKind.REVERSAL])
                | Q(about__isnull=False),
                name="entry_follows_another",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.REVERSAL)
                | Q(
                    kind__in=[EntryKind.BUDGET, EntryKind.SUPPLEMENT],
                    allowed_change=F("amount"),
                    committed_change=0,
                    spent_change=0,
                )
                | (
                    Q(kind=EntryKind.TRANSFER, committed_change=0, spent_change=0)
                    & (Q(allowed_change=F("amount")) | Q(allowed_change=-F("amount")))
                )
                | Q(kind=EntryKind.COMMIT, allowed_change=0, committed_change=F("amount"), spent_change=0)
                | Q(kind=EntryKind.RELEASE, allowed_change=0, committed_change=-F("amount"), spent_change=0)
                | Q(kind=EntryKind.SPEND, allowed_change=0, committed_change__lte=0, spent_change=F("amount"))
                | Q(kind=EntryKind.REFUND, allowed_change=0, committed_change=0, spent_change=-F("amount")),
                name="entry_changes_follow_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["budget", "booked_on", "id"], name="entry_by_day"),
            models.Index(fields=["line", "booked_on", "id"], name="entry_by_line"),
            models.Index(fields=["budget", "amount", "id"], name="entry_by_amount"),
            # Holds all that the burn over time needs: the table itself is not read.
            models.Index(
                fields=["budget", "booked_on", "spent_change", "committed_change"], name="entry_burn"
            ),
            models.Index(fields=["budget", "kind", "booked_on", "id"], name="entry_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.number:04} {self.purpose}"

    def get_absolute_url(self) -> str:
        return reverse("budget:entry", args=[self.pk])

    @property
    def change(self) -> Change:
        """What the entry does to its line."""
        return Change(self.allowed_change, self.committed_change, self.spent_change)
