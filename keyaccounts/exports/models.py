"""An export: who asked for what, with which filter, and the file when it is ready."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import RUNNING, ExportState


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: Any) -> Self:
        """A file holds what its owner may see, so it is nobody else's."""
        return self.filter(requested_by=user)

    def running(self) -> Self:
        return self.filter(state__in=RUNNING)


class Export(models.Model):
    """One workbook. ``address`` is the page it shows, with the filter: the job opens it again as this person,
    so that what may not be seen any more when it runs is not written (integrity rules 23 and 25).
    """

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", verbose_name=_("requested by")
    )
    title = models.CharField(_("title"), max_length=100)
    address = models.CharField(max_length=2000)
    filters = models.TextField(_("filter"), blank=True)
    language = models.CharField(max_length=10)
    state = models.CharField(_("state"), max_length=12, choices=ExportState, default=ExportState.WAITING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    written = models.PositiveIntegerField(_("rows written"), default=0)
    file = models.FileField(_("file"), upload_to="exports/%Y/%m/", blank=True)
    file_name = models.CharField(_("file name"), max_length=150, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    # When a worker last said that it is still writing: a dead one's export is taken over.
    heard_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["requested_by", "-requested_at", "-id"], name="export_of_person"),
            models.Index(fields=["state", "heard_at"], name="export_state"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("exports:export", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def percent(self) -> int:
        """How far it is, for the progress bar."""
        return min(99, round(100 * self.written / self.total)) if self.total else 0
