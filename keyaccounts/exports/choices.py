"""The states of an export."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ExportState(TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "Waiting")
    WRITING = "writing", pgettext_lazy("export", "Being written")
    READY = "ready", _("Ready to download")
    HANDED_OUT = "handed_out", _("Downloaded at once")
    FAILED = "failed", pgettext_lazy("export", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("export", "Cancelled")
    REMOVED = "removed", _("File removed")


RUNNING = (ExportState.WAITING, ExportState.WRITING)
