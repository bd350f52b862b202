"""Importing organisations and contacts: judge each line, write, take back (D6); ``keyaccounts.imports`` does the rest."""

from .reading import decide, judge_lines
from .reverting import revert
from .writing import Writer

__all__ = ["Writer", "decide", "judge_lines", "revert"]
