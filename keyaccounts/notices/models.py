"""In-app notices: due work as rows with a unique key, delivered by a separate job (integrity rule 21)."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    PHASE = "phase", _("Phase deadline")
    WORK = "work", _("Work item due")
    VISIT = "visit", _("Visit reminder")
    REPORT_DUE = "report_due", _("Visit report due")
    REPORT_READ = "report_read", _("Visit report reviewed")
    FOLLOW_UP = "follow_up", _("Follow-up due")
    SILENCE = "silence", _("Long without contact")
    INTEL = "intel", _("News of an organisation")
    APPROVAL = "approval", _("Waiting for my decision")
    DECISION = "decision", _("Decision on my request")
    HANDOVER = "handover", _("Organisation handed over")
    FILE = "file", _("File ready")
    BUDGET = "budget", _("Budget warning")
    MATERIAL = "material", _("Materials")
    VEHICLE = "vehicle", _("Vehicle")
    PLAN = "plan", _("Visit plan")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def inbox_of(self, user) -> "NoticeQuerySet":
        """What the person sees: delivered notices, newest first."""
        return self.filter(recipient=user, delivered_at__isnull=False).order_by("-delivered_at", "-pk")

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)

    def waiting(self, *, at) -> "NoticeQuerySet":
        """Not yet delivered and no longer held back."""
        return self.filter(delivered_at__isnull=True, deliver_from__lte=at).order_by("pk")


class Notice(models.Model):
    """One thing one person should know: ``dedupe_key`` is unique per (kind, subject, due date, recipient)."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    subject = models.CharField(max_length=80, help_text="accounts.organisation:17")
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("address"), max_length=300, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    deliver_from = models.DateTimeField(_("not before"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["recipient", "-delivered_at", "-id"], name="notice_inbox"),
            models.Index(
                fields=["recipient"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True, delivered_at__isnull=False),
            ),
            models.Index(
                fields=["subject", "kind"],
                name="notice_unsettled",
                condition=models.Q(read_at__isnull=True),
            ),
            models.Index(
                fields=["deliver_from"], name="notice_waiting", condition=models.Q(delivered_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class QuietHours(models.Model):
    """When reminders wait for the morning, whatever asks for them. One row."""

    begins_at = models.TimeField(_("quiet from"), default="21:00")
    ends_at = models.TimeField(_("quiet until"), default="07:30")

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="quiet_hours_is_one")]

    def __str__(self) -> str:
        return f"{self.begins_at:%H:%M}–{self.ends_at:%H:%M}"


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class NoticeMail(models.Model):
    """The e-mail of one notice, at most one: claimed by UPDATE, sent, or tried again later."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="mail", verbose_name=_("notice"))
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    try_from = models.DateTimeField(_("not before"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("e-mail of a notice")
        verbose_name_plural = _("e-mails of notices")
        indexes = [models.Index(fields=["state", "try_from"], name="notice_mail_due")]

    def __str__(self) -> str:
        return str(self.notice)
