"""Texts of Django's own that its Chinese book lacks, named here so that ours keeps them.

Nothing imports this module: the gatherer of texts reads it, and a text of our book goes before Django's.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

PASSWORD_TOO_SHORT = ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
)
ADMIN = (
    gettext_noop("Error:"),
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
)
