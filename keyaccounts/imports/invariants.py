"""What must always hold of imports (integrity rule 18)."""

from django.utils.translation import gettext_lazy as _

from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant

from .choices import UploadState
from .models import Upload

# Reading and writing meanwhile are the machine's steps, not acts.
STATES = (UploadState.WRITTEN, UploadState.REVERTED)
EDGES = ((UploadState.PREVIEW, UploadState.WRITTEN), (UploadState.WRITTEN, UploadState.REVERTED))


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_imports() -> Found:
    found = Found()
    moves = Moves(
        "imports.upload.",
        frozenset(STATES),
        lambda before, after: (before, after) in EDGES,
        lambda: found.look(
            Upload.objects.filter(state__in=STATES, former_name="").values_list("pk", "state").iterator()
        ),
    )
    found.violations += broken_moves(moves)
    return found
