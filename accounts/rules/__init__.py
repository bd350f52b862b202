"""The arithmetic of organisations on plain values: names, stages, grades, silence."""
