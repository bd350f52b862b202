"""Importing organisations and contacts: read, judge each line, write, take back (D6)."""

from .reading import decide_row, read_upload, upload
from .reverting import failed_rows, revert
from .writing import INLINE, commit, start_commit

__all__ = [
    "INLINE",
    "commit",
    "decide_row",
    "failed_rows",
    "read_upload",
    "revert",
    "start_commit",
    "upload",
]
