"""What happens between visits: 联系记录 (R31), 单位动态 (R32–R33), and when silence is too long (R34)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..choices import Grade
from .contacts import Contact
from .organisations import Organisation


class ContactLog(models.Model):
    """A call, message or meeting, logged in two taps."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contact_logs")
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    channel = models.CharField(_("channel"), max_length=30)
    on = models.DateField(_("date"))
    text = models.CharField(_("what was said"), max_length=300, blank=True)
    next_on = models.DateField(_("next date"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("contact log")
        verbose_name_plural = _("contact logs")
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["organisation", "-on"], name="contact_log_org")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.on}"


class IntelQuerySet(models.QuerySet["Intel"]):
    def visible_to(self, user) -> IntelQuerySet:
        return self.filter(Organisation.objects.visible_to(user).holding())

    def unread(self) -> IntelQuerySet:
        return self.filter(read_at__isnull=True)


class Intel(models.Model):
    """News about an organisation; reaches the director at once and is marked read (R32–R33)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="intel")
    on = models.DateField(_("date"))
    event_on = models.DateField(_("date of the event"), null=True, blank=True)
    text = models.CharField(_("news"), max_length=500)
    source = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    read_at = models.DateTimeField(null=True, blank=True)
    reply = models.CharField(_("reply"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = IntelQuerySet.as_manager()

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["organisation", "-on"], name="intel_org")]

    def __str__(self) -> str:
        return self.text[:40]


class SilenceRule(models.Model):
    """After how many days without contact, and without a visit, a grade counts as silent (R34)."""

    grade = models.CharField(_("grade"), max_length=1, choices=Grade, unique=True)
    contact_days = models.PositiveSmallIntegerField(_("days without contact"))
    visit_days = models.PositiveSmallIntegerField(_("days without a visit"), null=True, blank=True)

    class Meta:
        verbose_name = _("silence rule")
        verbose_name_plural = _("silence rules")
        ordering = ["grade"]

    def __str__(self) -> str:
        return self.grade
