"""Papers of an organisation: a photographed form, a quote, a contract, a test report (D4)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..choices import AttachmentKind
from .organisations import Organisation


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user) -> AttachmentQuerySet:
        return self.present().filter(organisation__in=Organisation.objects.visible_to(user))

    def present(self) -> AttachmentQuerySet:
        """Not taken away."""
        return self.filter(removed_at__isnull=True)


class Attachment(models.Model):
    """One file kept with an organisation; served through its row's scope, never by path."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="attachments", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=AttachmentKind)
    file = models.FileField(_("file"), upload_to="organisations/%Y/%m/")
    name = models.CharField(_("file name"), max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "digest"],
                condition=Q(removed_at__isnull=True),
                name="attachment_once_per_organisation",
                violation_error_message=_("This file is already there."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.mime.startswith("image/")
