"""The list of organisations and the people in them, as companies keep it (D6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook

from keyaccounts.common.roles import SALES, Role
from keyaccounts.common.xlsx_in import Line
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.kinds import ImportKind, Writer
from keyaccounts.imports.models import Upload, UploadLine

from .actions import imports
from .imports import template


class Organisations(ImportKind):
    """大客户单位: new ones with their people, additions to those that are there; look-alikes are asked about."""

    code = "organisations"
    title = gettext_lazy("Import organisations")
    help_text = gettext_lazy(
        "Organisations and contacts with your own headers; at most 20 MB and 20,000 lines."
    )
    roles = SALES
    seen_by = (Role.DIRECTOR,)
    verdicts = (
        (LineVerdict.CREATE, LineVerdict.CREATE.label),
        (LineVerdict.UPDATE, gettext_lazy("Adds to an organisation")),
        *(
            (verdict, verdict.label)
            for verdict in (LineVerdict.SAME, LineVerdict.DUPLICATE, LineVerdict.ERROR)
        ),
    )
    can_revert = True
    questions = "accounts/_import_questions.html"

    def back(self, about: str) -> str:
        return reverse("accounts:organisations")

    def judge_lines(
        self, lines: Iterable[Line], *, upload: Upload, today: date, heard: Callable[[int, int], None]
    ) -> tuple[list[UploadLine], str]:
        return imports.judge_lines(lines, upload=upload, today=today, heard=heard)

    def writer(self, upload: Upload, *, at: datetime) -> Writer:
        return imports.Writer(upload, at=at)

    def decide(self, line: UploadLine, *, decision: str, reason: str, by: Any) -> None:
        imports.decide(line, decision=decision, reason=reason, by=by)

    def revert(self, upload: Upload, *, by: Any, at: datetime) -> None:
        imports.revert(upload, by=by, at=at)

    def template(self) -> Workbook:
        return template()

    def cells(self, lines: Sequence[UploadLine]) -> tuple[list[str], list[list[str]]]:
        titles = [_("Organisation"), _("Contact")]
        return titles, [
            [
                line.values["organisation"].get("name") or "–",
                "、".join(person.get("name", "–") for person in line.values["contacts"]),
            ]
            for line in lines
        ]


KINDS = (Organisations(),)
