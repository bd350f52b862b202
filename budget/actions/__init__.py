"""Changes to the budget: the ledger itself, and the requests that lead to entries."""
