"""The arithmetic of organisations on plain values: names, grades, silence."""
