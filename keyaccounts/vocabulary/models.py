"""Choice lists as rows: seeded from the plan, renamed, hidden and added to in the admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TermList(models.TextChoices):
    ORG_TYPE = "org_type", _("Organisation type")
    INDUSTRY = "industry", _("Industry")
    DISTRICT = "district", _("District")
    CONTACT_POSITION = "contact_position", _("Contact position")
    CONTACT_ROLE = "contact_role", _("Role in the decision")
    CONTACT_CHANNEL = "contact_channel", _("Contact channel")
    ORG_SOURCE = "org_source", _("Where an organisation came from")
    VISIT_KIND = "visit_kind", _("Visit kind")
    VISIT_OUTCOME = "visit_outcome", _("Visit outcome")
    GIFT_DEMAND = "gift_demand", _("What gifts are needed for")
    PURCHASE_MODE = "purchase_mode", _("Way of purchasing")
    PROMOTION_METHOD = "promotion_method", _("Promotion method")
    PROMO_PLACE = "promo_place", _("Promotion place")
    FESTIVAL = "festival", _("Festival")
    MEETING_TIME = "meeting_time", _("When staff assemble")
    LOSS_REASON = "loss_reason", _("Reason for dropping")
    PARK_REASON = "park_reason", _("Reason for parking")
    VEHICLE_RESULT = "vehicle_result", _("Way of travelling")
    RETURN_REASON = "return_reason", _("Reason for returning a report")
    INCOME_BAND = "income_band", _("Average yearly income")
    MATERIAL_CATEGORY = "material_category", _("Material category")
    LEDGER_CATEGORY = "ledger_category", _("Budget category")
    DECISION_REASON = "decision_reason", _("Reason for returning a request")
    VEHICLE_REFUSAL = "vehicle_refusal", _("Reason for refusing a vehicle")


class Term(models.Model):
    """One choice. ``code`` is what records keep and never changes; ``label`` is what people read.

    ``is_eligible_key`` (contact_position): may be a key contact (R8). ``is_public_sector``
    (org_type): public-sector rules apply unless the organisation says otherwise.
    """

    list = models.CharField(_("list"), max_length=30, choices=TermList)
    code = models.CharField(_("code"), max_length=30)
    label = models.CharField(_("label"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    is_hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("No longer offered; old records keep it.")
    )
    is_eligible_key = models.BooleanField(_("may be key contact"), default=False)
    is_public_sector = models.BooleanField(_("public sector"), default=False)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["list", "position", "code"]
        constraints = [models.UniqueConstraint(fields=["list", "code"], name="term_code_once_per_list")]

    def __str__(self) -> str:
        return self.label
