"""States of a campaign, its phases and work items."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.roles import Role

WRITERS = (Role.DIRECTOR, Role.MARKETING)
"""Who writes campaigns, phases and work items; others read and tick what is theirs (roles)."""


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


class ShownState(TextChoices):
    """What is shown: the stored state, or what the dates make of it."""

    TODO = "todo", _("To do")
    DOING = "doing", _("Under way")
    OVERDUE = "overdue", _("Overdue")
    DONE = "done", _("Done")
    LATE_DONE = "late_done", _("Done late")
    CANCELLED = "cancelled", _("Cancelled")


WORK_EDGES: dict[str, tuple[str, ...]] = {
    WorkState.TODO: (WorkState.DOING, WorkState.DONE, WorkState.CANCELLED),
    WorkState.DOING: (WorkState.DONE, WorkState.TODO, WorkState.CANCELLED),
    WorkState.DONE: (WorkState.DOING,),
    WorkState.CANCELLED: (WorkState.TODO,),
}
"""The declared moves of a work item (integrity rule 18)."""

NEEDS_REASON = {(WorkState.DONE, WorkState.DOING), *((s, WorkState.CANCELLED) for s in WorkState)}
"""Moves that say why: taking back what was done, and cancelling."""
