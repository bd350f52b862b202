"""The workbook to fill in (D6)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from openpyxl import Workbook

from keyaccounts.imports.kinds import template_workbook
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
    fields = {names[0]: name for _part, headers in PARTS for name, names in headers.items()}
    lists = {title: TERMS[name] for title, name in fields.items() if name in TERMS}
    lists |= {title: TermList.CONTACT_POSITION for title, name in fields.items() if name == "position"}
    return template_workbook(
        "单位",
        list(fields),
        example=[EXAMPLE.get(title) for title in fields],
        note=_(
            "One line a contact; repeat the organisation's name for a second contact. Delete the example."
        ),
        choices={title: [label for _code, label in choices(terms)] for title, terms in lists.items()},
    )
