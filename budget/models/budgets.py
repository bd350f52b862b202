"""The budget of a campaign: a tree of lines whose leaves hold the money (R80–R91)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.models import Inferable, Versioned

from ..choices import READERS, BudgetState, LimitAction
from ..rules import NOTHING, Balance

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class BudgetQuerySet(models.QuerySet["Budget"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.has_role(*READERS) else self.none()

    def current(self) -> Budget | None:
        """The budget of the running campaign."""
        campaign = Campaign.objects.current()
        return self.filter(campaign=campaign).first() if campaign else None


class Budget(Versioned):
    """专款专用: the earmarked money of one campaign (R90, R91).

    ``stated_amount`` is the total the plan states (52,000 yuan); what the lines add up to may differ until
    somebody resolves it, and money on no line can be spent by nobody.
    """

    campaign = models.OneToOneField(
        Campaign, models.PROTECT, related_name="budget", verbose_name=_("campaign")
    )
    stated_amount = models.DecimalField(_("total in the plan"), **MONEY)
    state = models.CharField(_("state"), max_length=10, choices=BudgetState, default=BudgetState.DRAFT)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("drawn up by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    # The ledger's end: entry numbers have no gaps because this row is locked while one is given.
    last_number = models.PositiveIntegerField(default=0, editable=False)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=BudgetState.DRAFT) | Q(approved_at__isnull=False),
                name="budget_in_force_is_approved",
            )
        ]

    def __str__(self) -> str:
        return str(self.campaign)

    def get_absolute_url(self) -> str:
        return reverse("budget:budget", args=[self.pk])


class BudgetLineQuerySet(models.QuerySet["BudgetLine"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(budget__in=Budget.objects.visible_to(user))

    def spendable(self) -> Self:
        """Lines that take entries: leaves of a budget in force that nobody has closed."""
        return self.filter(budget__state=BudgetState.APPROVED, is_group=False, is_closed=False)


class BudgetLine(Versioned, Inferable):
    """One line of the budget (科目); a group holds none but adds up those below it.

    The three balance columns are kept by the database itself from the ledger's entries, and the check
    constraint on them is what stops the last yuan from being spent twice (integrity rules 2 and 5).
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="lines", verbose_name=_("budget"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    number = models.CharField(_("number"), max_length=10)
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    category = models.CharField(_("budget category"), max_length=30, blank=True)
    name = models.CharField(_("name"), max_length=100)
    is_group = models.BooleanField(_("group"), default=False)
    # Only a leaf's: empty is "not assigned yet", which is not zero: nobody spends from it.
    original_amount = models.DecimalField(_("original amount"), null=True, blank=True, **MONEY)
    # Only a group's: the sum the plan states for it, against which its leaves are checked (R81).
    stated_amount = models.DecimalField(_("amount in the plan"), null=True, blank=True, **MONEY)
    is_closed = models.BooleanField(
        _("closed"), default=False, help_text=_("Nothing may be spent from this line.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    allowed_amount = models.DecimalField(default=NOTHING, editable=False, **MONEY)
    committed_amount = models.DecimalField(default=NOTHING, editable=False, **MONEY)
    spent_amount = models.DecimalField(default=NOTHING, editable=False, **MONEY)

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["budget", "position", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "number"],
                name="budget_line_number_once",
                violation_error_message=_("The budget already has a line with this number."),
            ),
            models.UniqueConstraint(
                fields=["budget", "category"],
                condition=~Q(category=""),
                name="budget_line_category_once",
                violation_error_message=_("The budget already has a line of this category."),
            ),
            models.CheckConstraint(
                condition=Q(original_amount__isnull=True) | Q(original_amount__gte=0, is_group=False),
                name="budget_line_original_on_leaf",
                violation_error_message=_("Only a line without parts has an amount of its own."),
            ),
            models.CheckConstraint(
                condition=Q(allowed_amount__gte=0, committed_amount__gte=0, spent_amount__gte=0),
                name="budget_line_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    allowed_amount__gte=Round(F("committed_amount") + F("spent_amount"), precision=2)
                ),
                name="budget_line_within_allowed",
                violation_error_message=_("More would be spent and committed than the line allows."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("budget:line", args=[self.pk])

    @property
    def balance(self) -> Balance:
        """How this one line stands (a group's is the sum of its leaves: ``queries.tree``)."""
        return Balance(self.allowed_amount, self.committed_amount, self.spent_amount)


class BudgetLimit(models.Model):
    """Warn at 80 %, block at 100 %: data, for one line or, without one, for every line without its own."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="limits", verbose_name=_("budget"))
    line = models.ForeignKey(
        BudgetLine,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="limits",
        verbose_name=_("budget line"),
        help_text=_("Empty: every line that has no limit of its own."),
    )
    percent = models.PositiveSmallIntegerField(
        _("percent used"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    action = models.CharField(_("what happens"), max_length=5, choices=LimitAction)

    class Meta:
        verbose_name = _("budget limit")
        verbose_name_plural = _("budget limits")
        ordering = ["budget", "line", "percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "action"],
                name="budget_limit_once_per_line",
                violation_error_message=_("This line has such a limit already."),
            ),
            models.UniqueConstraint(
                fields=["budget", "action"],
                condition=Q(line__isnull=True),
                name="budget_limit_once",
                violation_error_message=_("This limit is there already."),
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="budget_limit_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % {self.get_action_display()}"


class Estimate(models.Model):
    """Money that somebody expects to need from a line but nobody has promised yet: a claim that waits, a list item.

    ``source`` names what expects it (``materials.material:6``); saying it again replaces it.
    """

    line = models.ForeignKey(
        BudgetLine, models.PROTECT, related_name="estimates", verbose_name=_("budget line")
    )
    source = models.CharField(max_length=80, unique=True)
    label = models.CharField(_("what for"), max_length=200)
    url = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(_("amount"), **MONEY)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=Decimal(0)), name="estimate_not_negative")
        ]

    def __str__(self) -> str:
        return self.label
