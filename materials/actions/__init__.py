"""Changes to materials: stock, the list, kits and the requests."""
