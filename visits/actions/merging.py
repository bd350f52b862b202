"""What two files of one organisation have of visits becomes one row of visits (D2, integrity rule 13)."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.actions.merging import SamePeople
from accounts.models import Organisation
from visits.models import AppointmentCall, Visit

# Above every number in use, so that renumbering never meets a number that is still taken.
ASIDE = 1_000_000


def take_over_visits(kept: Organisation, merged: Organisation, people: SamePeople) -> None:
    """Move the merged organisation's visits and number all of them anew by the day they took place.

    For ``accounts.actions.merging.merge``, which has locked both organisations.
    """
    for gone, stays in people.items():
        AppointmentCall.objects.filter(contact=gone).update(contact=stays)
        for through in (Visit.contacts.through, Visit.contacts_met.through):
            there = through.objects.filter(contact=stays).values("visit")
            through.objects.filter(contact=gone).exclude(visit__in=there).update(contact=stays)
            through.objects.filter(contact=gone).delete()
    kept.visits.filter(number__isnull=False).update(number=F("number") + ASIDE)
    merged.visits.filter(number__isnull=False).update(number=F("number") + 2 * ASIDE)
    merged.visits.update(organisation=kept)
    made = list(
        kept.visits.filter(number__isnull=False)
        .order_by(Coalesce("checked_in_at", "finished_at", "planned_at"), "pk")
        .values_list("pk", flat=True)
    )
    for number, pk in enumerate(made, start=1):
        Visit.objects.filter(pk=pk).update(number=number)
