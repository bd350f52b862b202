"""Kits as templates, scaled by heads and editable (R131–R139)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.models import Inferable, Versioned

from ..choices import KitUse, Scale


class Kit(Versioned):
    """A set of materials that goes along: to a visit, or 宣传物料(每次) to a briefing."""

    name = models.CharField(pgettext_lazy("kit", "name"), max_length=60, unique=True)
    use = models.CharField(_("for"), max_length=10, choices=KitUse)
    people = models.PositiveSmallIntegerField(
        _("for so many people"),
        default=30,
        help_text=_("The quantities below are for this number of people."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kit")
        verbose_name_plural = _("kits")
        ordering = ["use", "pk"]
        constraints = [models.CheckConstraint(condition=Q(people__gte=1), name="kit_for_somebody")]

    def __str__(self) -> str:
        return self.name


class KitLine(Inferable):
    """One row of a kit. ``name`` finds the campaign's material by its name or another name of it (C16)."""

    kit = models.ForeignKey(Kit, models.CASCADE, related_name="lines", verbose_name=_("kit"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("material"), max_length=60)
    quantity = models.PositiveIntegerField(
        _("quantity"),
        null=True,
        blank=True,
        help_text=_("Empty: 若干, one a head. 0: offered, taken along where somebody wishes it."),
    )
    unit = models.CharField(_("unit"), max_length=10, blank=True)
    scale = models.CharField(_("quantity follows"), max_length=10, choices=Scale, default=Scale.PER_HEAD)
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("kit row")
        verbose_name_plural = _("kit rows")
        ordering = ["kit", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kit", "number"],
                name="kit_row_once",
                violation_error_message=_("The kit already has a row with this number."),
            )
        ]

    def __str__(self) -> str:
        return self.name
