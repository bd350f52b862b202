"""What can be imported: each app names its kinds in a module ``importing.py``, ``KINDS = (PriceList(), …)``.

``ImportKind`` is what the mechanism asks of a kind. ``LineKind`` answers it for workbooks of which each line stands for
itself (a price list); a kind that needs to see the whole workbook (organisations) answers it alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Column
from keyaccounts.common.roles import Role
from keyaccounts.common.wording import labelled
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.common.xlsx_in import Line, as_text, plain_title

from .choices import LineVerdict
from .models import Upload, UploadLine

HEADER_WITHIN = 15
WRITABLE = (LineVerdict.CREATE, LineVerdict.UPDATE)

Writer = Callable[[list[UploadLine]], None]
Known = TypeVar("Known")


class ImportKind(ABC):
    """One kind of workbook: its words, who imports it, how its lines are judged, written and taken back."""

    code: str
    title: Any
    help_text: Any
    roles: tuple[Role, ...]
    seen_by: tuple[Role, ...] = ()
    """Who sees the uploads of everybody; others see their own."""
    verdicts: tuple[tuple[str, Any], ...] = tuple(
        choice for choice in LineVerdict.choices if choice[0] != LineVerdict.DUPLICATE
    )
    read_at_once = 300_000
    """A workbook up to so many bytes is read while the person waits; a larger one by a job."""
    can_revert = False
    questions = ""
    """The template of a look-alike's questions, where the kind asks any."""

    def about(self, asked: str, user: Any) -> str:
        """What an upload belongs to, from the address's ``?campaign=``; raises Http404."""
        return ""

    @abstractmethod
    def back(self, about: str) -> str:
        """The page the import is started from."""

    @abstractmethod
    def judge_lines(
        self, lines: Iterable[Line], *, upload: Upload, today: date, heard: Callable[[int, int], None]
    ) -> tuple[list[UploadLine], str]:
        """Every line with its verdict, not saved yet, and what is to be said of the workbook besides.

        Raises RuleViolation when nothing in it can be imported. ``heard(done, total)`` shows how far it is.
        """

    @abstractmethod
    def writer(self, upload: Upload, *, at: datetime) -> Writer:
        """What writes some hundred lines through the app's actions, in the transaction it is called in.

        A line the rules refuse gets the verdict ERROR and its reasons. The lines are saved by who calls.
        """

    def decide(self, line: UploadLine, *, decision: str, reason: str, by: Any) -> None:
        """Answer a look-alike's question, on the line; raises RuleViolation."""
        raise RuleViolation(_("Only look-alikes need a decision."))

    def revert(self, upload: Upload, *, by: Any, at: datetime) -> None:
        """Take back what was written, all of it; raises RuleViolation when somebody has worked on it since."""
        raise RuleViolation(_("This kind of import is not taken back: put the rows right one by one."))

    @abstractmethod
    def template(self) -> Workbook:
        """An empty workbook to fill in."""

    def in_order(self, titles: Iterable[str]) -> list[str]:
        """The titles of the company's columns in the order to show them."""
        return list(titles)

    @abstractmethod
    def cells(self, lines: Sequence[UploadLine]) -> tuple[list[str], list[list[str]]]:
        """What the preview shows of these lines: column titles, and each line's cells."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is made of a line. ``messages`` say what it changes, or why it cannot be imported."""

    verdict: LineVerdict
    messages: list[str] = field(default_factory=list)
    url: str = ""


