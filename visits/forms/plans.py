"""One's plan for a week or a month: each proposal with the days it could be on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.forms import EditForm
from keyaccounts.common.widgets import Chips
from visits.choices import PlanSpan
from visits.models import Visit
from visits.planning.periods import Period, Slot
from visits.planning.proposals import Beginning, Proposal

LEAVE_OUT, ANY_DAY = "-", "any"


class PlanForm(EditForm):
    """The remark, and for each appointment without a day and each proposal the day chosen, or none."""

    remark = forms.CharField(
        label=_("Remark"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": _("What matters, what is missing, leave")}),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        beginning: Beginning,
        period: Period,
        on: date,
        so_far: Mapping[int, Slot] | None = None,
        **kwargs: Any,
    ) -> None:
        """``so_far``: by visit, when the revision before had it."""
        super().__init__(*args, **kwargs)
        self.beginning = beginning
        self.slots = {slot.key: slot for slot in period.slots(on=on)}
        if period.span == PlanSpan.WEEK:
            self.slots[ANY_DAY] = period.whole
        self.choices = [
            (LEAVE_OUT, pgettext_lazy("plan", "Leave out")),
            *(
                (key, pgettext_lazy("plan", "Any day") if key == ANY_DAY else slot.label)
                for key, slot in self.slots.items()
            ),
        ]
        self.of_visits = {f"visit_{visit.pk}": visit for visit in beginning.open}
        self.of_proposals = {f"organisation_{row.organisation.pk}": row for row in beginning.proposals}
        for name, visit in self.of_visits.items():
            before = (so_far or {}).get(visit.pk)
            is_meant = before or (so_far is None and _falls_due(visit, period))
            self._ask(name, self._key(before) if before else ANY_DAY if is_meant else LEAVE_OUT)
        for name, row in self.of_proposals.items():
            wished = next(
                (key for key, slot in self.slots.items() if row.wished_on and slot.from_on <= row.wished_on <= slot.until_on),
                LEAVE_OUT,
            )  # fmt: skip
            self._ask(name, wished if so_far is None else LEAVE_OUT)

    def _ask(self, name: str, initial: str) -> None:
        known = initial if initial in self.slots else LEAVE_OUT
        self.fields[name] = forms.ChoiceField(
            choices=self.choices, required=False, widget=Chips, initial=known
        )

    def _key(self, slot: Slot) -> str:
        return next((key for key, one in self.slots.items() if one == slot), LEAVE_OUT)

    # -- for the page ---------------------------------------------------------------------------
    @property
    def visits(self) -> list[tuple[Visit, BoundField]]:
        """The appointments without a day, each with its chips."""
        return [(visit, self[name]) for name, visit in self.of_visits.items()]

    @property
    def groups(self) -> list[tuple[Any, list[tuple[Proposal, BoundField]]]]:
        """The proposals by why they are made."""
        fields = {row: self[name] for name, row in self.of_proposals.items()}
        named = (
            (pgettext_lazy("plan", "Promised"), self.beginning.promised),
            (_("Due by grade"), self.beginning.due),
            (_("Never visited"), self.beginning.first),
        )
        return [(title, [(row, fields[row]) for row in rows]) for title, rows in named if rows]

    # -- for the action -------------------------------------------------------------------------
    def dated(self) -> dict[Visit, Slot]:
        return self._chosen(self.of_visits)

    def proposed(self) -> dict[Proposal, Slot]:
        return self._chosen(self.of_proposals)

    def _chosen(self, rows: Mapping[str, Any]) -> dict[Any, Slot]:
        chosen = {row: self.slots.get(self.cleaned_data.get(name, "")) for name, row in rows.items()}
        return {row: slot for row, slot in chosen.items() if slot is not None}


def _falls_due(visit: Visit, period: Period) -> bool:
    return visit.call_again_on is None or visit.call_again_on <= period.last_on
