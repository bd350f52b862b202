"""The budget's tree of lines, its ledger, and the requests that change it."""

from .budgets import Budget, BudgetLimit, BudgetLine, Estimate
from .claims import ExpenseClaim, Receipt
from .ledger import Entry
from .requests import Supplement, Transfer

__all__ = [
    "Budget",
    "BudgetLimit",
    "BudgetLine",
    "Entry",
    "Estimate",
    "ExpenseClaim",
    "Receipt",
    "Supplement",
    "Transfer",
]
