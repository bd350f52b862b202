"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {"dashboard.file.stripped": _("Took out of the file where it was taken")}
