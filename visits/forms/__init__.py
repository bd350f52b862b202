"""Shapes of input for visits."""
