"""The organisation file as a form: all fields of the plan and of 客户档案表, in sections that fold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crispy_forms.layout import Field, Layout
from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import Attention, Intention, Power, Stage
from accounts.models import Organisation
from keyaccounts.common.fields import Count, Several, Yuan
from keyaccounts.common.forms import EditForm, PageForm, Section
from keyaccounts.common.roles import Role
from keyaccounts.common.widgets import Chips, ChipsMultiple, UnitInput
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .fields import OrganisationField, PhoneField, PlaceField, TermField, TermsField


def _words(label: Any, *, rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": rows}), **more)


def _scale(label: Any, scale: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=sorted(scale.choices, reverse=True),
        widget=Chips,
    )


class OrganisationForm(EditForm):
    """Entering and editing an organisation."""

    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)
    type = TermField(TermList.ORG_TYPE, label=_("Type"))
    industry = TermField(TermList.INDUSTRY, label=_("Industry"), required=False)
    public_sector = forms.NullBooleanField(
        label=_("Public sector"),
        required=False,
        widget=forms.Select(
            choices=[("unknown", _("As the type says")), ("true", _("Yes")), ("false", _("No"))]
        ),
    )
    district = TermField(TermList.DISTRICT, label=_("District"), required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    place = PlaceField(
        label=_("Latitude, longitude"),
        help_text=_("What check-ins are compared with. Empty, the next check-in may note it anew."),
    )
    phone = PhoneField(label=_("Switchboard"), max_length=40, required=False)
    website = forms.CharField(label=_("Website"), max_length=200, required=False)
    source = TermField(TermList.ORG_SOURCE, label=_("Source"), required=False)
    referred_by = OrganisationField(label=_("Referred by"), required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    note = _words(_("Note"))

    staff_count = Count(label=_("Staff"), required=False, widget=UnitInput(pgettext_lazy("unit", "people")))
    coverage_count = Count(
        label=_("People covered"),
        required=False,
        widget=UnitInput(pgettext_lazy("unit", "people")),
        help_text=_("Members or customers it reaches."),
    )
    avg_annual_income = Count(label=_("Average yearly income"), required=False, widget=UnitInput(_("yuan")))
    income_band = TermField(TermList.INCOME_BAND, label=_("Income band"), required=False)
    main_business = forms.CharField(label=_("Main business"), max_length=300, required=False)
    office_environment = _words(_("Office setting"), help_text=_("Meeting room, projector, entry control"))
    living_environment = _words(_("Where staff live"), help_text=_("Decides where to deliver"))
    foot_traffic = _words(_("Where people pass"), help_text=_("Decides where a booth stands"))
    gift_demand = TermsField(TermList.GIFT_DEMAND, label=_("What gifts are needed for"), required=False)
    gift_demand_text = _words(_("In their words"))
    intention = forms.ChoiceField(
        label=_("Intention"), choices=Intention.choices, widget=Chips, required=False
    )
    power = _scale(_("Buying power"), Power)
    per_capita_budget = Yuan(label=_("Budget per head"), required=False, widget=UnitInput(_("yuan")))
    price_low = Yuan(label=_("Acceptable price from"), required=False, widget=UnitInput(_("yuan a set")))
    price_high = Yuan(label=_("Acceptable price to"), required=False, widget=UnitInput(_("yuan a set")))
    attention = _scale(_("Attention"), Attention)
    health_focus = _scale(_("Attention to healthy food"), Attention)
    health_attention = _words(_("On health food, in their words"))
    gift_distribution = TermsField(TermList.FESTIVAL, label=_("When gifts are handed out"), required=False)
    gift_distribution_note = _words(_("Handing out, in their words"))
    meeting_time = TermsField(TermList.MEETING_TIME, label=_("When staff assemble"), required=False)
    meeting_time_note = _words(_("Assembling, in their words"))
    collective_activities = _words(_("Collective activities"))
    purchase_mode = TermsField(TermList.PURCHASE_MODE, label=_("Way of purchasing"), required=False)
    buying_process = _words(_("Buying process"))
    current_supplier = forms.CharField(label=_("Supplier now"), max_length=200, required=False)
    intranet = forms.CharField(label=_("Intranet or group"), max_length=200, required=False)
    recent_events = _words(_("Upcoming events"))
    promo_timing = forms.CharField(label=_("Promotion: when"), max_length=200, required=False)
    promo_place = forms.CharField(label=_("Promotion: where"), max_length=200, required=False)
    promo_method = TermsField(TermList.PROMOTION_METHOD, label=_("Promotion: how"), required=False)
    go_on_reason = forms.CharField(
        label=_("Why it is a different organisation"),
        max_length=200,
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self, *args: Any, user: Any, organisation: Organisation | None = None, **kwargs: Any
    ) -> None:
        if organisation is not None:
            initial = {
                name: getattr(organisation, name, None)
                for name in self.base_fields
                if hasattr(organisation, name)
            }
            kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        others = Organisation.objects.visible_to(user)
        if organisation is not None:
            others = others.exclude(pk=organisation.pk)
        chosen = self.data.get("referred_by") or (organisation.referred_by_id if organisation else None)
        self.fields["referred_by"].offer(others.order_by("code"), chosen=chosen)  # type: ignore[attr-defined]
        if organisation is None and user.has_role(Role.DIRECTOR, Role.LEAD):
            self.fields["owner"].queryset = User.objects.with_role(Role.REP, Role.LEAD)  # type: ignore[attr-defined]
        else:
            # Ownership changes by hand-over, with a reason, never in passing.
            del self.fields["owner"]
        is_new = organisation is None
        if is_new:
            # Look-alikes appear while the name is typed (D2).
            self.fields["name"].widget.attrs |= {
                "hx-post": reverse("accounts:duplicates_of"),
                "hx-trigger": "input changed delay:500ms, change",
                "hx-target": "#look-alikes",
                "hx-swap": "innerHTML",
                "hx-include": "[name=name],[name=short_name],[name=phone]",
            }
        first = ["name", "short_name", "type", "industry", "public_sector", "district", "address", "phone"]
        self.helper.layout = Layout(
            "submission_key",
            "version",
            "go_on_reason",
            Section(_("Organisation"), *first, *(["owner"] if "owner" in self.fields else [])),
            Section(_("Source and place"), "source", "referred_by", "website", "place", "note", folded=True),
            Section(
                _("Basics"), "staff_count", "coverage_count", "avg_annual_income", "income_band", "main_business", "office_environment",
                "living_environment", "foot_traffic", folded=is_new,
            ),
            Section(
                _("Needs"), "gift_demand", "gift_demand_text", "intention", "power", "per_capita_budget", "price_low",
                "price_high", "attention", "health_focus", "health_attention", folded=True,
            ),
            Section(
                _("Buying"), "gift_distribution", "gift_distribution_note", "meeting_time", "meeting_time_note",
                "collective_activities", "purchase_mode", "buying_process", "current_supplier", folded=True,
            ),
            Section(_("Promotion"), "intranet", "recent_events", "promo_timing", "promo_place", "promo_method", folded=True),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        values = super().facts()
        place = values.pop("place")
        values["latitude"], values["longitude"] = map(Decimal, place.split(",")) if place else (None, None)
        return values

    def ask_for_reason(self) -> None:
        """Show the field in which going on in spite of a look-alike is justified."""
        self.fields["go_on_reason"].widget = forms.TextInput()
        self.helper.layout[2] = Field("go_on_reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("price_low"), cleaned.get("price_high")
        if low is not None and high is not None and high < low:
            self.add_error("price_high", _("The acceptable price runs from the lower to the higher figure."))
        return cleaned


class AsideForm(PageForm):
    """暂缓 or 放弃: a reason from the list, and words."""

    reason = forms.ChoiceField(label=_("Reason"), widget=Chips)
    note = forms.CharField(label=_("In words"), max_length=200, required=False)

    def __init__(self, *args: Any, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = TermList.PARK_REASON if stage == Stage.PARKED else TermList.LOSS_REASON
        self.fields["reason"].choices = choices(listed)  # type: ignore[attr-defined]


class CollaboratorsForm(PageForm):
    """Who helps the owner."""

    collaborators = Several(
        User.objects.none(), label=_("Collaborators"), required=False, widget=ChipsMultiple
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.with_role(Role.REP, Role.LEAD).exclude(pk=organisation.owner_id)
        self.fields["collaborators"].queryset = people  # type: ignore[attr-defined]
