"""The lines of a workbook, read into organisations and contacts with what is wrong with them (D6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.rules.names import folded
from keyaccounts.common.wording import labelled
from keyaccounts.common.xlsx_in import Line, as_text
from keyaccounts.people.models import User

from .headers import HEADER_WITHIN, Place, columns_of, second_header
from .values import refuse_too_long, values_of

# A line that adds the others up is no organisation.
TOTALS = ("合计", "总计", "小计", "共计")


@dataclass(slots=True)
class Read:
    """What one line of a workbook says: values by part, and what is wrong with them."""

    line: Line
    organisation: dict[str, Any] = field(default_factory=dict)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    asked_on: date | None = None
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sheets:
    """What was found besides lines: sheets with and without a header, and columns nobody knows."""

    with_header: list[str] = field(default_factory=list)
    without_header: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_lines(lines: Iterable[Line], *, today: date) -> tuple[list[Read], Sheets]:
    """Make sense of the lines; returns the rows and what was found besides them.

    The header is the first line among a sheet's first fifteen that names the organisation: title lines above it do
    not disturb. A second header line below merged ones (联系人 over 姓名, 职务, 电话) counts with it. A line with
    people but no organisation belongs to the organisation above, as merged cells mean it.
    """
    people: dict[str, list[User]] = {}
    for user in User.objects.with_role("rep", "lead"):
        people.setdefault(user.name, []).append(user)
    found: list[Read] = []
    sheets = Sheets()
    for name, of_sheet in _by_sheet(lines):
        columns: dict[int, Place] | None = None
        head: Line | None = None
        above: Read | None = None
        for seen, line in enumerate(of_sheet, start=1):
            if columns is None:
                columns = columns_of(line) if seen <= HEADER_WITHIN else None
                head = line if columns is not None else None
                continue
            if head is not None:
                second, head = second_header(head, line), None
                if second is not None:
                    columns = second
                    continue
            row = _row(line, columns, people, today)
            if not row.raw:
                continue
            if "name" not in row.organisation and row.contacts and above is not None and not row.organisation:
                row.organisation = {"name": above.organisation["name"]}
                row.problems = [problem for problem in row.problems if problem != _no_name()]
            above = row if row.organisation.get("name") else None
            found.append(row)
        if columns is None:
            sheets.without_header.append(name)
        else:
            sheets.with_header.append(name)
            sheets.unknown += [place.title for place in columns.values() if not place.name]
    return found, sheets


def _by_sheet(lines: Iterable[Line]) -> Iterator[tuple[str, list[Line]]]:
    held: list[Line] = []
    for line in lines:
        if held and held[0].sheet != line.sheet:
            yield held[0].sheet, held
            held = []
        held.append(line)
    if held:
        yield held[0].sheet, held


def _no_name() -> str:
    return _("The line has no organisation name.")


def _row(line: Line, columns: dict[int, Place], people: dict[str, list[User]], today: date) -> Read:
    row = Read(line)
    contacts: dict[int, dict[str, Any]] = {}
    has_name = False
    for index, place in columns.items():
        cell = line.cells[index] if index < len(line.cells) else None
        text = as_text(cell)
        if not text:
            continue
        title = place.title if place.title not in row.raw else f"{place.title} {index + 1}"
        row.raw[title] = text
        if not place.name:
            continue
        into = row.organisation if place.part == "organisation" else contacts.setdefault(place.slot, {})
        try:
            values = values_of(place, cell, text, people, today)
            refuse_too_long(place.part, values)
        except ValueError as problem:
            row.problems.append(labelled(place.title, problem))
            has_name = has_name or (place.part, place.name) == ("organisation", "name")
            continue
        row.asked_on = values.pop("asked_on", row.asked_on)
        for name, value in values.items():
            into.setdefault(name, value)
    if not row.raw.keys() - {place.title for place in columns.values() if not place.name}:
        row.raw = {}
        return row
    if any(folded(as_text(cell)) in TOTALS for cell in line.cells):
        row.raw = {}
        return row
    row.contacts = [contacts[slot] for slot in sorted(contacts)]
    if not row.organisation.get("name") and not has_name:
        row.problems.append(_no_name())
    if any(not contact.get("name") for contact in row.contacts):
        row.problems.append(_("There is a contact's phone or position but no name."))
    low, high = row.organisation.get("price_low"), row.organisation.get("price_high")
    if low and high and Decimal(high) < Decimal(low):
        row.problems.append(_("The acceptable price runs from the lower to the higher figure."))
    return row
