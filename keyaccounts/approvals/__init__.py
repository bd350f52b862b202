"""申请: one workflow for everything that waits for somebody's decision. No table lives here."""
