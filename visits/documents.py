"""大客户拜访报告 on paper, in the plan's layout: two visits a page and a remarks column (R94–R118)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from math import ceil
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Attention, Intention, Power
from accounts.models import Organisation
from keyaccounts.common.pdf import Paper, html_to_pdf, paper_html
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices, label

from .answers import number_text, shown_answer
from .choices import ReportState
from .models import Visit, VisitReport

TITLE = "大客户拜访报告"
CSS = "css/pdf-report.css"
PEOPLE = ("visitors", "contacts_met")
NUMERALS = "零一二三四五六七八九"
# What fits on one page: characters a line of an answer, of its boxes and of the remarks; millimetres.
ANSWER_CHARS, OPTION_CHARS, REMARK_CHARS = 18.5, 21, 8.5
LINE_MM, REMARK_LINE_MM, ROW_MM, PAGE_MM = 4.7, 4.2, 8.9, 228
NARROW = {" ": 0.25, **dict.fromkeys("/-:.,()", 0.4)}  # parts of a Chinese character's width


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer: its text, or boxes to tick where a hand is to fill it in."""

    text: str = ""
    options: tuple[str, ...] = ()
    unit: str = ""
    is_changed: bool = False

    @property
    def boxes(self) -> str:
        """The boxes line by line, so that none is torn from its word."""
        lines: list[str] = []
        for option in self.options:
            box = f"□{option}"
            if lines and _width(f"{lines[-1]} {box}") <= OPTION_CHARS:
                lines[-1] += f" {box}"
            else:
                lines.append(box)
        return "\n".join(lines)

    @property
    def shown(self) -> str:
        """What is printed: the answer, or what a hand needs to fill it in."""
        return self.text or self.boxes or self.unit

    @property
    def css(self) -> str:
        """The class that sets it: boxes to tick, or a unit at the end of the blank, or changed."""
        if self.is_changed:
            return "changed"
        return "boxes" if self.options else "unit" if not self.text and self.unit else ""

    @property
    def height(self) -> float:
        """Millimetres it takes, estimated from its text."""
        room = ANSWER_CHARS if self.text else OPTION_CHARS
        lines = sum(max(1, ceil(_width(line) / room)) for line in self.shown.split("\n"))
        return max(ROW_MM, lines * LINE_MM + 2.6)


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading of the form; the first group has none."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of one visit: 第一次拜访, its date, and a mark while the report is not handed in."""

    title: str
    day: date | None = None
    note: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Sheet:
    """One page of the form for two visits of one organisation."""

    organisation: str
    number: str
    days: tuple[date, ...]
    columns: tuple[Column, ...]
    groups: tuple[Group, ...] = field(default_factory=tuple)

    @cached_property
    def remarks(self) -> list[Column]:
        return [column for column in self.columns if column.remark]

    @cached_property
    def remark(self) -> str:
        """The remarks of both visits, each under its name."""
        return "\n\n".join(f"【{column.title}】\n{column.remark}" for column in self.remarks)

    @cached_property
    def row_count(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @cached_property
    def is_marked(self) -> bool:
        return any(cell.is_changed for group in self.groups for row in group.rows for cell in row.cells)

    @cached_property
    def is_long(self) -> bool:
        """Whether it needs more than a page: then nothing spans rows, so that rows may break."""
        height = sum(max(cell.height for cell in row.cells) for group in self.groups for row in group.rows)
        remarks = sum(
            sum(max(1, ceil(_width(line) / REMARK_CHARS)) for line in column.remark.split("\n")) + 2
            for column in self.remarks
        )
        return max(height, remarks * REMARK_LINE_MM) > PAGE_MM


def _width(text: str) -> float:
    """How many Chinese characters wide a text is; a letter or a digit takes a little more than half."""
    return sum(1 if character >= "─" else NARROW.get(character, 0.6) for character in text)


def ordinal(number: int) -> str:
    """第一次拜访, 第十二次拜访: how the form heads its columns."""
    tens, ones = divmod(number, 10)
    if number >= 100:
        return f"第{number}次拜访"
    text = ("" if tens < 2 else NUMERALS[tens]) + ("十" if tens else "") + (NUMERALS[ones] if ones else "")
    return f"第{text}次拜访"


def _income(report: VisitReport) -> str:
    exact, band = (shown_answer(name, getattr(report, name)) for name in ("avg_annual_income", "income_band"))
    return exact or (f"{band}（元）" if band else "")


def _demand(report: VisitReport) -> str:
    parts = (shown_answer("gift_demand", report.gift_demand), report.gift_demand_text)
    return "\n".join(part for part in parts if part)


def _price(report: VisitReport) -> str:
    low, high = report.price_low, report.price_high
    if low is not None and high is not None:
        return (
            f"{number_text(low)} – {number_text(high)} 元/套" if low != high else f"{number_text(low)} 元/套"
        )
    if low is not None:
        return f"{number_text(low)} 元/套起"
    return f"不超过 {number_text(high)} 元/套" if high is not None else ""


def _event(report: VisitReport) -> str:
    day = shown_answer("recent_event_on", report.recent_event_on)
    return f"{report.recent_events}（{day}）" if report.recent_events and day else report.recent_events or day


def _plain(name: str) -> Callable[[VisitReport], str]:
    return lambda report: shown_answer(name, getattr(report, name))


# (label, fields that mark it as changed, what it shows, boxes for the hand, unit for the hand)
Line = tuple[str, tuple[str, ...], Callable[[VisitReport], str], Callable[[], list[str]] | None, str]


def _list(name: str) -> Callable[[], list[str]]:
    return lambda: [text for _code, text in choices(name)]


def _levels(levels: Any) -> Callable[[], list[str]]:
    # On paper the short word before the colon is enough: S 强烈.
    return lambda: [re.split("[:\uff1a]", str(text))[0].strip() for _code, text in levels.choices]


LAYOUT: tuple[tuple[str, tuple[Line, ...]], ...] = (
    (
        "",
        (
            ("在职人数", ("staff_count",), _plain("staff_count"), None, "人"),
            ("人均年收入", ("avg_annual_income", "income_band"), _income, _list(TermList.INCOME_BAND), "元"),
        ),
    ),
    (
        "基本情况",
        (
            ("主营业务", ("main_business",), _plain("main_business"), None, ""),
            ("所属行业", ("industry",), _plain("industry"), None, ""),
            ("办公环境", ("office_environment",), _plain("office_environment"), None, ""),
            ("居住环境", ("living_environment",), _plain("living_environment"), None, ""),
            ("人流位置", ("foot_traffic",), _plain("foot_traffic"), None, ""),
        ),
    ),
    (
        "需求信息",
        (
            ("农产品礼品需求", ("gift_demand", "gift_demand_text"), _demand, _list(TermList.GIFT_DEMAND), ""),
            ("农产品礼品意向", ("intention",), _plain("intention"), _levels(Intention), ""),
            ("购买力", ("power",), _plain("power"), _levels(Power), ""),
            ("接受价格", ("price_low", "price_high"), _price, None, "元/套"),
            ("关注度", ("attention",), _plain("attention"), _levels(Attention), ""),
        ),
    ),
    (
        "特殊信息",
        (
            ("内部网站", ("intranet",), _plain("intranet"), None, ""),
            ("近期活动", ("recent_events", "recent_event_on"), _event, None, ""),
        ),
    ),
    (
        "推广建议",
        (
            ("时间/阶段", ("promo_timing",), _plain("promo_timing"), None, ""),
            ("地点/位置", ("promo_place",), _plain("promo_place"), None, ""),
            ("推广方式", ("promo_method",), _plain("promo_method"), _list(TermList.PROMOTION_METHOD), ""),
        ),
    ),
)


def with_reports(visits: Any) -> Any:
    """A queryset of visits with everything their paper shows, read in four queries."""
    return visits.select_related("organisation", "report").prefetch_related(*PEOPLE)


def sheets_of(visits: Iterable[Visit]) -> list[Sheet]:
    """The visits two by two, organisation after organisation, each in the order of its visits."""
    rows = list(visits)
    prefetch_related_objects(rows, *PEOPLE)  # what did not come from with_reports, in two queries for all
    rows.sort(key=lambda v: (v.organisation.code, v.organisation_id, v.number or 10**6, v.pk))
    sheets = []
    for _organisation, group in groupby(rows, key=lambda visit: visit.organisation_id):
        own = list(group)
        sheets += [_sheet(own[start : start + 2]) for start in range(0, len(own), 2)]
    return sheets


def blank_sheet(organisation: Organisation | None = None, *, first: int = 1) -> Sheet:
    """An empty form to fill in by hand, with or without the organisation's name at its head."""
    return Sheet(
        organisation=organisation.name if organisation else "",
        number=organisation.code if organisation else "",
        days=(),
        columns=(Column(ordinal(first)), Column(ordinal(first + 1))),
        groups=_groups([None, None]),
    )


def _sheet(visits: Sequence[Visit]) -> Sheet:
    pair: list[Visit | None] = [*visits, None][:2]
    organisation = visits[0].organisation
    last = visits[-1].number or len(visits)
    columns = tuple(_column(visit) if visit else Column(ordinal(last + 1)) for visit in pair)
    name = next((v.report.organisation_name for v in visits if _report(v)), "") or organisation.name
    return Sheet(
        organisation=name,
        number="、".join(visit.code for visit in visits),
        days=tuple(column.day for column in columns if column.day),
        columns=columns,
        groups=_groups(pair),
    )


def _report(visit: Visit | None) -> VisitReport | None:
    return getattr(visit, "report", None) if visit is not None else None


def _column(visit: Visit) -> Column:
    moment = visit.checked_in_at or visit.planned_at
    report = _report(visit)
    notes: dict[str | None, str] = {
        None: _("no report yet"),
        ReportState.DRAFT: _("draft"),
        ReportState.RETURNED: _("returned, being corrected"),
    }
    note = notes.get(report.state if report else None, "")
    met = "、".join(_person(contact) for contact in visit.contacts_met.all())
    parts = (
        (_("Met"), met),
        (_("Result"), shown_answer("outcome", visit.outcome)),
        (_("Intention"), shown_answer("intention_after", visit.intention_after)),
        (_("Promised"), visit.promised),
        (_("Next"), " ".join(p for p in (visit.next_step, shown_answer("next_on", visit.next_on)) if p)),
        (_("Remark"), report.remark if report else ""),
    )
    return Column(
        title=ordinal(visit.number) if visit.number else _("Visit to come"),
        day=timezone.localtime(moment).date() if moment else None,
        note=str(note),
        remark="\n".join(f"{name}：{text}" for name, text in parts if text),
    )


def _person(contact: Any) -> str:
    position = contact.title or label(TermList.CONTACT_POSITION, contact.position)
    return f"{contact.name}（{position}）" if position else contact.name


def _groups(pair: Sequence[Visit | None]) -> tuple[Group, ...]:
    visitors = Row(
        "拜访人",
        tuple(Cell("、".join(str(p) for p in visit.visitors.all()) if visit else "") for visit in pair),
    )
    groups = []
    for title, lines in LAYOUT:
        rows = tuple(Row(line[0], tuple(_cell(visit, line) for visit in pair)) for line in lines)
        groups.append(Group(title, rows if title else (visitors, *rows)))
    return tuple(groups)


def _cell(visit: Visit | None, line: Line) -> Cell:
    _label, fields, shows, boxes, unit = line
    report = _report(visit)
    if report is None:
        # Nobody has answered: what a hand needs to fill it in.
        return Cell(options=tuple(boxes()) if boxes else (), unit=unit)
    return Cell(shows(report), is_changed=bool(set(fields) & set(report.changed_fields)))


def report_html(visits: Iterable[Visit], *, by: Any, at: datetime) -> str:
    """The page that becomes the PDF; ``visits`` come from ``with_reports``."""
    return _html(sheets_of(visits), by=by, at=at)


def report_pdf(visits: Iterable[Visit], *, by: Any, at: datetime) -> bytes:
    """The reports of any number of visits in one file."""
    return html_to_pdf(report_html(visits, by=by, at=at), css=CSS)


def blank_pdf(organisation: Organisation | None, *, by: Any, at: datetime, first: int = 1) -> bytes:
    """The form to be filled in by hand."""
    return html_to_pdf(_html([blank_sheet(organisation, first=first)], by=by, at=at), css=CSS)


def _html(sheets: Sequence[Sheet], *, by: Any, at: datetime) -> str:
    paper = Paper(
        title=TITLE, number=sheets[0].number if len(sheets) == 1 else "", printed_by=str(by), printed_at=at
    )
    return paper_html("visits/pdf/report.html", {"sheets": sheets}, paper=paper)
