"""The choice lists as the plan gives them (glossary 3.2). The file is read by a migration and by tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SEED_FILE = Path(__file__).with_name("seed.json")


def plant(term_model: Any) -> int:
    """Add the choices that are missing and return how many; a renamed or hidden choice stays as it is.

    ``term_model`` is ``Term``, or its historical form inside a migration.
    """
    known = set(term_model.objects.values_list("list", "code"))
    rows = [
        term_model(list=name, position=10 * place, **row)
        for name, entries in json.loads(SEED_FILE.read_text(encoding="utf-8")).items()
        for place, row in enumerate(entries, start=1)
        if (name, row["code"]) not in known
    ]
    term_model.objects.bulk_create(rows)
    return len(rows)
