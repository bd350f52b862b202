"""Reading all parts in order: everything the program has a place for, or nothing at all."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, transaction

from keyaccounts.common.errors import RuleViolation
from keyaccounts.demo.models import DemoRecord

from . import budget, evaluations, materials, organisations, people, plan, spending, supplies, visits
from .file import DemoFile, DemoFileError

# In the order in which the parts refer to each other.
MODULES = (people, plan, organisations, visits, materials, evaluations, budget, spending, supplies)
PARTS = {part: read for module in MODULES for part, read in module.PARTS.items()}
# Requests come in one part, whatever they ask for; they refer to everything else.
REQUESTS = {kind: read for module in MODULES for kind, read in getattr(module, "REQUESTS", {}).items()}
# What follows from the whole file, when all of it is there.
AFTER = [step for module in MODULES for step in getattr(module, "AFTER", ())]
NOT_DATA = ("meta", "expected_at_as_of")
WRONG = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ObjectDoesNotExist,
    ValidationError,
    DatabaseError,
    RuleViolation,
)


class Loader:
    """Loads one file. ``password`` is what every demo person signs in with."""

    def __init__(self, data: dict[str, Any], *, password: str) -> None:
        self.file = DemoFile(data, password=password)

    def load(self) -> Counter[str]:
        """Load every part there is a place for. Returns how many rows of each part.

        Raises ``DemoFileError`` when the file is not in order; then nothing of it stays.
        """
        try:
            with transaction.atomic():
                self._read()
        except WRONG as problem:
            raise DemoFileError(f"{self.file.reading}: {_said(problem)}") from problem
        return self.file.counts

    @property
    def left_out(self) -> list[str]:
        """Parts of the file, and kinds of request, that wait for a later app."""
        parts = [
            part
            for part, value in self.file.data.items()
            if isinstance(value, list | dict) and part not in (*PARTS, *NOT_DATA, "requests")
        ]
        kinds = {row.get("type") for row in self.file.data.get("requests", [])} - set(REQUESTS)
        return parts + [f"requests ({kind})" for kind in sorted(map(str, kinds))]

    def _read(self) -> None:
        for part, read in PARTS.items():
            if part in self.file.data:
                self.file.reading = part
                read(self.file)
        for row in self.file.rows("requests"):
            if read_request := REQUESTS.get(row["type"]):
                self.file.keep("requests", row["id"], read_request(self.file, row))
        self.file.reading = "what follows"
        for step in AFTER:
            step(self.file)
        DemoRecord.objects.bulk_create(
            DemoRecord(kind=row._meta.label_lower, reference=reference, object_id=row.pk)
            for reference, row in self.file.made.items()
        )


def _said(problem: Exception) -> str:
    if isinstance(problem, KeyError):
        return f"{problem} is missing or not known."
    if isinstance(problem, ValidationError):
        if hasattr(problem, "error_dict"):
            return " ".join(f"{field}: {' '.join(said)}" for field, said in problem.message_dict.items())
        return " ".join(problem.messages)
    return f"{problem} ({type(problem).__name__})"
