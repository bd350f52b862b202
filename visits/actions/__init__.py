"""Changes to visits: one verb, one function, one transaction, one audit row."""
