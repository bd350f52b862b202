"""The declared edges of a request (appendix 6.2, integrity rule 18)."""

from __future__ import annotations

# to: from where
EDGES: dict[str, tuple[str, ...]] = {
    "pending": ("draft", "returned"),
    "approved": ("pending",),
    "rejected": ("pending",),
    "returned": ("pending",),
    # What is approved is called off by its own app, which takes back what the approval set in motion.
    "withdrawn": ("draft", "pending", "returned", "approved"),
    "fulfilled": ("approved",),
}


def sources_of(to: str) -> tuple[str, ...]:
    """The states from which ``to`` can be reached."""
    return EDGES[to]
