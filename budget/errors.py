"""What the ledger refuses, with what would help."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from keyaccounts.common.errors import Remedy, RuleViolation

from .models import BudgetLine


class OverBudget(RuleViolation):
    """A line lacks money for what is asked of it (R91); ``missing`` is how much, in yuan.

    ``source`` is the business event that was refused: the remedy is the supplement report, filled in with the
    line, the missing amount and the source (R92).
    """

    def __init__(
        self,
        line: BudgetLine,
        *,
        missing: Decimal,
        message: Any,
        source: str = "",
        field: str | None = None,
        purpose: str = "",
        needy: tuple[BudgetLine, Decimal] | None = None,
        is_taken: bool = False,
    ) -> None:
        """``needy`` is the line that wants the money, and how much, when it is another one than ``line`` (a transfer);
        ``is_taken`` when money is taken off the line, which more money for it would not help."""
        asking, amount = needy or (line, missing)
        known = {"line": asking.pk, "amount": amount, "source": source, "for": purpose}
        wanted = urlencode({name: value for name, value in known.items() if value})
        super().__init__(
            message,
            field=field,
            remedy=None
            if is_taken
            else Remedy(_("Ask for extra money"), f"{reverse('budget:supplement_new')}?{wanted}"),
        )
        self.line, self.missing, self.source = line, missing, source

    def of(
        self, source: str, *, purpose: str = "", needy: tuple[BudgetLine, Decimal] | None = None
    ) -> OverBudget:
        """The same refusal in the name of the record that people know, whose page the report leads back to."""
        return OverBudget(
            self.line, missing=self.missing, message=self.message, source=source, field=self.field or "amount",
            purpose=purpose, needy=needy,
        )  # fmt: skip
