"""What every request keeps: who asked when, who decided when, and how it stands."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.models import Versioned

from .choices import EDITABLE_STATES, RequestState


class RequestQuerySet(models.QuerySet[Any]):
    def pending(self) -> Self:
        """Waiting for somebody's decision."""
        return self.filter(state=RequestState.PENDING)

    def editable_by(self, user: Any) -> Self:
        """Drafts and returned requests of this person's own."""
        return self.filter(state__in=EDITABLE_STATES, requested_by=user)


class Request(Versioned):
    """A request of one kind; its class adds what is asked for, and ``code`` (BX2012-001) names it to people.

    The approver of a thing is never its requester: the constraint holds by every route.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=RequestState, default=RequestState.DRAFT)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("decision"), max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="%(app_label)s_%(class)s_other_approver",
                violation_error_message=_("The approver of a thing is never its requester."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected", "fulfilled"]) | Q(decided_at__isnull=False),
                name="%(app_label)s_%(class)s_decided_has_time",
                violation_error_message=_("A decided request has the time of its decision."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_pending(self) -> bool:
        return self.state == RequestState.PENDING

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE_STATES
