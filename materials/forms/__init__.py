"""Shapes of input of materials."""
