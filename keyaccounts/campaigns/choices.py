"""States of a campaign, its phases and work items."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CampaignState(TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Running")
    CLOSED = "closed", _("Closed")


class PhaseState(TextChoices):
    """Computed from the dates and the day, never stored."""

    UPCOMING = "upcoming", _("Not yet begun")
    ACTIVE = "active", _("Under way")
    ENDING = "ending", _("Ending soon")
    ENDED = "ended", _("Ended")


class WorkState(TextChoices):
    """What is stored; 已逾期 and 逾期完成 are computed from the due date (``rules.shown_state``)."""

    TODO = "todo", _("To do")
    DOING = "doing", _("Under way")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
