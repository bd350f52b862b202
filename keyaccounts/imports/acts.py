"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "imports.upload.made": _("Uploaded a workbook"),
    "imports.upload.written": _("Imported a workbook"),
    "imports.upload.reverted": _("Took the import back"),
}
DETAILS = {"kind": _("kind"), "lines": _("lines")}
