"""An upload and its lines as rows: what was said, what is made of it, what became of it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import RUNNING, LineVerdict, UploadState


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Any) -> Self:
        """Everybody their own, and the kinds whose supervisor one is."""
        from .kinds import codes_seen_by  # kinds are made of uploads

        return self.filter(Q(by=user) | Q(kind__in=codes_seen_by(user)))


class Upload(models.Model):
    """One uploaded workbook of one kind and how far it has come: read → checked → written → perhaps taken back.

    ``about`` is what it belongs to (a campaign's id). ``total`` and ``handled`` are lines: of those read, checked
    or written so far.
    """

    kind = models.CharField(_("kind"), max_length=40)
    about = models.CharField(max_length=40, blank=True)
    # What facts and the trail call an import of organisations that was made before the kinds were one.
    former_name = models.CharField(max_length=60, blank=True)
    file = models.FileField(_("workbook"), upload_to="imports/%Y/%m/")
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=UploadState, default=UploadState.READING)
    problem = models.TextField(blank=True)
    total = models.PositiveIntegerField(default=0)
    handled = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When a worker last said that it is at it: a dead one's upload is taken over.
    heard_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(null=True, blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["former_name"], condition=~Q(former_name=""), name="upload_former_name_once"
            )
        ]
        indexes = [
            models.Index(fields=["by", "kind", "-id"], name="upload_by_kind"),
            models.Index(fields=["state"], condition=Q(state__in=RUNNING), name="upload_running"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("imports:upload", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def percent(self) -> int:
        """How far it is, for the progress bar."""
        return min(99, round(100 * self.handled / self.total)) if self.total else 0


class UploadLine(models.Model):
    """One line of the workbook: what it said, what we make of it, what it changed.

    ``raw`` is what stands in its cells by column title, ``values`` what a kind has read from them. ``subject`` names
    the record it is about (``accounts.organisation:12``) and ``url`` where that is read; ``changes`` keeps what is
    needed to take the line back.
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="lines")
    sheet = models.CharField(max_length=60)
    number = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(encoder=DjangoJSONEncoder)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    verdict = models.CharField(max_length=10, choices=LineVerdict)
    messages = models.JSONField(default=list)
    go_on_reason = models.CharField(_("reason for going on"), max_length=200, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    url = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    is_done = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("line of an upload")
        verbose_name_plural = _("lines of an upload")
        ordering = ["upload", "pk"]
        constraints = [models.UniqueConstraint(fields=["upload", "sheet", "number"], name="upload_line_once")]
        indexes = [models.Index(fields=["upload", "verdict"], name="upload_line_verdict")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"
