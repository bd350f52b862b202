"""The organisation of a visit, locked before the visit, wherever the visit has gone meanwhile."""

from __future__ import annotations

from accounts.models import Organisation
from visits.models import Visit


def lock_organisation(visit: Visit) -> Organisation:
    """Lock the organisation that the visit belongs to, and give the visit its present one.

    A merge that was first has taken the visit to the kept file: then that one is locked and counts. Whoever holds
    a file's lock knows that its visits stay with it.
    """
    pk = visit.organisation_id
    while True:
        organisation = Organisation.objects.select_for_update(no_key=True).get(pk=pk)
        pk = Visit.objects.values_list("organisation", flat=True).get(pk=visit.pk)
        if pk == organisation.pk:
            visit.organisation = organisation
            return organisation
