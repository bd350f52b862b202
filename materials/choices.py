"""The codes of materials and their movements."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.roles import Role

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING, Role.ADMIN_CENTRE)
"""Who sees what there is; a rep needs it to ask for it."""

WRITERS = (Role.MARKETING, Role.DIRECTOR)
"""Who draws up the list; stock is moved by its keepers."""

KEEPERS = (Role.MARKETING, Role.ADMIN_CENTRE)
"""Who moves stock: the marketing centre everything, the administration centre its own items (uniforms)."""


class MaterialState(TextChoices):
    """物料状态 (R51, R61)."""

    PLANNED = "planned", _("On the list")
    DRAFT = "draft", _("Being designed")
    FINAL = "final", _("Finalised")
    PRODUCING = "producing", _("Being made")
    PARTLY = "partly", _("Partly in")
    READY = "ready", pgettext_lazy("material", "In")
    CANCELLED = "cancelled", pgettext_lazy("material", "Cancelled")


class MoveKind(TextChoices):
    """物料流水类型 (R69); reserving and releasing move nothing but bind what is there."""

    RECEIPT = "in", _("Receipt")
    ISSUE = "issue", _("Issue")
    USE = "use_briefing", _("Used at a briefing")
    GIFT = "gift", _("Gift")
    RETURN = "return", pgettext_lazy("stock", "Return")
    SCRAP = "scrap", _("Scrapped")
    ADJUST = "adjust", _("Stocktake adjustment")
    RESERVE = "reserve", _("Reserved")
    RELEASE = "release", _("Reservation released")


OUTGOING = (MoveKind.ISSUE, MoveKind.USE, MoveKind.GIFT, MoveKind.SCRAP)
BINDING = (MoveKind.RESERVE, MoveKind.RELEASE)


class KitUse(TextChoices):
    VISIT = "visit", _("Visit")
    BRIEFING = "briefing", _("Product briefing")


class Scale(TextChoices):
    """How a kit's quantity follows the number of people (R132, C25)."""

    FIXED = "fixed", _("Always as many")
    PER_HEAD = "per_head", _("In step with the people")


class StocktakeState(TextChoices):
    OPEN = "open", _("Being counted")
    CLOSED = "closed", pgettext_lazy("stocktake", "Closed")
