"""The workbook to fill in (D6)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from keyaccounts.common.listing import Column
from keyaccounts.common.xlsx import write_sheet
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import choices

from .headers import PARTS
from .values import TERMS

EXAMPLE = {
    "单位名称": "北京示例机械厂", "单位类型": "大型厂矿", "所在区": "房山区", "在职人数": 320, "联系人": "张三", "职务": "工会主席",
    "手机": "19900000000", "礼品发放时间": "端午、中秋、春节",
}  # fmt: skip


def template() -> Workbook:
    """An empty workbook with our headers, choice lists to pick from, and one example line."""
    book = Workbook(write_only=True)
    titles = [(part, name, names[0]) for part, headers in PARTS for name, names in headers.items()]
    columns = [Column(title, title, width=16) for _part, _name, title in titles]
    write_sheet(
        book,
        title="单位",
        columns=columns,
        rows=[[EXAMPLE.get(title) for _part, _name, title in titles]],
        note=_(
            "One line a contact; repeat the organisation's name for a second contact. Delete the example."
        ),
    )
    sheet = book.worksheets[0]
    for index, (_part, name, _title) in enumerate(titles):
        labels = [label for _code, label in choices(TERMS[name])] if name in TERMS else []
        if name == "position":
            labels = [label for _code, label in choices(TermList.CONTACT_POSITION)]
        listed = ",".join(label.replace(",", "、") for label in labels)
        if labels and len(listed) < 250:
            validation = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            letter = get_column_letter(index + 1)
            validation.add(f"{letter}4:{letter}2000")
            sheet.data_validations.append(validation)
    return book
