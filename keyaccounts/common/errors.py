"""Refusals that a person can act on. Anything else that goes wrong is a bug and reaches the log."""

from typing import Any, NamedTuple


class Remedy(NamedTuple):
    """The page where what is missing can be had: the words of its button and its address."""

    label: Any
    url: str


class RuleViolation(Exception):
    """A rule of the plan refuses an act.

    ``message`` says which rule refused and what would satisfy it, in the reader's language;
    ``field`` names the form field it belongs to, or is None when it concerns the whole act;
    ``remedy`` is offered as a button beside the refusal.
    """

    def __init__(self, message: Any, *, field: str | None = None, remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy

    def __str__(self) -> str:
        return str(self.message)


class StaleEdit(RuleViolation):
    """Somebody else saved the record after this form was opened (integrity rule 20).

    ``current`` is the record as it stands, so that both versions can be shown.
    """

    def __init__(self, message: Any, *, current: Any) -> None:
        super().__init__(message)
        self.current = current
