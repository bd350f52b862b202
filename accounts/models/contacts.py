"""联系人 and the one 关键人物 of each organisation (R7–R11, R23–R24)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.models import Versioned

from ..choices import ACTIVE_KEY_STATES, KeyState
from .organisations import Organisation

RATING: dict[str, Any] = {
    "null": True,
    "blank": True,
    "validators": [MinValueValidator(1), MaxValueValidator(5)],
}


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user) -> ContactQuerySet:
        return self.filter(Organisation.objects.visible_to(user).holding())

    def present(self) -> ContactQuerySet:
        """Still at the organisation."""
        return self.filter(left_on__isnull=True)


class Contact(Versioned):
    """A person at an organisation: business data only (practice 2.12), no family, no hobbies."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contacts", verbose_name=_("organisation")
    )
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=40)
    position = models.CharField(_("position"), max_length=30, blank=True)
    title = models.CharField(_("title"), max_length=60, blank=True)
    unit_department = models.CharField(_("department"), max_length=60, blank=True)
    decision_role = models.CharField(_("role in the decision"), max_length=30, blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    familiarity = models.PositiveSmallIntegerField(_("knows the organisation"), **RATING)
    influence = models.PositiveSmallIntegerField(_("influence"), **RATING)
    authority = models.PositiveSmallIntegerField(_("power to decide"), **RATING)
    consent_note = models.CharField(_("consent"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    created_at = models.DateTimeField(_("entered"), default=timezone.now)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["mobile"], name="contact_mobile")]

    def __str__(self) -> str:
        return self.name


class KeyContact(models.Model):
    """A contact's time as the organisation's key contact: from a first submitted visit on (R7–R10)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="key_contacts", verbose_name=_("organisation")
    )
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="key_times", verbose_name=_("contact"))
    state = models.CharField(_("state"), max_length=20, choices=KeyState, default=KeyState.DESIGNATED)
    since_on = models.DateField(_("since"))
    source = models.CharField(_("first visit"), max_length=80, blank=True, help_text="visits.visit:12")
    until_on = models.DateField(_("until"), null=True, blank=True)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("key contact")
        verbose_name_plural = _("key contacts")
        ordering = ["organisation", "-since_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=ACTIVE_KEY_STATES),
                name="one_active_key_contact_per_organisation",
                violation_error_message=_("The plan allows one key contact per organisation (R23)."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE_KEY_STATES) | Q(until_on__isnull=False),
                name="ended_key_contact_has_date",
                violation_error_message=_("A key contact that has ended has a date of its end."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.contact)


class KeyContactChange(models.Model):
    """A request to change the key contact; approved by the director, it voids the old claim (R10)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="key_contact_changes")
    from_key = models.ForeignKey(KeyContact, models.PROTECT, related_name="changes", verbose_name=_("from"))
    to_contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to")
    )
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=RequestState, default=RequestState.PENDING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("decision"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("key contact change")
        verbose_name_plural = _("key contact changes")
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state=RequestState.PENDING),
                name="one_pending_key_contact_change",
                violation_error_message=_(
                    "A change of this key contact is already waiting for the director."
                ),
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("requested_by")),
                name="key_contact_change_other_approver",
                violation_error_message=_("The approver of a thing is never its requester."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_key} → {self.to_contact}" if self.to_contact_id else str(self.from_key)
