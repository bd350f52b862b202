"""The arithmetic of visits on plain values: lateness, due reminders, what changed since the last visit."""
