"""物料清单: what the campaign needs, by when, from whom (R61–R68, C16, C19, C21)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budget.models import BudgetLine
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.models import Inferable, Versioned
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department
from keyaccounts.vocabulary import queries as vocabulary
from keyaccounts.vocabulary.models import TermList

from ..choices import READERS, MaterialState

PRICE: dict[str, Any] = {"max_digits": 10, "decimal_places": 2}
DIGITAL = ("digital", "form")
DECISION = "task"
RETURNABLE = ("uniform", "device")


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.has_role(*READERS) else self.none()

    def kept_by(self, user: Any) -> Self:
        """Materials whose stock this person moves: the marketing centre's all, otherwise those of one's department."""
        if user.has_role(Role.MARKETING):
            return self
        if user.has_role(Role.ADMIN_CENTRE):
            return self.filter(department=user.department_id) if user.department_id else self.none()
        return self.none()

    def stocked(self) -> Self:
        """Things that can lie on a shelf: no decisions, nothing cancelled."""
        return self.exclude(category=DECISION).exclude(state=MaterialState.CANCELLED)


class Material(Versioned, Inferable):
    """One row of 物料清单, and its stock.

    ``number`` is the plan's and may have gaps (C21); empty means 清单未列: needed but not on the plan's list
    (C16). A decision item (事务项, R64) has no quantity and closes when its decision is published.
    ``on_hand`` and ``reserved`` are kept by the database itself from the movements (integrity rules 8, 9).
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="materials", verbose_name=_("campaign")
    )
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    name = models.CharField(pgettext_lazy("material", "name"), max_length=60)
    # Other names the plan and people use: 折页 is 项目折页. Plain texts.
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    category = models.CharField(_("material category"), max_length=30)
    quantity = models.PositiveIntegerField(_("quantity"), null=True, blank=True)
    kinds = models.PositiveSmallIntegerField(
        _("kinds"), default=1, help_text=_("1000 of each of 2 kinds are 2000.")
    )
    unit = models.CharField(_("unit"), max_length=10, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible department"),
    )
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MaterialState, default=MaterialState.PLANNED)
    ready_on = models.DateField(_("in since"), null=True, blank=True)
    decision = models.TextField(_("published decision"), blank=True)
    # Paid by a department and not from the plan's budget (C15), or charged to a line of it.
    is_charged = models.BooleanField(_("charged to the budget"), default=True)
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("budget line")
    )
    planned_price = models.DecimalField(
        _("unit price planned"),
        null=True,
        blank=True,
        help_text=_("Yuan; a dearer receipt asks why (C14)."),
        **PRICE,
    )
    low_level = models.PositiveIntegerField(_("low from"), null=True, blank=True)
    is_returnable = models.BooleanField(
        _("lent and given back"),
        default=False,
        help_text=_("Laptops, projectors, uniforms: out or back, with the person."),
    )
    on_hand = models.IntegerField(_("on hand"), default=0, editable=False)
    reserved = models.IntegerField(_("reserved"), default=0, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["campaign", F("number").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"],
                name="material_number_once",
                violation_error_message=_("The list already has a row with this number."),
            ),
            models.UniqueConstraint(
                fields=["campaign", "name"],
                name="material_name_once",
                violation_error_message=_("The campaign already has a material of this name."),
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="material_on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")),
                name="material_reserved_is_on_hand",
            ),
            models.CheckConstraint(condition=Q(kinds__gte=1), name="material_has_a_kind"),
            models.CheckConstraint(
                condition=~Q(category=DECISION) | Q(quantity__isnull=True),
                name="material_decision_has_no_quantity",
                violation_error_message=_("A decision has no quantity."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("materials:material", args=[self.pk])

    @property
    def total_quantity(self) -> int | None:
        """Quantity × kinds (R68); None where the plan gives none."""
        return None if self.quantity is None else self.quantity * self.kinds

    @property
    def available(self) -> int:
        """On hand and not reserved."""
        return self.on_hand - self.reserved

    @property
    def is_listed(self) -> bool:
        """Whether the plan's own list has it; the others are 清单未列 (C16)."""
        return self.number is not None

    @property
    def is_decision(self) -> bool:
        return self.category == DECISION

    @property
    def is_digital(self) -> bool:
        return self.category in DIGITAL

    @property
    def category_name(self) -> str:
        return vocabulary.label(TermList.MATERIAL_CATEGORY, self.category)


class MaterialFile(models.Model):
    """A version of a digital item (PPT, 样片, 调查表); the finalised one is what people use (R51)."""

    material = models.ForeignKey(Material, models.PROTECT, related_name="files", verbose_name=_("material"))
    number = models.PositiveSmallIntegerField(_("version"))
    file = models.FileField(_("file"), upload_to="materials/%Y/")
    name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveBigIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    is_final = models.BooleanField(_("final"), default=False)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finalised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file version")
        verbose_name_plural = _("file versions")
        ordering = ["material", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "number"], name="file_version_once"),
            models.UniqueConstraint(
                fields=["material"],
                condition=Q(is_final=True),
                name="one_final_file",
                violation_error_message=_("One version is the final one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"
