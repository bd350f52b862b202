"""预算台账: the earmarked budget, its append-only ledger, supplements, transfers and expense claims (R80–R93)."""
