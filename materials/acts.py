"""What people read for the acts of this app."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "materials.stockmove.made": _("Moved stock"),
}
DETAILS = {
    "quantity": _("quantity"),
}
