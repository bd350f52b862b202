"""领用申请 and 补充物料报告: rows with steppers, other materials by search, prefilled where somebody knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from budget.models import BudgetLine
from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.fields import Yuan
from keyaccounts.common.forms import EditForm, PageForm
from keyaccounts.common.roles import Role
from keyaccounts.common.widgets import DateChips, SearchSelect, UnitInput
from keyaccounts.people.models import Department, User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices
from materials.actions.extras import Item
from materials.models import Material, MaterialExtra, Requisition
from materials.models.requisitions import DECIDERS

OTHER_ROWS = 3
ITEM_ROWS = 4
MOST = 1_000_000


def quantity_field(label: Any = "", *, most: int = MOST, initial: int | None = None) -> forms.IntegerField:
    """A number with − and ＋ beside it."""
    widget = forms.NumberInput({"inputmode": "numeric", "class": "form-control"})
    return forms.IntegerField(
        label=label, min_value=0, max_value=most, required=False, initial=initial, widget=widget
    )


def askable(campaign: Campaign | None) -> Any:
    """What can be asked for of a campaign's list: things that lie on a shelf."""
    rows = campaign.materials.stocked() if campaign else Material.objects.none()
    return rows.exclude(category="digital")


class RequisitionForm(EditForm):
    """Rows of materials with how many of each are free; others are added by search."""

    purpose = forms.CharField(label=_("What for"), max_length=200)
    day = forms.DateField(label=_("Needed on"), widget=DateChips(days=(0, 1, 3, 7)))
    hour = forms.TimeField(label=_("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    receiver = forms.ModelChoiceField(
        label=_("Receiver"), queryset=User.objects.none(), widget=SearchSelect(), empty_label=None
    )

    def __init__(
        self, *args: Any, campaign: Campaign, user: User, wanted: Mapping[Material, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = User.objects.active().order_by("pk")  # type: ignore[attr-defined]
        self.initial.setdefault("receiver", user.pk)
        self.wanted = dict(wanted)
        for material, quantity in self.wanted.items():
            self.fields[f"q_{material.pk}"] = quantity_field(material.name, initial=quantity)
        known = [material.pk for material in self.wanted]
        others = askable(campaign).exclude(pk__in=known)
        options = [(str(row.pk), f"{row} ({row.available}{row.unit})") for row in others[:500]]
        self._others = {str(row.pk): row for row in others[:500]}
        for number in range(OTHER_ROWS if options else 0):
            self.fields[f"other_{number}"] = forms.ChoiceField(
                label=_("Another material"),
                choices=[("", _("Please choose")), *options],
                required=False,
                widget=SearchSelect(),
            )
            self.fields[f"other_{number}_quantity"] = quantity_field(_("Quantity"))

    @property
    def plain_fields(self) -> list[Any]:
        """What is not a row of materials."""
        return [self[name] for name in ("purpose", "day", "hour", "receiver")]

    @property
    def rows(self) -> list[tuple[Material, Any]]:
        """The materials with their field."""
        return [(material, self[f"q_{material.pk}"]) for material in self.wanted]

    @property
    def other_rows(self) -> list[tuple[Any, Any]]:
        return [
            (self[f"other_{number}"], self[f"other_{number}_quantity"])
            for number in range(OTHER_ROWS)
            if f"other_{number}" in self.fields
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for number in range(OTHER_ROWS):
            if cleaned.get(f"other_{number}") and not cleaned.get(f"other_{number}_quantity"):
                self.add_error(f"other_{number}_quantity", _("Say how many."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        wanted = {material: cleaned.get(f"q_{material.pk}") or 0 for material in self.wanted}
        for number in range(OTHER_ROWS):
            material = self._others.get(cleaned.get(f"other_{number}") or "")
            if material is not None:
                wanted[material] = wanted.get(material, 0) + cleaned[f"other_{number}_quantity"]
        moment = timezone.make_aware(datetime.combine(cleaned["day"], cleaned["hour"]))
        return {
            "purpose": cleaned["purpose"],
            "needed_at": moment,
            "receiver": cleaned["receiver"],
            "wanted": wanted,
        }


class QuantitiesForm(PageForm):
    """A number for each row of a requisition: what is approved, or what goes over the counter."""

    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, requisition: Requisition, lines: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line_{line.pk}"] = quantity_field(str(line.material))

    def quantities(self) -> dict[int, int]:
        """By the row's key; a row left empty is not named."""
        found = {line.pk: self.cleaned_data.get(f"line_{line.pk}") for line in self.lines}
        return {pk: number for pk, number in found.items() if number is not None}


class ReceiptForm(PageForm):
    discrepancy = forms.CharField(max_length=200, required=False)


class ReasonForm(PageForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ExtraForm(EditForm):
    """补充物料报告: what is asked for, why, by when, what it costs and who pays."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 4}))
    needed_on = forms.DateField(label=_("Needed on"), widget=DateChips(days=(3, 7)))
    line = forms.ModelChoiceField(
        label=_("Budget line"),
        queryset=BudgetLine.objects.none(),
        required=False,
        help_text=_("The cost is committed on it when the report is approved."),
    )
    department = forms.ModelChoiceField(
        label=_("or a department pays"),
        queryset=Department.objects.none(),
        required=False,
        help_text=_("Then that department decides, and the plan's money is not touched."),
    )
    amount = Yuan(
        label=_("Expected cost"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        widget=UnitInput(_("yuan")),
        help_text=_("Empty: the sum of the prices above."),
    )

    def __init__(self, *args: Any, campaign: Campaign, rows: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = BudgetLine.objects.spendable().filter(budget__campaign=campaign)
        self.fields["line"].queryset = lines  # type: ignore[attr-defined]
        deciding = User.objects.with_role(*DECIDERS).exclude(grants__role=Role.DIRECTOR)
        departments = Department.objects.filter(pk__in=deciding.values("department"))
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
        self.names = [row.name for row in askable(campaign)[:500]]
        self.item_count = max(ITEM_ROWS, rows + 1)
        categories = [(code, name) for code, name in choices(TermList.MATERIAL_CATEGORY) if code != "task"]
        for number in range(self.item_count):
            self.fields[f"item_{number}"] = forms.CharField(
                label=_("Item"),
                max_length=60,
                required=False,
                widget=forms.TextInput({"list": "material-names", "autocomplete": "off"}),
            )
            self.fields[f"item_{number}_quantity"] = quantity_field(_("Quantity"))
            self.fields[f"item_{number}_unit"] = forms.CharField(
                label=_("Unit"), max_length=10, required=False
            )
            self.fields[f"item_{number}_price"] = Yuan(label=_("Unit price"), required=False)
            self.fields[f"item_{number}_category"] = forms.ChoiceField(
                label=_("Material category"), choices=categories, required=False, initial="print"
            )

    @property
    def plain_fields(self) -> list[Any]:
        """What is not a row of items."""
        return [self[name] for name in ("reason", "needed_on", "line", "department", "amount")]

    @property
    def item_rows(self) -> list[tuple[Any, ...]]:
        parts = ("", "_quantity", "_unit", "_price", "_category")
        return [tuple(self[f"item_{n}{part}"] for part in parts) for n in range(self.item_count)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for number in range(self.item_count):
            name, quantity = cleaned.get(f"item_{number}"), cleaned.get(f"item_{number}_quantity")
            if name and not quantity:
                self.add_error(f"item_{number}_quantity", _("Say how many."))
            if quantity and not name:
                self.add_error(f"item_{number}", _("Say what."))
            if name and not cleaned.get(f"item_{number}_unit"):
                cleaned[f"item_{number}_unit"] = ""
        return cleaned

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        items = [
            Item(
                name=cleaned[f"item_{n}"].strip(),
                quantity=cleaned[f"item_{n}_quantity"],
                unit=cleaned[f"item_{n}_unit"] or "份",
                category=cleaned[f"item_{n}_category"] or "print",
                unit_price=cleaned[f"item_{n}_price"],
            )
            for n in range(self.item_count)
            if cleaned.get(f"item_{n}")
        ]
        return {
            **{name: cleaned[name] for name in ("reason", "needed_on", "line", "department", "amount")},
            "items": items,
        }


def initial_of(extra: MaterialExtra) -> dict[str, Any]:
    """A report as its form shows it."""
    found: dict[str, Any] = {
        name: getattr(extra, name)
        for name in ("reason", "needed_on", "line", "department", "amount", "version")
    }
    for number, row in enumerate(extra.lines.all()):
        found |= {
            f"item_{number}": row.name,
            f"item_{number}_quantity": row.quantity,
            f"item_{number}_unit": row.unit,
            f"item_{number}_price": row.unit_price,
            f"item_{number}_category": row.category,
        }
    return found
