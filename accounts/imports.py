"""The company's own workbooks of organisations and contacts: headers, values, templates (D6)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.common.xlsx_in import Line, as_text
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices, code_of, terms

from .choices import Intention, Power
from .forms.fields import plain_number
from .rules.names import folded

# The field, what companies call its column; the first name is what our own template says.
ORGANISATION_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("单位名称", "单位全称", "客户名称", "公司名称", "名称", "单位"),
    "short_name": ("简称", "单位简称", "客户简称"),
    "code": ("编号", "单位编号", "客户编号"),
    "type": ("单位类型", "客户类型", "类型"),
    "industry": ("所属行业", "行业"),
    "district": ("所属区", "区县", "区域", "行政区", "所在区"),
    "address": ("地址", "单位地址", "详细地址"),
    "phone": ("单位电话", "总机", "公司电话"),
    "website": ("网址", "网站"),
    "source": ("来源", "单位来源", "客户来源"),
    "staff_count": ("在职人数", "员工人数", "职工人数", "人数", "员工数量"),
    "coverage_count": ("覆盖人数", "会员数"),
    "main_business": ("主营业务",),
    "intention": ("购买意向", "意向等级", "意向"),
    "power": ("购买力",),
    "per_capita_budget": ("人均预算", "人均福利预算"),
    "gift_distribution_note": ("礼品发放时间",),
    "meeting_time_note": ("集会时间",),
    "collective_activities": ("集体活动",),
    "current_supplier": ("现供应商", "供应商"),
    "owner": ("负责人", "负责销售", "跟进人", "销售"),
    "note": ("备注",),
}
CONTACT_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("联系人", "联系人姓名", "姓名"),
    "position": ("职务", "联系人职务", "岗位"),
    "mobile": ("手机", "手机号码", "手机号", "联系电话", "联系人电话", "电话"),
    "decision_role": ("决策角色", "角色"),
    "email": ("邮箱", "电子邮件"),
}
TERMS = {
    "type": TermList.ORG_TYPE,
    "industry": TermList.INDUSTRY,
    "district": TermList.DISTRICT,
    "source": TermList.ORG_SOURCE,
    "position": TermList.CONTACT_POSITION,
    "decision_role": TermList.CONTACT_ROLE,
}
NUMBERS = ("staff_count", "coverage_count")
_BY_HEADER = {
    **{
        folded(alias): ("organisation", name)
        for name, aliases in ORGANISATION_HEADERS.items()
        for alias in aliases
    },
    **{folded(alias): ("contact", name) for name, aliases in CONTACT_HEADERS.items() for alias in aliases},
}
HEADER_WITHIN = 15


@dataclass(slots=True)
class Read:
    """What one line of a workbook says: values by part, and what is wrong with them."""

    line: Line
    organisation: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)


def read_lines(lines: Iterable[Line]) -> tuple[list[Read], list[str]]:
    """Make sense of the lines; returns the rows and the sheets in which no header was found.

    The header is the first line among a sheet's first fifteen that names the organisation: title lines above it
    and merged cells do not disturb.
    """
    people = {user.name: user for user in User.objects.with_role("rep", "lead")}
    found: list[Read] = []
    without: list[str] = []
    sheet, seen, columns = "", 0, None
    for line in lines:
        if line.sheet != sheet:
            if sheet and columns is None:
                without.append(sheet)
            sheet, seen, columns = line.sheet, 0, None
        seen += 1
        if columns is None:
            columns = _columns(line) if seen <= HEADER_WITHIN else None
            continue
        row = _row(line, columns, people)
        if row.raw:
            found.append(row)
    if sheet and columns is None:
        without.append(sheet)
    return found, without


def _columns(line: Line) -> dict[int, tuple[str, str, str]] | None:
    columns: dict[int, tuple[str, str, str]] = {}
    for index, cell in enumerate(line.cells):
        known = _BY_HEADER.get(folded(as_text(cell)))
        if known and known not in [(part, name) for part, name, _title in columns.values()]:
            columns[index] = (*known, as_text(cell))
    names = [(part, name) for part, name, _title in columns.values()]
    return columns if ("organisation", "name") in names and len(names) >= 2 else None


def _row(line: Line, columns: dict[int, tuple[str, str, str]], people: dict[str, User]) -> Read:
    row = Read(line)
    for index, (part, name, title) in columns.items():
        text = as_text(line.cells[index]) if index < len(line.cells) else ""
        if not text:
            continue
        row.raw[title] = text
        try:
            value = _value(part, name, text, people)
        except ValueError as problem:
            row.problems.append(f"{title}:{problem}")
            continue
        (row.organisation if part == "organisation" else row.contact)[name] = value
    if not row.organisation.get("name"):
        row.problems.append(_("The line has no organisation name."))
    elif len(row.organisation["name"]) > 100:
        row.problems.append(_("The organisation name is longer than 100 characters."))
    if row.contact and not row.contact.get("name"):
        row.problems.append(_("There is a contact's phone or position but no name."))
    return row


def _value(part: str, name: str, text: str, people: dict[str, User]) -> Any:
    if name in TERMS:
        return _code(TERMS[name], text)
    if name in NUMBERS:
        return _number(text)
    if name == "per_capita_budget":
        return str(_amount(text))
    if name == "intention":
        return _scale(text, Intention.choices)
    if name == "power":
        return int(_scale(text, Power.choices))
    if name == "owner":
        return _owner(text, people)
    if name in ("mobile", "phone"):
        return _phone(text)
    return text[:300]


def _code(list_name: str, text: str) -> str:
    code = code_of(list_name, text)
    if code is None:
        labels = [term.label for term in terms(list_name).values() if not term.is_hidden]
        near = difflib.get_close_matches(text, labels, n=1, cutoff=0.3)
        if near:
            raise ValueError(
                _("“%(text)s” is not a choice; did you mean “%(near)s”?") % {"text": text, "near": near[0]}
            )
        raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})
    return code


def _number(text: str) -> int:
    try:
        value = int(Decimal(plain_number(text)))
    except InvalidOperation:
        raise ValueError(_("“%(text)s” is not a number.") % {"text": text}) from None
    if not 0 <= value <= 10_000_000:
        raise ValueError(_("“%(text)s” is out of range.") % {"text": text})
    return value


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(plain_number(text)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise ValueError(_("“%(text)s” is not an amount.") % {"text": text}) from None
    if not 0 <= value < 10**8:
        raise ValueError(_("“%(text)s” is out of range.") % {"text": text})
    return value


def _scale(text: str, scale: list[tuple[Any, Any]]) -> Any:
    for code, label in scale:
        if text in (str(code), str(label)) or str(label).startswith(text):
            return code
    raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})


def _owner(text: str, people: dict[str, User]) -> int:
    if text not in people:
        raise ValueError(_("Nobody in sales is called “%(text)s”.") % {"text": text})
    return people[text].pk


def _phone(text: str) -> str:
    if "e+" in text.lower():
        raise ValueError(_("Excel has shortened “%(text)s”. Format the column as text.") % {"text": text})
    digits = "".join(character for character in text if character.isdigit() or character == "+")
    if not 5 <= len(digits) <= 18:
        raise ValueError(_("“%(text)s” is not a phone number.") % {"text": text})
    return digits


def template() -> Workbook:
    """An empty workbook with our headers, choice lists to pick from, and one example line."""
    book = Workbook(write_only=True)
    titles = [(part, names[0]) for part, headers in _PARTS for names in headers.values()]
    example = {
        "单位名称": "北京示例机械厂", "单位类型": "大型厂矿", "所属区": "房山区", "在职人数": 320, "联系人": "张三", "职务": "工会主席",
        "手机": "19900000000",
    }  # fmt: skip
    columns = [Column(title, title, width=16) for _part, title in titles]
    write_sheet(
        book,
        title="单位",
        columns=columns,
        rows=[[example.get(title) for _part, title in titles]],
        note=_(
            "One line a contact; repeat the organisation's name for a second contact. Delete the example."
        ),
    )
    sheet = book.worksheets[0]
    for index, (_part, title) in enumerate(titles):
        name = _BY_HEADER[folded(title)][1]
        labels = [label for _code, label in choices(TERMS[name])] if name in TERMS else []
        listed = ",".join(label.replace(",", "、") for label in labels)
        if labels and len(listed) < 250:
            validation = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            letter = get_column_letter(index + 1)
            validation.add(f"{letter}4:{letter}2000")
            sheet.data_validations.append(validation)
    return book


_PARTS = (("organisation", ORGANISATION_HEADERS), ("contact", CONTACT_HEADERS))
