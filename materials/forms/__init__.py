"""The shapes of what people fill in about materials."""