class LineKind(ImportKind, Generic[Known]):
    """A workbook of which each line stands for itself; when it is written each line is judged anew.

    ``headers`` maps a field to the names companies give its column; the first is what our template says.
    ``needed`` are the fields without which no line is a header. What lines are compared with is ``known``: looked up
    once for all lines that are judged together, not line by line.
    """

    headers: dict[str, tuple[str, ...]]
    needed: tuple[str, ...]
    example: dict[str, Any]
    choices: dict[str, list[str]] = {}
    most_lines = 2_000
    read_at_once = 30_000

    @abstractmethod
    def look_up(self, about: str) -> Known:
        """What is there now: asked once before a workbook is judged, and once for each transaction that writes."""

    @abstractmethod
    def read(self, name: str, cell: Any, *, known: Known) -> Any:
        """One cell's text as a value. Raises ValueError with the words that say what is wrong."""

    @abstractmethod
    def judge(self, values: dict[str, Any], *, known: Known, seen: set[Any]) -> Judged:
        """What would become of a line; ``seen`` is shared by the lines of one file, so that a second one is told."""

    @abstractmethod
    def write(self, values: dict[str, Any], *, known: Known, source: str, by: Any, at: datetime) -> str:
        """Write one line through the app's actions and return where it is read; raises RuleViolation.

        Somebody else may have been there since ``known`` was looked up: the actions look again.
        """

    # -- what the mechanism asks ----------------------------------------------------------------
    def judge_lines(
        self, lines: Iterable[Line], *, upload: Upload, today: date, heard: Callable[[int, int], None]
    ) -> tuple[list[UploadLine], str]:
        headers: list[str] = []
        rows = list(self._rows(lines, headers))
        if not rows and headers:
            raise RuleViolation(_("Below the header there is no line to import."))
        if not rows:
            raise RuleViolation(
                _("No sheet has a header line with %(names)s. Download the template to compare.")
                % {"names": "、".join(self.headers[name][0] for name in self.needed)}
            )
        if len(rows) > self.most_lines:
            raise RuleViolation(
                _("More than %(count)s lines: split the workbook.") % {"count": f"{self.most_lines:,}"}
            )
        seen: set[Any] = set()
        known, found = self.look_up(upload.about), []
        for done, (line, raw) in enumerate(rows):
            heard(done, len(rows))
            row = UploadLine(upload=upload, sheet=line.sheet[:60], number=line.number, raw=raw)
            self._judge(row, known, seen)
            found.append(row)
        return found, ""

    def writer(self, upload: Upload, *, at: datetime) -> Writer:
        seen: set[Any] = set()
        # A worker goes on for another one: what that one wrote is judged only for what has been seen.
        if written := list(upload.lines.filter(is_done=True).order_by("pk")):
            known = self.look_up(upload.about)
            for line in written:
                self._judge(line, known, seen)

        def write(lines: list[UploadLine]) -> None:
            known = self.look_up(upload.about)
            for line in lines:
                self._write(line, self._judge(line, known, seen), known, upload, at)

        return write

    def template(self) -> Workbook:
        titles = {name: titles[0] for name, titles in self.headers.items()}
        return template_workbook(
            str(self.title),
            list(titles.values()),
            example=[self.example.get(name) for name in titles],
            note=_("Delete the example line."),
            choices={titles[name]: labels for name, labels in self.choices.items()},
        )

    def in_order(self, titles: Iterable[str]) -> list[str]:
        used = set(titles)
        return [names[0] for names in self.headers.values() if names[0] in used]

    def cells(self, lines: Sequence[UploadLine]) -> tuple[list[str], list[list[str]]]:
        titles = self.in_order(title for line in lines for title in line.raw)
        return titles, [[line.raw.get(title, "") for title in titles] for line in lines]

    def _rows(self, lines: Iterable[Line], headers: list[str]) -> Iterator[tuple[Line, dict[str, str]]]:
        """The lines below each sheet's header, each cell as text under our own name of its column.

        ``headers`` receives the sheets that have one.
        """
        known = {plain_title(title): name for name, titles in self.headers.items() for title in titles}
        sheet, seen, columns = "", 0, None
        for line in lines:
            if line.sheet != sheet:
                sheet, seen, columns = line.sheet, 0, None
            seen += 1
            if columns is None:
                found: dict[str, int] = {}
                for index, cell in enumerate(line.cells):
                    name = known.get(plain_title(as_text(cell)))
                    if name:
                        found.setdefault(name, index)
                if seen <= HEADER_WITHIN and all(name in found for name in self.needed):
                    columns = found
                    headers.append(sheet)
                continue
            raw = {
                self.headers[name][0]: as_text(line.cells[index])
                for name, index in columns.items()
                if index < len(line.cells) and as_text(line.cells[index])
            }
            if raw:
                yield line, raw

    def _judge(self, line: UploadLine, known: Known, seen: set[Any]) -> dict[str, Any]:
        """Give the line its verdict; returns its values."""
        values: dict[str, Any] = {}
        problems = []
        for name, titles in self.headers.items():
            text = line.raw.get(titles[0])
            if text is None:
                if name in self.needed:
                    problems.append(_("%(title)s is missing.") % {"title": titles[0]})
                continue
            try:
                values[name] = self.read(name, text, known=known)
            except ValueError as problem:
                problems.append(labelled(titles[0], problem))
        judged = (
            Judged(LineVerdict.ERROR, problems) if problems else self.judge(values, known=known, seen=seen)
        )
        line.verdict, line.messages, line.url = judged.verdict, judged.messages, judged.url
        return values

    def _write(
        self, line: UploadLine, values: dict[str, Any], known: Known, upload: Upload, at: datetime
    ) -> None:
        if line.verdict not in WRITABLE:
            return
        try:
            with transaction.atomic():
                line.url = self.write(
                    values, known=known, source=f"imports.uploadline:{line.pk}", by=upload.by, at=at
                )
        except (RuleViolation, ValidationError) as problem:
            refuse(line, problem)


def refuse(line: UploadLine, problem: RuleViolation | ValidationError) -> None:
    """The line is not written; its reasons are the rules'."""
    said = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
    line.verdict, line.messages = LineVerdict.ERROR, said


def template_workbook(
    title: str, titles: Sequence[str], *, example: Sequence[Any], note: str, choices: dict[str, list[str]]
) -> Workbook:
    """An empty workbook with our headers, one example line, and choices to pick from by column title."""
    book = Workbook(write_only=True)
    columns = [Column(name, name, width=16) for name in titles]
    write_sheet(book, title=title, columns=columns, rows=[example], note=note)
    for index, name in enumerate(titles, start=1):
        listed = ",".join(label.replace(",", "、") for label in choices.get(name, []))
        if listed and len(listed) < 250:
            validation = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            validation.add(f"{get_column_letter(index)}4:{get_column_letter(index)}2000")
            book.worksheets[0].data_validations.append(validation)
    return book


@cache
def kinds() -> dict[str, ImportKind]:
    """Every kind by its code."""
    found: dict[str, ImportKind] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.importing"
        if not config.name.startswith("django.") and find_spec(name) is not None:
            found |= {kind.code: kind for kind in import_module(name).KINDS}
    return found


def codes_seen_by(user: Any) -> list[str]:
    """The kinds whose uploads this person sees, whoever made them."""
    return [kind.code for kind in kinds().values() if kind.seen_by and user.has_role(*kind.seen_by)]
