"""The states of a request, in the plan's words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestState(TextChoices):
    """申请状态: what waits for a decision and what became of it."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    RETURNED = "returned", _("Returned")
    FULFILLED = "fulfilled", _("Carried out")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_STATES = (RequestState.DRAFT, RequestState.PENDING, RequestState.RETURNED)
"""Nothing has been decided for good yet."""

EDITABLE_STATES = (RequestState.DRAFT, RequestState.RETURNED)
"""The requester may still change it."""
