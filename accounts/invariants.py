"""What must always hold of organisations and their people (integrity rules 12, 18, 20)."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, F, Model
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.triggers import not_whole

from .choices import ACTIVE_KEY_STATES, PriorityListState, Stage
from .models import Fact, KeyContact, KeyContactChange, Organisation, PriorityList
from .rules.stages import next_stages

DECISIONS = {
    RequestState.PENDING: (RequestState.APPROVED, RequestState.RETURNED, RequestState.WITHDRAWN),
}
LISTS = {
    PriorityListState.DRAFT: (PriorityListState.SUBMITTED,),
    PriorityListState.SUBMITTED: (PriorityListState.APPROVED, PriorityListState.RETURNED),
}


@invariant(12, _("At most one active key contact per organisation, one of its own people"))
def one_active_key_contact() -> Found:
    active = KeyContact.objects.filter(state__in=ACTIVE_KEY_STATES)
    several = active.order_by().values_list("organisation__code").annotate(n=Count("pk")).filter(n__gt=1)
    foreign = KeyContact.objects.exclude(contact__organisation=F("organisation")).select_related(
        "organisation"
    )
    return Found(
        Organisation.objects.count(),
        [f"{code}: {count}" for code, count in several]
        + [f"{key.organisation.code}: {key.contact_id}" for key in foreign],
    )


@invariant(20, _("Nobody's words are lost: what was learnt of an organisation stays as it was written"))
def facts_are_guarded() -> Found:
    return Found(Fact.objects.count(), not_whole(connection, Fact._meta.db_table))


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_organisations_and_requests() -> Found:
    found = Found()

    def states(model: type[Model], field: str = "state") -> Iterator[tuple[int, str]]:
        return found.look(model.objects.values_list("pk", field).iterator())  # type: ignore[attr-defined]

    for moves in (
        Moves(
            "accounts.organisation.",
            frozenset(Stage.values),
            lambda before, after: after in next_stages(before),
            lambda: states(Organisation, "stage"),
        ),
        Moves(
            "accounts.keycontactchange.",
            frozenset(RequestState.values),
            lambda before, after: after in DECISIONS.get(RequestState(before), ()),
            lambda: states(KeyContactChange),
        ),
        Moves(
            "accounts.prioritylist.",
            frozenset(PriorityListState.values),
            lambda before, after: after in LISTS.get(PriorityListState(before), ()),
            lambda: states(PriorityList),
        ),
        # Imports before all kinds were one; what becomes of them since is in the trail of keyaccounts.imports.
        Moves(
            "accounts.importbatch.",
            frozenset({"committed", "reverted"}),
            lambda before, after: (before, after) == ("committed", "reverted"),
            lambda: (),
        ),
    ):
        found.violations += broken_moves(moves)
    return found
