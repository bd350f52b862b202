"""A list as Excel, as the job writes it, against openpyxl writing the same cells without styles."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook, load_workbook

from keyaccounts.exports.actions import note_export
from keyaccounts.exports.opening import page

from .measuring import Figures, figure, limit, seconds, watched_memory

if TYPE_CHECKING:
    from .world import World

MOST_MB = 150


def export_figures(name: str, address: str, *, world: World) -> Figures:
    """Write the workbook as the job does; time as a ratio, memory above what there was."""
    export = note_export(
        title=name,
        address=f"{address}?export=xlsx",
        filters="",
        total=world.size,
        at_once=False,
        by=world.director,
        at=world.now,
    )
    with tempfile.TemporaryDirectory() as folder:
        path, bare = Path(folder) / "list.xlsx", Path(folder) / "bare.xlsx"
        with watched_memory() as memory:
            taken = seconds(lambda: page(export, lambda written: None, path))
        book = load_workbook(path, read_only=True)
        cells = [[list(row) for row in sheet.values] for sheet in book.worksheets]
        book.close()

        def plain() -> None:
            plain_book = Workbook(write_only=True)
            for rows in cells:
                sheet = plain_book.create_sheet()
                for row in rows:
                    sheet.append(row)
            plain_book.save(bare)

        found = {
            f"{name}, seconds": figure(
                taken, baseline=seconds(plain), reach=1.5, rows=sum(len(rows) - 3 for rows in cells)
            )
        }
    if memory.used is not None:
        found[f"{name}, MB of memory"] = limit(memory.used, reach=MOST_MB)
    return found
