"""How far an upload has come, and what becomes of a line."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class UploadState(TextChoices):
    PREVIEW = "preview", _("To be checked")
    WRITTEN = "written", _("Imported")
    FAILED = "failed", _("Could not be read")


class LineVerdict(TextChoices):
    CREATE = "create", pgettext_lazy("import", "New")
    UPDATE = "update", pgettext_lazy("import", "Changes a row")
    SAME = "same", _("Nothing new")
    ERROR = "error", _("Cannot be imported")
