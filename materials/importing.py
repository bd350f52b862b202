"""The marketing centre's workbooks: the materials list, the price list, the opening stock."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Min
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.numerals import parse_number
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx_in import as_date
from keyaccounts.imports.choices import LineVerdict
from keyaccounts.imports.kinds import Judged, LineKind
from keyaccounts.people.models import Department
from keyaccounts.people.queries import departments_by_name
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import code_of

from .actions.items import create_material, edit_material
from .actions.receipts import receive_goods
from .models import Material, StockMove
from .rules import named_item


class Store:
    """What workbooks are compared with: a campaign's materials by every name, departments, what has moved first."""

    def __init__(self, about: str) -> None:
        self.campaign = Campaign.objects.get(pk=about)
        rows = Material.objects.filter(campaign=self.campaign).select_related("department")
        self._materials = {row.name: row for row in rows}
        self._names = {row.name: row.aliases for row in rows}

    def find(self, name: str) -> Material | None:
        """The material that a word means (``named_item``)."""
        found = named_item(name, self._names)
        return self._materials[found] if found else None

    def keep(self, material: Material) -> Material:
        """What has just been written is there for the next line."""
        self._materials[material.name], self._names[material.name] = material, material.aliases
        return material

    @cached_property
    def departments(self) -> dict[str, Department]:
        return departments_by_name()

    @cached_property
    def first_moves(self) -> dict[int, StockMove]:
        """The first movement of each material that has moved."""
        of_campaign = StockMove.objects.filter(material__campaign=self.campaign).order_by()
        first = of_campaign.values("material").annotate(first=Min("pk")).values("first")
        return {move.material_id: move for move in StockMove.objects.filter(pk__in=first)}


class _OfCampaign(LineKind[Store]):
    """A workbook about the materials of one campaign, each found by its name or another name of it."""

    needed: tuple[str, ...] = ("name",)
    numbers = ("quantity", "kinds", "number", "low_level")
    amounts = ("planned_price", "unit_cost")
    days = ("due_on", "on")

    def about(self, asked: str, user: Any) -> str:
        seen = Campaign.objects.visible_to(user)
        found = (
            seen.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else Campaign.objects.current()
        )  # fmt: skip
        if found is None:
            raise Http404
        return str(found.pk)

    def back(self, about: str) -> str:
        return f"{reverse('materials:materials')}?campaign={about}"

    def look_up(self, about: str) -> Store:
        return Store(about)

    def read(self, name: str, cell: Any, *, known: Store) -> Any:
        text = str(cell)
        if name in self.numbers:
            return _whole(text)
        if name in self.amounts:
            return _amount(text)
        if name in self.days:
            return _day(text)
        if name == "category":
            return _category(text)
        if name == "department":
            return _department(text, known)
        limit = {"name": 60, "unit": 10}.get(name, 200)
        if len(text) > limit:
            raise ValueError(_("longer than %(count)s characters") % {"count": limit})
        return text


def _whole(text: str) -> int:
    try:
        value = parse_number(text)
    except ValueError:
        value = Decimal("-1")
    if value != value.to_integral_value() or not 0 < value <= 10_000_000:
        raise ValueError(_("“%(text)s” is no whole number above zero.") % {"text": text})
    return int(value)


def _amount(text: str) -> Decimal:
    try:
        value = parse_number(text)
    except ValueError:
        value = Decimal("-1")
    if not 0 <= value < 10**8 or value != value.quantize(Decimal("0.01")):
        raise ValueError(_("“%(text)s” is not an amount.") % {"text": text})
    return value.quantize(Decimal("0.01"))


def _day(text: str) -> date:
    try:
        found = as_date(int(text) if text.isdecimal() and len(text) == 5 else text)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("“%(text)s” is not a date, like 2012-06-01.") % {"text": text})
    return found


def _category(text: str) -> str:
    code = code_of(TermList.MATERIAL_CATEGORY, text)
    if code is None:
        raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})
    return code


def _department(text: str, known: Store) -> Department:
    found = known.departments.get(text)
    if found is None:
        raise ValueError(_("No department is called “%(text)s”.") % {"text": text})
    return found


def _twice(seen: set[Any], key: Any) -> Judged | None:
    if key in seen:
        return Judged(LineVerdict.ERROR, [_("The file has this material twice.")])
    seen.add(key)
    return None


