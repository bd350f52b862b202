"""Form fields that offer the rows of a choice list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.widgets import Chips

from .queries import choices


class TermChoice(forms.ChoiceField):
    """One choice of a list; with ``chips`` as chips. ``keep`` is offered although it is hidden now."""

    def __init__(self, list_name: str, *, keep: str = "", chips: bool = False, **more: Any) -> None:
        super().__init__(choices=lambda: [("", _("Please choose")), *choices(list_name, keep=keep)], **more)
        if chips:
            self.widget = Chips(choices=lambda: choices(list_name, keep=keep))  # type: ignore[arg-type]
