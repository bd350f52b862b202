"""States of requests of every kind (integrity rule 18)."""

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant

from .choices import RequestState
from .models import Request
from .rules import EDGES


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_requests() -> Found:
    found = Found()
    for kind in apps.get_models():
        if issubclass(kind, Request):
            rows = kind._default_manager.values_list("pk", "state")
            moves = Moves(
                f"{kind._meta.label_lower}.",
                frozenset(RequestState.values),
                lambda before, after: before in EDGES.get(after, ()),
                lambda rows=rows: found.look(rows.iterator()),  # type: ignore[misc]
            )
            found.violations += broken_moves(moves)
    return found
