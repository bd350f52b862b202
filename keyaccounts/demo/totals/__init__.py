"""The totals a correct program must show, computed from the database (``expected_at_as_of`` of a demo file).

A module a step of the work, each with ``totals(on) -> {key: value}``; a new one is named in ``MODULES``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from . import accounts, approvals, budget, campaigns, materials, visits

MODULES = (accounts, visits, campaigns, materials, budget, approvals)


def totals(*, on: date) -> dict[str, Any]:
    """Every total this program can compute, as it stands ``on`` that day."""
    return {key: value for module in MODULES for key, value in module.totals(on).items()}
