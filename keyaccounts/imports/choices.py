"""How far an upload has come, and what becomes of a line."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class UploadState(TextChoices):
    READING = "reading", _("Being read")
    PREVIEW = "preview", _("To be checked")
    WRITING = "writing", _("Being written")
    WRITTEN = "written", _("Imported")
    REVERTED = "reverted", _("Reverted")
    FAILED = "failed", _("Could not be read")


RUNNING = (UploadState.READING, UploadState.WRITING)


class LineVerdict(TextChoices):
    CREATE = "create", pgettext_lazy("import", "New")
    UPDATE = "update", pgettext_lazy("import", "Changes a row")
    SAME = "same", _("Nothing new")
    DUPLICATE = "duplicate", _("Perhaps a duplicate")
    ERROR = "error", _("Cannot be imported")
