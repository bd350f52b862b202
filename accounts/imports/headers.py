"""The columns of the company's own workbooks: which field a header means (D6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.rules.names import folded
from keyaccounts.common.xlsx_in import Line, as_text

# The field, what companies call its column; the first name is what our own template says.
ORGANISATION_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("单位名称", "单位全称", "客户名称", "客户单位", "公司名称", "企业名称", "名称", "单位"),
    "short_name": ("简称", "单位简称", "客户简称"),
    "code": ("编号", "单位编号", "客户编号", "档案编号", "客户代码"),
    "type": ("单位类型", "客户类型", "类型", "单位性质", "客户性质"),
    "industry": ("所属行业", "行业", "行业类别"),
    "public_sector": ("公共部门", "是否公共部门"),
    "district": ("所在区", "所属区", "区县", "区域", "行政区", "所在区域"),
    "address": ("地址", "单位地址", "详细地址", "通讯地址"),
    "phone": ("总机", "单位电话", "公司电话"),
    "website": ("网址", "网站", "官网"),
    "source": ("单位来源", "来源", "客户来源"),
    "owner": ("负责人", "负责销售", "跟进人", "业务员", "销售", "客户经理"),
    "asked_on": ("登记日期", "建档日期", "建档时间", "调查日期", "填表日期", "更新日期", "摸底日期"),
    "staff_count": ("在职人数", "员工人数", "职工人数", "人数", "员工数量", "单位人数"),
    "coverage_count": ("覆盖人数", "会员数", "会员人数"),
    "avg_annual_income": ("人均年收入", "年人均收入"),
    "income_band": ("收入档", "收入分档"),
    "main_business": ("主营业务", "经营范围"),
    "office_environment": ("办公环境",),
    "living_environment": ("居住环境",),
    "foot_traffic": ("人流位置",),
    "gift_demand": ("礼品需求", "农产品礼品需求"),
    "intention": ("购买意向", "意向等级", "意向", "农产品礼品意向"),
    "power": ("购买力", "整体购买力"),
    "per_capita_budget": ("人均预算", "人均福利预算", "预算", "福利预算", "福利标准"),
    "price_low": ("接受价格", "可接受价格", "接受价格(低)"),
    "price_high": ("接受价格(高)", "最高接受价格"),
    "attention": ("关注度",),
    "health_focus": ("健康食品重视程度", "对健康食品的重视程度", "重视程度"),
    "health_attention": ("健康食品情况",),
    "gift_distribution": ("礼品发放时间", "员工礼品发放时间", "节日福利", "发放节日", "节日"),
    "meeting_time": ("集会时间", "单位集会时间"),
    "collective_activities": ("集体活动", "内部集体活动"),
    "purchase_mode": ("采购方式",),
    "buying_process": ("采购流程", "购买流程", "采购程序"),
    "current_supplier": ("现有供应商", "现供应商", "供应商", "目前供应商"),
    "intranet": ("内部网站", "内网"),
    "recent_events": ("近期活动",),
    "promo_timing": ("推广时间",),
    "promo_place": ("推广地点", "推广位置"),
    "promo_method": ("推广方式",),
    "note": ("备注", "说明", "合作历史", "历史"),
}
CONTACT_HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("联系人", "联系人姓名", "姓名", "关键人物"),
    "position": ("职务", "联系人职务", "岗位", "职位"),
    "unit_department": ("部门", "联系人部门", "所在部门"),
    "mobile": ("手机", "手机号码", "手机号", "联系电话", "联系人电话", "联系方式", "电话", "移动电话"),
    "phone": ("办公电话", "座机", "固定电话"),
    "email": ("邮箱", "电子邮件", "电子邮箱", "email"),
    "decision_role": ("决策角色", "采购角色", "角色"),
    "familiarity": ("熟知程度", "熟知单位情况"),
    "influence": ("影响力", "影响力及号召力"),
    "authority": ("决策权",),
    "note": ("联系人备注",),
}
# Known, and left to its own page on purpose: what the column would say is worked out or decided here.
LEFT_OUT = {
    folded(title)
    for title in (
        "序号", "行号", "原因", "客户等级", "单位等级", "等级", "级别", "单位阶段", "最近联系", "下次日期", "下次联系", "下次", "下一步", "是否关键人物", "评估", "星级",
    )
}  # fmt: skip
_BY_HEADER = {
    **{
        folded(alias): ("organisation", name)
        for name, aliases in ORGANISATION_HEADERS.items()
        for alias in aliases
    },
    **{folded(alias): ("contact", name) for name, aliases in CONTACT_HEADERS.items() for alias in aliases},
}
HEADER_WITHIN = 15
NUMBERED = re.compile(r"(.+?)[((]?([1-5一二三四五])[))]?")
PARTS = (("organisation", ORGANISATION_HEADERS), ("contact", CONTACT_HEADERS))


@dataclass(frozen=True, slots=True)
class Place:
    """What a column holds: the part and field, the title people see, and which of several contacts."""

    part: str
    name: str
    title: str
    slot: int = 0


def known_header(title: str, *, group: str = "") -> tuple[str, str, int] | None:
    """Part, field and number of contact that a header means, or None."""
    plain = folded(title)
    if group and ("单位" in group or "公司" in group) and plain in ("电话", "联系电话"):
        return "organisation", "phone", 0
    if plain in _BY_HEADER:
        return (*_BY_HEADER[plain], 0)
    numbered = NUMBERED.fullmatch(plain)
    if numbered and numbered[1] in _BY_HEADER and _BY_HEADER[numbered[1]][0] == "contact":
        slot = "一二三四五".find(numbered[2]) + 1 or int(numbered[2])
        return (*_BY_HEADER[numbered[1]], slot - 1)
    return None


def columns_of(line: Line, *, groups: dict[int, str] | None = None) -> dict[int, Place] | None:
    """Which field stands in which column, unknown ones with an empty name; None when this is no header."""
    columns: dict[int, Place] = {}
    taken: set[tuple[str, str, int]] = set()
    for index, cell in enumerate(line.cells):
        title = as_text(cell)
        if not title:
            continue
        known = known_header(title, group=(groups or {}).get(index, ""))
        while known and known in taken and known[0] == "contact" and known[2] < 4:
            known = (known[0], known[1], known[2] + 1)
        if known and known not in taken:
            taken.add(known)
            columns[index] = Place(known[0], known[1], title, known[2])
        elif folded(title) not in LEFT_OUT:
            columns[index] = Place("", "", title)
    named = [place for place in columns.values() if place.name]
    is_header = ("organisation", "name", 0) in taken and len(named) >= 2
    return columns if is_header else None


def second_header(first: Line, second: Line) -> dict[int, Place] | None:
    """The columns of two header lines of which the upper one is merged; None when the lower one is data."""
    width = max(len(first.cells), len(second.cells))
    upper = [as_text(cell) for cell in first.cells] + [""] * (width - len(first.cells))
    lower = [as_text(cell) for cell in second.cells] + [""] * (width - len(second.cells))
    below = [title for title in lower if title]
    if not below or any(known_header(title) is None for title in below):
        return None
    groups: dict[int, str] = {}
    last = ""
    for index, title in enumerate(upper):
        last = title or last
        groups[index] = last
    merged = Line(
        second.sheet, second.number, tuple(low or high for low, high in zip(lower, upper, strict=True))
    )
    return columns_of(merged, groups=groups)
