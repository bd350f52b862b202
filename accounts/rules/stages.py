"""The stages of an organisation and the declared edges between them (appendix 6.2)."""

from __future__ import annotations

ASIDE = ("parked", "dropped")
FORWARD: dict[str, tuple[str, ...]] = {
    "scouting": ("evaluated", "negotiating"),
    "evaluated": ("targeted", "negotiating"),
    "targeted": ("negotiating",),
    "negotiating": ("briefing", "collecting", "contracting"),
    "briefing": ("collecting", "negotiating", "contracting"),
    "collecting": ("contracting", "briefing"),
    "contracting": ("cooperating", "collecting"),
    "cooperating": ("maintaining", "collecting"),
    # A new round begins with talks or with new quantities (R42).
    "maintaining": ("negotiating", "collecting", "cooperating"),
    "parked": ("scouting", "evaluated", "negotiating", "maintaining"),
    "dropped": ("scouting",),
}


def next_stages(stage: str) -> tuple[str, ...]:
    """Where an organisation may go from ``stage``, the normal way first, then aside."""
    forward = FORWARD.get(stage, ())
    return forward if stage in ASIDE else (*forward, *ASIDE)


def needs_reason(stage: str) -> bool:
    """暂缓 and 放弃 are only entered with a reason."""
    return stage in ASIDE
