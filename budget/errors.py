"""What the ledger refuses, with what would help."""

from __future__ import annotations

from decimal import Decimal

from keyaccounts.common.errors import RuleViolation

from .models import BudgetLine


class OverBudget(RuleViolation):
    """A line lacks money for what is asked of it (R91); ``missing`` is how much, in yuan.

    ``source`` is the business event that was refused: a supplement report may name it (R92).
    """

    def __init__(
        self, line: BudgetLine, *, missing: Decimal, message: str, source: str = "", field: str | None = None
    ):
        super().__init__(message, field=field)
        self.line, self.missing, self.source = line, missing, source
