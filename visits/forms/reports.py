"""大客户拜访报告 as a form: the plan's fields, opened as a copy of what is known (R95–R117)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.key_contacts import active_key_contact, is_eligible
from accounts.choices import Attention, Intention, Power
from accounts.models import Contact
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.fields import Several
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.images import MAX_BYTES, Photo, read_photo
from keyaccounts.common.numerals import parse_number
from keyaccounts.common.widgets import Chips, ChipsMultiple, DateChips, UnitInput
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from ..actions.reports import RESULTS
from ..answers import FIELDS, earlier_reports, opens_with, shown_answer
from ..models import Visit, VisitReport


class TypedNumberField(forms.CharField):
    """A number as people type it (``common.numerals``), in its unit; ``places`` 0 gives an int."""

    def __init__(self, *, unit: str, most: int, places: int = 0, **more: Any) -> None:
        self.most, self.places = most, places
        super().__init__(required=False, widget=UnitInput(unit), max_length=30, **more)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in (None, ""):
            return None
        try:
            number = parse_number(text)
        except (ValueError, ArithmeticError) as error:
            raise forms.ValidationError(_("Write a number, such as 1200 or 8.5万.")) from error
        if number < 0 or number > self.most:
            raise forms.ValidationError(_("A number from 0 to %(most)s.") % {"most": f"{self.most:,}"})
        if not self.places:
            if number != number.to_integral_value():
                raise forms.ValidationError(_("A whole number."))
            return int(number)
        return number.quantize(Decimal(1).scaleb(-self.places))

    def run_validators(self, value: Any) -> None:
        """The limits are checked above, on the number."""


def _text(label: Any, *, most: int, rows: int = 0, hint: Any = "", **more: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=False, max_length=most, widget=widget, help_text=hint, **more
    )


class ReportForm(EditForm):
    """The whole report. A draft needs nothing; what a submission needs, the action says."""

    staff_count = TypedNumberField(label=_("staff"), unit="人", most=9_999_999)
    avg_annual_income = TypedNumberField(
        label=_("average yearly income"), unit="元", most=99_999_999, help_text=_("As told: 85000 or 8.5万.")
    )
    income_band = forms.ChoiceField(
        label=_("income band"),
        required=False,
        widget=Chips,
        help_text=_("Where the exact figure is unknown."),
    )
    main_business = _text(_("main business"), most=300)
    industry = forms.ChoiceField(label=_("industry"), required=False)
    office_environment = _text(
        _("office setting"), most=2000, rows=2, hint=_("Meeting room, projector, gate control")
    )
    living_environment = _text(
        _("where staff live"),
        most=2000,
        rows=2,
        hint=_("Family quarters or dormitory: where goods are delivered"),
    )
    foot_traffic = _text(_("where people pass"), most=2000, rows=2, hint=_("Where a stand would be seen"))

    gift_demand = forms.MultipleChoiceField(
        label=_("what gifts are needed for"), required=False, widget=ChipsMultiple
    )
    gift_demand_text = _text(_("gift needs in their words"), most=2000, rows=2)
    intention = forms.ChoiceField(
        label=_("intention"), required=False, choices=Intention.choices, widget=Chips
    )
    power = forms.TypedChoiceField(
        label=_("buying power"),
        required=False,
        choices=Power.choices,
        widget=Chips,
        coerce=int,
        empty_value=None,
    )
    price_low = TypedNumberField(label=_("acceptable price from"), unit="元/套", most=999_999, places=2)
    price_high = TypedNumberField(label=_("acceptable price to"), unit="元/套", most=999_999, places=2)
    attention = forms.TypedChoiceField(
        label=_("attention"),
        required=False,
        choices=Attention.choices,
        widget=Chips,
        coerce=int,
        empty_value=None,
    )

    intranet = _text(_("intranet or group"), most=200, hint=_("Website, OA, staff chat groups"))
    recent_events = _text(
        _("upcoming events"), most=500, rows=2, hint=_("Becomes news for the director, with its date.")
    )
    recent_event_on = forms.DateField(
        label=_("date of the event"), required=False, widget=DateChips(days=(7, 14, 30))
    )

    promo_timing = _text(_("promotion: when"), most=200)
    promo_place = _text(_("promotion: where"), most=200)
    promo_method = forms.MultipleChoiceField(label=_("promotion: how"), required=False, widget=ChipsMultiple)

    contacts_met = Several(
        label=_("people met"), required=False, queryset=Contact.objects.none(), widget=ChipsMultiple
    )
    new_contact_name = _text(pgettext_lazy("of a person", "name"), most=40)
    new_contact_position = forms.ChoiceField(label=_("position"), required=False)
    new_contact_mobile = _text(_("mobile"), most=20)
    key_contact = forms.ModelChoiceField(
        label=_("key contact"), required=False, queryset=Contact.objects.none(), widget=Chips, empty_label=None,
        help_text=_("Only one person, met directly at the first visit."),
    )  # fmt: skip
    outcome = forms.MultipleChoiceField(label=_("outcome"), required=False, widget=ChipsMultiple)
    intention_after = forms.ChoiceField(
        label=_("intention after"), required=False, choices=Intention.choices, widget=Chips
    )
    promised = _text(_("promised"), most=300, hint=_("What you promised; shown before the next visit."))
    next_step = _text(_("next step"), most=200)
    next_on = forms.DateField(label=_("next date"), required=False, widget=DateChips(days=(1, 3, 7, 14)))
    minutes = TypedNumberField(label=_("minutes"), unit="分钟", most=1440)
    remark = _text(_("remark"), most=3000, rows=3, hint=_("Printed in the remarks column."))

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        report = getattr(visit, "report", None)
        kwargs["initial"] = {
            **opens_with(visit),
            **{name: getattr(visit, name) for name in RESULTS},
            "contacts_met": [c.pk for c in visit.contacts_met.all()] or [c.pk for c in visit.contacts.all()],
            "version": report.version if report else 0,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.visit = visit
        opened = self.initial
        self._choose("industry", TermList.INDUSTRY, blank=True)
        self._choose("income_band", TermList.INCOME_BAND)
        for name, listing in (
            ("gift_demand", TermList.GIFT_DEMAND),
            ("promo_method", TermList.PROMOTION_METHOD),
            ("outcome", TermList.VISIT_OUTCOME),
        ):
            self._choose(name, listing)
        self._choose("new_contact_position", TermList.CONTACT_POSITION, blank=True)
        people = Contact.objects.filter(organisation=visit.organisation_id, left_on__isnull=True)
        people = people | Contact.objects.filter(
            organisation=visit.organisation_id, pk__in=opened["contacts_met"]
        )
        self.fields["contacts_met"].queryset = people.distinct()  # type: ignore[attr-defined]
        self._offer_key_contact(people)
        self.fields["minutes"].initial = visit.minutes

    def _choose(self, name: str, listing: str, *, blank: bool = False) -> None:
        kept = self.initial.get(name) or []
        offered = choices(listing, keep=kept)
        field = self.fields[name]
        field.choices = [("", _("Please choose")), *offered] if blank else offered  # type: ignore[attr-defined]

    def _offer_key_contact(self, people: Any) -> None:
        """The chooser stands only where the visit would fix the key contact."""
        organisation = self.visit.organisation
        eligible = [person for person in people if is_eligible(person)]
        if active_key_contact(organisation) is not None or not eligible:
            del self.fields["key_contact"]
            return
        self.fields["key_contact"].queryset = people.filter(pk__in=[p.pk for p in eligible])  # type: ignore[attr-defined]

    @property
    def is_first(self) -> bool:
        """Whether no earlier visit of the organisation has a submitted report."""
        return not earlier_reports(self.visit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        low, high = cleaned.get("price_low"), cleaned.get("price_high")
        if low is not None and high is not None and high < low:
            self.add_error("price_high", _("The acceptable price runs from the lower to the higher figure."))
        if not cleaned.get("new_contact_name") and (
            cleaned.get("new_contact_position") or cleaned.get("new_contact_mobile")
        ):
            self.add_error("new_contact_name", _("Write the new contact's name."))
        return cleaned

    def given(self) -> dict[str, Any]:
        """What the actions take: answers, results, people met, a new contact, the version."""
        cleaned = self.cleaned_data
        return {
            "answers": {name: cleaned.get(name) for name in (*FIELDS, "remark")},
            "results": {name: cleaned.get(name) for name in RESULTS},
            "contacts_met": list(cleaned["contacts_met"]),
            "version": cleaned.get("version"),
            "new_contact": {
                "name": cleaned["new_contact_name"],
                "position": cleaned["new_contact_position"],
                "mobile": cleaned["new_contact_mobile"],
            },
        }

    def both_versions(self, current: VisitReport) -> list[dict[str, Any]]:
        """What is saved now beside what was just typed, in words; the form then starts from the saved one."""

        def row(name: str, theirs: str, mine: str) -> dict[str, Any]:
            label = self.fields[name].label
            return {"label": label, "theirs": theirs, "mine": mine, "differs": theirs != mine}

        rows = []
        for record, names in ((current, (*FIELDS, "remark")), (current.visit, RESULTS)):
            for name in names:
                mine, theirs = self.cleaned_data.get(name), getattr(record, name)
                rows.append(row(name, shown_answer(name, theirs), shown_answer(name, mine)))
        met = (current.visit.contacts_met.all(), self.cleaned_data.get("contacts_met") or [])
        rows.append(
            row("contacts_met", *("、".join(sorted(person.name for person in people)) for people in met))
        )
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["version"] = str(current.version)
        self.data = data
        return rows


class ManyFilesInput(forms.FileInput):
    """Several photos at once, the camera offered first on a phone."""

    allow_multiple_selected = True


class PhotosForm(PageForm):
    """Photos to add to a visit; each is read, turned and shrunk while the form is checked."""

    photos = forms.Field(
        label=_("photos"),
        widget=ManyFilesInput({"multiple": True, "accept": "image/*", "data-shrink": "1600"}),
        required=False,
    )

    def clean_photos(self) -> list[Photo]:
        files = self.files.getlist("photos")
        if not files:
            raise forms.ValidationError(_("Choose a photo or take one."))
        if len(files) > 12:
            raise forms.ValidationError(_("At most %(most)s photos at once.") % {"most": 12})
        if sum(file.size or 0 for file in files) > 4 * MAX_BYTES:
            raise forms.ValidationError(_("Together the photos are too large. Send fewer at once."))
        try:
            return [read_photo(file, name=file.name or "", size=file.size) for file in files]
        except RuleViolation as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ReviewForm(PageForm):
    """The director's one tap, with a note where there is something to say."""

    note = _text(_("note"), most=300)


class ReturnForm(PageForm):
    """Why a report goes back: chips for the usual reasons and words for the rest."""

    reasons = forms.MultipleChoiceField(label=_("reasons"), required=False, widget=ChipsMultiple)
    note = _text(_("in words"), most=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reasons"].choices = choices(TermList.RETURN_REASON)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("reasons") and not cleaned.get("note"):
            self.add_error("reasons", _("Say what is to be corrected."))
        return cleaned

    @property
    def reason(self) -> str:
        """The chosen reasons and the words as one text."""
        from keyaccounts.vocabulary.queries import labels

        chosen = labels(TermList.RETURN_REASON, self.cleaned_data["reasons"])
        return "；".join(part for part in (chosen, self.cleaned_data["note"]) if part)


class ReopenForm(PageForm):
    """Why a report that was read is opened again."""

    reason = forms.CharField(label=_("reason"), max_length=200)


def values_in(form: ReportForm) -> Mapping[str, Any]:
    """What the form holds now, for marking the changed cells when it is shown again after a refusal."""
    if not form.is_bound:
        return form.initial
    return {**form.initial, **getattr(form, "cleaned_data", {})}
