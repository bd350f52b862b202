"""The budget's tree of lines, its ledger, and the requests that change it."""

from .budgets import Budget, BudgetLimit, BudgetLine, Estimate
from .claims import ClaimRule, ExpenseClaim, Receipt, claim_rule
from .ledger import Entry
from .requests import Supplement, Transfer

__all__ = [
    "Budget",
    "BudgetLimit",
    "BudgetLine",
    "ClaimRule",
    "Entry",
    "Estimate",
    "ExpenseClaim",
    "Receipt",
    "Supplement",
    "Transfer",
    "claim_rule",
]
