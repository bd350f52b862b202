"""Contacts, the change of a key contact, calls and news."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import ACTIVE_KEY_STATES
from accounts.models import Contact, Organisation
from keyaccounts.common.forms import EditForm, PageForm, Section
from keyaccounts.common.widgets import Chips, DateChips
from keyaccounts.vocabulary.models import TermList

from .fields import ContactOf, OrganisationField, PhoneField, TermField

RATINGS = [(str(n), str(n)) for n in range(1, 6)]


def _rating(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=RATINGS,
        widget=Chips,
        help_text=help_text,
    )


class ContactForm(EditForm):
    """A person: business data only."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=40)
    position = TermField(TermList.CONTACT_POSITION, label=_("Position"), required=False)
    title = forms.CharField(label=_("Title"), max_length=60, required=False)
    unit_department = forms.CharField(label=_("Department"), max_length=60, required=False)
    decision_role = TermField(TermList.CONTACT_ROLE, label=_("Role in the decision"), required=False)
    mobile = PhoneField(label=_("Mobile"), max_length=20, required=False)
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    familiarity = _rating(_("Knows the organisation"))
    influence = _rating(_("Influence"))
    authority = _rating(_("Power to decide"))
    consent_note = forms.CharField(
        label=_("Consent"),
        max_length=200,
        required=False,
        help_text=_("How the person was told what the data is for"),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    left_on = forms.DateField(
        label=_("Left on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        if contact is not None:
            kwargs["initial"] = {
                name: getattr(contact, name) for name in self.base_fields if hasattr(contact, name)
            }
        super().__init__(*args, **kwargs)
        if contact is None:
            del self.fields["left_on"]
        self.helper.layout = Layout(
            "submission_key",
            "version",
            Section(_("Contact"), "name", "position", "title", "mobile", "unit_department", "phone", "email"),
            Section(_("In the decision"), "decision_role", "familiarity", "influence", "authority"),
            Section(
                _("More"), "consent_note", "note", *(["left_on"] if contact else []), folded=contact is None
            ),
        )


class KeyContactChangeForm(PageForm):
    """Why, and who comes next."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_contact"] = ContactOf(organisation, label=_("Next key contact"), required=False)
        # Whoever is the key contact now is no successor.
        people = self.fields["to_contact"].queryset.exclude(key_times__state__in=ACTIVE_KEY_STATES)  # type: ignore[attr-defined]
        self.fields["to_contact"].queryset = people  # type: ignore[attr-defined]
        self.fields["to_contact"].help_text = _(
            "Becomes key contact at the first submitted visit that meets this person."
        )


class ContactLogForm(PageForm):
    """A call in two taps: channel and person are filled in."""

    channel = TermField(TermList.CONTACT_CHANNEL, label=_("How"), chips=True, initial="phone")
    text = forms.CharField(
        label=_("What was said"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_on = forms.DateField(label=_("Next on"), required=False, widget=DateChips(days=(1, 3, 7)))

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"] = ContactOf(organisation, label=_("With"), required=False)
        self.order_fields(["channel", "contact", "text", "next_on"])


class IntelForm(PageForm):
    """News in one box, and when it happens."""

    text = forms.CharField(
        label=_("News"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )
    event_on = forms.DateField(label=_("Happens on"), required=False, widget=DateChips(days=(0, 1, 3, 7)))


class PickOrganisation(PageForm):
    """For news and calls begun without an organisation: pick it first."""

    organisation = OrganisationField(label=_("Organisation"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Organisation.objects.workable_by(user)
        self.fields["organisation"].offer(  # type: ignore[attr-defined]
            rows,
            first=rows.order_by(F("last_contact_on").desc(nulls_last=True), "code"),
            chosen=self.data.get("organisation"),
        )


class ReplyForm(forms.Form):
    """Read, with a reply and, where something is to be done, the next step and its day."""

    reply = forms.CharField(max_length=300, required=False)
    step = forms.CharField(max_length=200, required=False)
    step_on = forms.DateField(required=False)
