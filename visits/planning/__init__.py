"""Readings for visit plans: which time is planned when, what to propose for it, what became of it."""
