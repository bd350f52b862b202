"""Shapes of input for organisations and their people."""
