"""Working on an organisation that nobody merges or takes back meanwhile."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Organisation
from keyaccounts.common.errors import RuleViolation


def lock_present(organisation: Organisation) -> Organisation:
    """Lock the organisation, the first lock of an act that changes it or adds to it, and return it.

    Raises RuleViolation when its file has been merged into another one, or taken back with its import, since the
    page was opened: what would be added to it nobody would see.
    """
    held = (
        Organisation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("merged_into")
        .get(pk=organisation.pk)
    )
    if held.merged_into is not None:
        raise RuleViolation(
            _("This file has been merged into %(name)s meanwhile. Enter it there.")
            % {"name": held.merged_into}
        )
    if held.withdrawn_at is not None:
        raise RuleViolation(_("This file has been taken back with its import meanwhile."))
    return held
