"""Fields that offer choice-list rows and the people of one organisation only."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Organisation
from keyaccounts.common.fields import Several
from keyaccounts.common.widgets import Chips, ChipsMultiple, SearchSelect
from keyaccounts.vocabulary.queries import choices

CHIPS_UP_TO = 7
# So many organisations are drawn before something is typed.
OFFERED = 30


class TermField(forms.ChoiceField):
    """One choice of a list; chips for short lists, a searching select for long ones."""

    def __init__(self, list_name: str, *, keep: str = "", chips: bool | None = None, **more: Any) -> None:
        self.list_name = list_name
        super().__init__(choices=lambda: [("", _("Please choose")), *choices(list_name, keep=keep)], **more)
        if chips:
            self.widget = Chips(choices=lambda: choices(list_name, keep=keep))  # type: ignore[arg-type]


class TermsField(forms.MultipleChoiceField):
    """Any of a list's choices, as chips; cleaned to a list of codes."""

    widget = ChipsMultiple

    def __init__(self, list_name: str, **more: Any) -> None:
        super().__init__(choices=lambda: choices(list_name), **more)


class PhoneField(forms.CharField):
    """A phone number: full-width digits and separators are put right, letters are refused."""

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().to_python(value) or "").strip()
        if not text:
            return ""
        digits = re.sub(r"[\s\-–—()]", "", text)
        if not re.fullmatch(r"\+?\d{5,18}", digits):
            raise ValidationError(_("A phone number has 5 to 18 digits."))
        return digits


class PlaceField(forms.CharField):
    """A place as map applications copy it: 39.904200,116.407400, with any comma or space."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"max_length": 60, "required": False, **more})

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().to_python(value) or "").strip()
        if not text:
            return ""
        parts = re.split(r"[\s,、;]+", text)
        numbers = [Decimal(part) for part in parts if re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", part)]
        if len(numbers) != 2 or len(parts) != 2 or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
            raise ValidationError(_("Latitude and longitude, as in 39.904200,116.407400."))
        return f"{numbers[0]:.6f},{numbers[1]:.6f}"


class OrganisationField(forms.ModelChoiceField):
    """One organisation of a scope, found by typing: only a few are drawn, however many there are.

    ``offer`` sets the scope and what stands in the list before anything is typed.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(
            queryset=Organisation.objects.none(),
            widget=SearchSelect(url=reverse_lazy("accounts:suggest")),
            **more,
        )

    def offer(self, rows: Any, *, first: Any = None, chosen: Any = None) -> None:
        """Allow the ``rows``; draw the ``first`` few of them and the one that is ``chosen``."""
        self.queryset = rows
        drawn = list((rows if first is None else first)[:OFFERED])
        if isinstance(chosen, Organisation):
            chosen = chosen.pk
        if chosen and str(chosen).isdecimal() and int(chosen) not in {row.pk for row in drawn}:
            drawn += list(rows.filter(pk=chosen))
        self.widget.choices = [("", _("Please choose")), *((row.pk, row.name) for row in drawn)]


class ContactOf(forms.ModelChoiceField):
    """One of this organisation's contacts; anybody else's number is refused."""

    def __init__(self, organisation: Organisation, **more: Any) -> None:
        super().__init__(queryset=people_of(organisation), **{"widget": Chips(), "empty_label": None, **more})


class ContactsOf(Several):
    """Some of this organisation's contacts, as chips."""

    def __init__(self, organisation: Organisation, **more: Any) -> None:
        super().__init__(queryset=people_of(organisation), **{"widget": ChipsMultiple(), **more})

    def label_from_instance(self, contact: Any) -> str:
        return f"{contact.name} {contact.title}".strip()


def people_of(organisation: Organisation) -> Any:
    return Contact.objects.filter(organisation=organisation).present()