class MaterialsList(_OfCampaign):
    """物料清单: new rows are added, what differs is changed; an empty cell changes nothing."""

    code = "materials"
    title = gettext_lazy("Import the materials list")
    help_text = gettext_lazy(
        "One line a material. Rows that are there are found by name and changed where the line says more."
    )
    roles = (Role.MARKETING, Role.DIRECTOR)
    headers = {
        "name": ("物料名称", "名称", "品名", "物料"),
        "number": ("序号", "编号", "号"),
        "category": ("物料类别", "类别", "分类"),
        "quantity": ("数量",),
        "kinds": ("种类数", "种类", "种数"),
        "unit": ("单位",),
        "due_on": ("完成时间", "到位时间", "截止日期"),
        "department": ("负责部门", "部门", "责任部门"),
        "planned_price": ("计划单价", "单价"),
        "low_level": ("低库存线", "最低库存"),
        "remark": ("备注", "说明"),
    }
    needed = ("name", "quantity")
    example = {"name": "项目折页", "number": 1, "category": "印刷宣传品", "quantity": 5000, "unit": "份", "due_on": "2012-06-01", "department": "营销中心"}  # fmt: skip

    def judge(self, values: dict[str, Any], *, known: Store, seen: set[Any]) -> Judged:
        there = known.find(values["name"])
        if twice := _twice(seen, there.name if there else values["name"]):
            return twice
        if there is None:
            if "category" not in values:
                return Judged(LineVerdict.ERROR, [_("A new material needs its category.")])
            return Judged(LineVerdict.CREATE)
        news = self._news(there, values)
        labels = "、".join(str(Material._meta.get_field(name).verbose_name) for name in news)  # type: ignore[union-attr]
        if not news:
            return Judged(LineVerdict.SAME, url=there.get_absolute_url())
        return Judged(
            LineVerdict.UPDATE, [_("changes %(fields)s") % {"fields": labels}], there.get_absolute_url()
        )

    @staticmethod
    def _news(there: Material, values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value for name, value in values.items() if name != "name" and getattr(there, name) != value
        }

    def write(self, values: dict[str, Any], *, known: Store, source: str, by: Any, at: datetime) -> str:
        there = known.find(values["name"])
        written = (
            create_material(known.campaign, by=by, at=at, **values)
            if there is None
            else edit_material(there, version=None, by=by, at=at, **self._news(there, values))
        )
        return known.keep(written).get_absolute_url()


class PriceList(_OfCampaign):
    """价目: planned unit prices."""

    code = "prices"
    title = gettext_lazy("Import a price list")
    help_text = gettext_lazy("Name and unit price in yuan; a dearer receipt asks why.")
    roles = (Role.MARKETING, Role.DIRECTOR)
    headers = {
        "name": ("物料名称", "名称", "品名", "物料"),
        "planned_price": ("计划单价", "单价", "价格"),
    }
    needed = ("name", "planned_price")
    example = {"name": "项目折页", "planned_price": 0.8}

    def judge(self, values: dict[str, Any], *, known: Store, seen: set[Any]) -> Judged:
        there = known.find(values["name"])
        if there is None:
            return Judged(LineVerdict.ERROR, [_("No material of the campaign is called so.")])
        if twice := _twice(seen, there.name):
            return twice
        if there.planned_price == values["planned_price"]:
            return Judged(LineVerdict.SAME, url=there.get_absolute_url())
        before = "–" if there.planned_price is None else f"{there.planned_price:,.2f}"
        return Judged(
            LineVerdict.UPDATE, [f"{before} → {values['planned_price']:,.2f}"], there.get_absolute_url()
        )

    def write(self, values: dict[str, Any], *, known: Store, source: str, by: Any, at: datetime) -> str:
        there = known.find(values["name"])
        assert there is not None  # noqa: S101 - judged a moment ago in the same transaction
        edit_material(there, version=None, by=by, at=at, planned_price=values["planned_price"])
        return there.get_absolute_url()


class OpeningStock(_OfCampaign):
    """期初库存: what lies in the store before anything has moved; nothing is booked to the budget."""

    code = "opening-stock"
    title = gettext_lazy("Import the opening stock")
    help_text = gettext_lazy("For materials that have not moved yet; later differences are a stocktake's.")
    roles = (Role.MARKETING,)
    headers = {
        "name": ("物料名称", "名称", "品名", "物料"),
        "quantity": ("期初数量", "数量", "库存", "现有"),
        "on": ("日期", "入库日期"),
        "note": ("备注", "说明"),
    }
    needed = ("name", "quantity")
    example = {"name": "项目折页", "quantity": 5000, "on": "2012-06-01"}

    def judge(self, values: dict[str, Any], *, known: Store, seen: set[Any]) -> Judged:
        there = known.find(values["name"])
        if there is None:
            return Judged(LineVerdict.ERROR, [_("No material of the campaign is called so.")])
        if twice := _twice(seen, there.name):
            return twice
        if there.is_decision:
            return Judged(LineVerdict.ERROR, [_("A decision has no stock.")])
        first = known.first_moves.get(there.pk)
        if first is None:
            if values.get("on", timezone.localdate()) > timezone.localdate():
                return Judged(LineVerdict.ERROR, [_("That day is still to come.")])
            return Judged(LineVerdict.CREATE, url=there.get_absolute_url())
        if first.source.startswith("imports.uploadline:") and first.quantity == values["quantity"]:
            return Judged(LineVerdict.SAME, url=there.get_absolute_url())
        return Judged(LineVerdict.ERROR, [_has_moved(there)], there.get_absolute_url())

    def write(self, values: dict[str, Any], *, known: Store, source: str, by: Any, at: datetime) -> str:
        there = known.find(values["name"])
        assert there is not None  # noqa: S101 - judged a moment ago in the same transaction
        held = Material.objects.select_for_update(no_key=True).get(pk=there.pk)
        if held.moves.exists():
            raise RuleViolation(_has_moved(held))
        receive_goods(
            there, values["quantity"], source=source, on=values.get("on") or timezone.localdate(at), at=at, by=by,
            document=_("Opening stock"), reason=values.get("note", ""),
        )  # fmt: skip
        return there.get_absolute_url()


def _has_moved(material: Material) -> str:
    return _("It has moved already: %(count)s on hand. Count it in a stocktake.") % {
        "count": material.on_hand
    }


KINDS = (MaterialsList(), PriceList(), OpeningStock())
