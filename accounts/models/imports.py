"""An Excel import as rows: upload → preview with each row's verdict → commit → revert (D6)."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..choices import ImportState, Verdict
from .contacts import Contact
from .organisations import Organisation


class ImportBatch(models.Model):
    """One uploaded workbook and how far it has come."""

    file = models.FileField(_("workbook"), upload_to="imports/%Y/%m/")
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.READING)
    problem = models.TextField(blank=True)
    total = models.PositiveIntegerField(default=0)
    handled = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    committed_at = models.DateTimeField(null=True, blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One line of the workbook: what it said, what we make of it, what it changed.

    ``changes`` keeps the values before and after of a line that added to an organisation, so that an
    untouched import can be reverted.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=60)
    number = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(encoder=DjangoJSONEncoder)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    verdict = models.CharField(max_length=10, choices=Verdict)
    messages = models.JSONField(default=list)
    go_on_reason = models.CharField(_("reason for going on"), max_length=200, blank=True)
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    is_done = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("import line")
        verbose_name_plural = _("import lines")
        ordering = ["batch", "sheet", "number"]
        constraints = [models.UniqueConstraint(fields=["batch", "sheet", "number"], name="import_line_once")]
        indexes = [models.Index(fields=["batch", "verdict"], name="import_verdict")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"

    @property
    def is_look_alike(self) -> bool:
        """Judged a look-alike, whatever was decided about it since."""
        return self.verdict == Verdict.DUPLICATE or "look_alike" in self.values or self.is_like_a_line

    @property
    def has_created(self) -> bool:
        """It brought an organisation; other lines that were written added to one."""
        is_new = self.verdict == Verdict.CREATE or bool(self.go_on_reason)
        return self.is_done and self.organisation_id is not None and is_new

    @property
    def is_like_a_line(self) -> bool:
        """It looks like an organisation that an earlier line brings."""
        return self.values.get("name", "") not in ("", self.values["organisation"].get("name"))

    @property
    def may_be_same(self) -> bool:
        """The one it looks like is the importer's to add to."""
        return "look_alike" in self.values or self.is_like_a_line
