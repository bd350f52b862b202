"""Changes to organisations and their people: one verb, one function, one transaction, one audit row."""
