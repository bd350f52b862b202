"""Changes to the plan: one verb, one function, one transaction, one audit row."""
