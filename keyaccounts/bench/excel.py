"""A list as Excel, against openpyxl writing the same cells without styles."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook, load_workbook

from .measuring import Figures, Pages, figure, limit, seconds, watched_memory

if TYPE_CHECKING:
    from .world import World

MOST_MB = 150


def export_figures(name: str, address: str, *, world: World) -> Figures:
    """Ask for the workbook as the director does; time as a ratio, memory above what there was."""
    pages, kept = Pages(world.director), io.BytesIO()

    def export() -> None:
        answer = pages.open(f"{address}?export=xlsx")
        for chunk in answer.streaming_content:  # type: ignore[attr-defined]
            kept.write(chunk)

    with watched_memory() as memory:
        taken = seconds(export)
    book = load_workbook(kept, read_only=True)
    cells = [list(row) for row in book.worksheets[0].values]

    def plain() -> None:
        bare = Workbook(write_only=True)
        sheet = bare.create_sheet()
        for row in cells:
            sheet.append(row)
        bare.save(io.BytesIO())

    found = {f"{name}, seconds": figure(taken, baseline=seconds(plain), reach=1.5, rows=len(cells) - 3)}
    if memory.used is not None:
        found[f"{name}, MB of memory"] = limit(memory.used, reach=MOST_MB)
    return found
