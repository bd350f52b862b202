"""The arithmetic of phases and work items on plain values: shown state, due reminders."""
