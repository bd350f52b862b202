"""Stock: append-only movements, loans, needs and stocktakes (R69, integrity rules 8–10)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from budget.models import Entry
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.models import Versioned
from keyaccounts.common.roles import Role

from ..choices import BINDING, KEEPERS, OUTGOING, MoveKind, StocktakeState
from ..rules import Change
from .items import PRICE, Material


class StockMoveQuerySet(models.QuerySet["StockMove"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(material__in=Material.objects.visible_to(user))

    def physical(self) -> Self:
        """Movements of things; without reserving and releasing."""
        return self.exclude(kind__in=BINDING)

    def open_reservations(self) -> Self:
        """Reserved and neither issued nor released."""
        return self.filter(kind=MoveKind.RESERVE, followers__isnull=True)


class StockMove(models.Model):
    """One movement of one material. Never changed, never deleted.

    ``quantity`` is always more than zero; the two changes say what it does to the material, and the database
    adds them up there. ``about`` is the reservation that it consumes or releases, or the issue it returns
    from. ``unit_cost`` (yuan) is frozen when the movement is made. ``source`` names the business event, which
    moves stock at most once.
    """

    material = models.ForeignKey(Material, models.PROTECT, related_name="moves", verbose_name=_("material"))
    kind = models.CharField(_("kind"), max_length=12, choices=MoveKind)
    quantity = models.PositiveIntegerField(_("quantity"))
    on_hand_change = models.IntegerField(default=0)
    reserved_change = models.IntegerField(default=0)
    moved_on = models.DateField(_("date"))
    unit_cost = models.DecimalField(_("unit cost"), null=True, blank=True, **PRICE)
    document = models.CharField(_("document"), max_length=80, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handed to or by"),
    )
    counterparty = models.CharField(_("counterparty"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(max_length=80, unique=True)
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("follows")
    )
    entry = models.OneToOneField(
        Entry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stock_move",
        verbose_name=_("ledger entry"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    at = models.DateTimeField(_("entered at"))

    objects = StockMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-moved_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="move_quantity_positive"),
            models.UniqueConstraint(
                fields=["about"],
                condition=Q(kind__in=[*OUTGOING, MoveKind.RELEASE], about__isnull=False),
                name="reservation_closed_once",
                violation_error_message=_("This reservation has been issued or released already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[MoveKind.RECEIPT, MoveKind.RETURN],
                    on_hand_change=F("quantity"),
                    reserved_change=0,
                )
                | Q(kind__in=OUTGOING, on_hand_change=-F("quantity"), reserved_change__lte=0)
                | (
                    Q(kind=MoveKind.ADJUST, reserved_change=0)
                    & (Q(on_hand_change=F("quantity")) | Q(on_hand_change=-F("quantity")))
                )
                | Q(kind=MoveKind.RESERVE, on_hand_change=0, reserved_change=F("quantity"))
                | Q(kind=MoveKind.RELEASE, on_hand_change=0, reserved_change=-F("quantity")),
                name="move_changes_follow_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[MoveKind.ADJUST, MoveKind.SCRAP]) | ~Q(reason=""),
                name="move_correction_has_reason",
                violation_error_message=_("Say why: the difference is explained."),
            ),
        ]
        indexes = [
            models.Index(fields=["moved_on", "id"], name="move_by_day"),
            models.Index(fields=["material", "moved_on", "id"], name="move_by_material"),
            models.Index(fields=["kind", "moved_on", "id"], name="move_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.material} {self.get_kind_display()} {self.quantity}"

    @property
    def change(self) -> Change:
        """What the movement does to its material."""
        return Change(self.on_hand_change, self.reserved_change)


class LoanQuerySet(models.QuerySet["Loan"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(material__in=Material.objects.visible_to(user))

    def out(self) -> Self:
        return self.filter(back_move__isnull=True)


class Loan(models.Model):
    """One laptop, projector or uniform with a person: out until its return is moved, then back, never both."""

    material = models.ForeignKey(Material, models.PROTECT, related_name="loans", verbose_name=_("material"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="loans", verbose_name=_("with")
    )
    out_move = models.ForeignKey(StockMove, models.PROTECT, related_name="loans_out")
    out_on = models.DateField(_("out since"))
    due_back_on = models.DateField(_("due back"), null=True, blank=True)
    back_move = models.ForeignKey(StockMove, models.PROTECT, null=True, blank=True, related_name="loans_back")
    back_on = models.DateField(_("back on"), null=True, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering = ["-out_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(back_move__isnull=True, back_on__isnull=True)
                | Q(back_move__isnull=False, back_on__gte=F("out_on")),
                name="loan_out_or_back",
            )
        ]
        indexes = [models.Index(fields=["holder", "back_on"], name="loan_holder")]

    def __str__(self) -> str:
        return f"{self.material} {self.holder}"


class Need(models.Model):
    """So many of a material are needed by a day: an approved requisition not yet issued, later a briefing.

    ``source`` names what needs it; saying it again replaces it, and it goes when it is met.
    """

    material = models.ForeignKey(Material, models.CASCADE, related_name="needs", verbose_name=_("material"))
    quantity = models.PositiveIntegerField(_("quantity"))
    needed_on = models.DateField(_("needed on"))
    label = models.CharField(_("what for"), max_length=200)
    url = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["needed_on", "pk"]

    def __str__(self) -> str:
        return f"{self.material} {self.quantity}"


class StocktakeQuerySet(models.QuerySet["Stocktake"]):
    def visible_to(self, user: Any) -> Self:
        """Who keeps the store or decides about it."""
        return self if user.has_role(*KEEPERS, Role.DIRECTOR) else self.none()


class Stocktake(Versioned):
    """盘点: what is counted on the shelf against what the movements say; differences become adjustments."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="stocktakes", verbose_name=_("campaign")
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    on = models.DateField(_("date"))
    state = models.CharField(_("state"), max_length=10, choices=StocktakeState, default=StocktakeState.OPEN)
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("begun by")
    )
    begun_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StocktakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(state=StocktakeState.OPEN),
                name="one_open_stocktake",
                violation_error_message=_("A stocktake is open already."),
            )
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("materials:stocktake", args=[self.pk])


class StocktakeLine(models.Model):
    """One material counted: ``expected`` is what the movements said at that moment."""

    stocktake = models.ForeignKey(
        Stocktake, models.CASCADE, related_name="lines", verbose_name=_("stocktake")
    )
    material = models.ForeignKey(Material, models.PROTECT, related_name="+", verbose_name=_("material"))
    expected = models.IntegerField(_("expected"))
    counted = models.PositiveIntegerField(_("counted"))
    reason = models.CharField(_("reason for the difference"), max_length=200, blank=True)
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    counted_at = models.DateTimeField(default=timezone.now)
    move = models.OneToOneField(
        StockMove, models.PROTECT, null=True, blank=True, related_name="stocktake_line"
    )

    class Meta:
        verbose_name = _("counted material")
        verbose_name_plural = _("counted materials")
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "material"], name="stocktake_material_once")
        ]

    def __str__(self) -> str:
        return f"{self.material} {self.counted}"

    @property
    def difference(self) -> int:
        return self.counted - self.expected
