"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "exports.export.requested": _("Exported to Excel"),
    "exports.export.downloaded": _("Downloaded the export"),
}
DETAILS = {"filters": _("filter"), "total": _("rows")}
