"""The audit trail: every business act, append-only and hash-chained (integrity rules 18, 24)."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, subject: models.Model) -> "AuditEventQuerySet":
        """The history of one record: acts on it and acts shown under it."""
        return self.of_key(subject_key(subject))

    def of_key(self, key: str) -> "AuditEventQuerySet":
        """The same by the record's name in the trail: ``accounts.organisation:17``."""
        return self.of_keys([key])

    def of_keys(self, keys: list[str]) -> "AuditEventQuerySet":
        """The same of several records: an organisation and the files merged into it."""
        return self.filter(models.Q(subject__in=keys) | models.Q(under__in=keys))


def subject_key(subject: models.Model) -> str:
    """How a record is named in the trail: ``accounts.organisation:17``."""
    return f"{subject._meta.label_lower}:{subject.pk}"


class AuditEvent(models.Model):
    """One act: who did what to which record, when, from which state to which, and why.

    ``action`` is ``app.noun.verb`` (``visits.report.submitted``). ``under`` is the record on whose
    page the act is also shown, mostly the organisation. ``data`` holds the changed values.
    Rows are never changed or deleted: database triggers refuse it, and ``digest`` chains each row
    to the one before.
    """

    sequence = models.PositiveBigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    action = models.CharField(_("act"), max_length=80, db_index=True)
    subject = models.CharField(_("record"), max_length=80)
    subject_label = models.CharField(_("name"), max_length=200)
    under = models.CharField(_("shown under"), max_length=80, blank=True)
    from_state = models.CharField(_("from"), max_length=40, blank=True)
    to_state = models.CharField(_("to"), max_length=40, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["subject", "-sequence"], name="audit_subject"),
            models.Index(fields=["under", "-sequence"], name="audit_under"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject_label}"


class AuditChain(models.Model):
    """The chain's end: the one row that is locked while an event is appended."""

    last_sequence = models.PositiveBigIntegerField(default=0)
    last_digest = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="audit_chain_is_one")]

    def __str__(self) -> str:
        return str(self.last_sequence)


class Submission(models.Model):
    """A form that has had its effect: the same key again gets the same answer (integrity rule 19)."""

    key = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answer = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="submission_once_per_person")]

    def __str__(self) -> str:
        return str(self.key)
