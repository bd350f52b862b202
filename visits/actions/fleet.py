"""车辆和司机: entered, changed and taken out of use by the marketing centre (R71, R78)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import Remedy, RuleViolation
from visits.models import Driver, Vehicle
from visits.models.vehicles import FLEET_KEEPERS

Thing = TypeVar("Thing", Vehicle, Driver)


@transaction.atomic
def enter(thing: Thing, *, by: Any) -> Thing:
    """Enter a vehicle or a driver.

    Raises RuleViolation: not the marketing centre or the director; a plate that is there already.
    """
    _refuse_others(by)
    _save(thing)
    record(thing, f"{thing._meta.label_lower}.created", by=by)
    return thing


@transaction.atomic
def change(thing: Thing, *, version: int | None, by: Any, at: datetime, **values: Any) -> Thing:
    """Change a vehicle or a driver; ``is_active`` False takes it out of use, and what has driven stays to be read.

    Raises RuleViolation as ``enter`` does, and while a trip to come has it; StaleEdit.
    """
    _refuse_others(by)
    # As whoever gives it to a trip does: of the two, one goes first and the other sees it.
    type(thing)._default_manager.filter(pk=thing.pk).update(turn=F("turn") + 1)
    thing.claim(version)
    thing.refresh_from_db()
    changes = {
        name: [str(getattr(thing, name)), str(value)]
        for name, value in values.items()
        if getattr(thing, name) != value
    }
    if thing.is_active and values.get("is_active") is False:
        _refuse_promised(thing, at=at)
    for name, value in values.items():
        setattr(thing, name, value)
    _save(thing)
    record(thing, f"{thing._meta.label_lower}.changed", by=by, changes=changes)
    return thing


# -- parts of the above -------------------------------------------------------------------------------
def _refuse_others(by: Any) -> None:
    if not by.has_role(*FLEET_KEEPERS):
        raise RuleViolation(_("The marketing centre keeps vehicles and drivers."))


def _refuse_promised(thing: Vehicle | Driver, *, at: datetime) -> None:
    trip = thing.trips.filter(state=RequestState.APPROVED, back_at__gt=at).order_by("leaves_at").first()
    if trip is not None:
        raise RuleViolation(
            _("%(thing)s still drives %(code)s (%(what)s): send another one there first.")
            % {"thing": thing, "code": trip.code, "what": trip.purpose},
            field="is_active",
            remedy=Remedy(trip.code, trip.get_absolute_url()),
        )


def _save(thing: Vehicle | Driver) -> None:
    try:
        thing.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleViolation(messages[0], field=None if field == "__all__" else field) from error
    thing.save()
