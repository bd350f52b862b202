"""The organisations of visits, locked before the visits, wherever the visits have gone meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from accounts.models import Organisation
from visits.models import Visit


def lock_organisation(visit: Visit) -> Organisation:
    """Lock the organisation that the visit belongs to, and give the visit its present one."""
    lock_organisations((), [visit])
    return visit.organisation


def lock_organisations(organisations: Iterable[Organisation], visits: Collection[Visit]) -> None:
    """Lock these organisations and those that the visits belong to, in one order, and give each visit its present one.

    A merge that was first has taken a visit to the kept file: then that one is locked and counts. Whoever holds
    a file's lock knows that its visits stay with it.
    """
    named = {organisation.pk for organisation in organisations}
    wanted = named | {visit.organisation_id for visit in visits}
    while True:
        with transaction.atomic():
            rows = Organisation.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
            held = {row.pk: row for row in rows}
            keys = [visit.pk for visit in visits]
            at = dict(Visit.objects.filter(pk__in=keys).values_list("pk", "organisation"))
            if set(at.values()) <= set(held):
                for visit in visits:
                    visit.organisation = held[at[visit.pk]]
                return
            # Let go before asking for the other: a merge may hold that one already and wait for this one.
            transaction.set_rollback(True)
        wanted = named | set(at.values())
