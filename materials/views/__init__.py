"""The pages of materials and stock."""
