"""Words put together as the reader's language does it."""

from __future__ import annotations

from django.utils.translation import gettext as _


def labelled(label: object, text: object) -> str:
    """A label and what it says, with the colon of the reader's language."""
    return _("%(label)s: %(text)s") % {"label": label, "text": text}
