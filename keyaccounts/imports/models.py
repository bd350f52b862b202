"""An upload and its lines as rows: what was said, what is made of it, what became of it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import LineVerdict, UploadState


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Any) -> Self:
        """Everybody their own."""
        return self.filter(by=user)


class Upload(models.Model):
    """One uploaded workbook of one kind; ``about`` is what it belongs to (a campaign's id)."""

    kind = models.CharField(_("kind"), max_length=40)
    about = models.CharField(max_length=40, blank=True)
    file = models.FileField(_("workbook"), upload_to="imports/%Y/%m/")
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=UploadState, default=UploadState.PREVIEW)
    problem = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["by", "kind", "-id"], name="upload_by_kind")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("imports:upload", args=[self.pk])


class UploadLine(models.Model):
    """One line of the workbook."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="lines")
    sheet = models.CharField(max_length=60)
    number = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(encoder=DjangoJSONEncoder)
    verdict = models.CharField(max_length=10, choices=LineVerdict)
    messages = models.JSONField(default=list)
    # Where what it became is read.
    url = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of an upload")
        verbose_name_plural = _("lines of an upload")
        ordering = ["upload", "pk"]
        constraints = [models.UniqueConstraint(fields=["upload", "sheet", "number"], name="upload_line_once")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"
