"""The marketing centre's workbooks: each line's verdict, written once, what was refused comes back to be put right."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from keyaccounts.common.xlsx_in import lines_of
from keyaccounts.imports.actions import read_upload, start_writing, upload_workbook, write_upload
from keyaccounts.imports.kinds import kinds
from keyaccounts.imports.models import Upload
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import terms
from materials.actions.stock import receive
from materials.models import Material
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(sign_in):
    return sign_in(given.a_marketer())


def workbook(*rows, name="物料.xlsx"):
    book, held = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    return SimpleUploadedFile(name, held.getvalue())


def uploaded(site, kind, *rows):
    site.post(reverse("imports:start", args=[kind]), {"file": workbook(*rows)})
    return Upload.objects.order_by("-pk").first()


def verdicts(upload):
    return list(upload.lines.order_by("pk").values_list("verdict", flat=True))


LIST = ("序 号", "物料名称*", "数 量", "单位", "完成时间", "负责部门", "类别", "备注(说明)")


def test_a_materials_list_adds_changes_and_names_what_is_wrong(site):
    campaign = given.a_campaign()
    given.a_material(
        campaign=campaign, name="项目折页", aliases=["折页"], number=1, quantity=5000, remark="原来"
    )
    upload = uploaded(
        site, "materials", ("XX公司物料清单", None), LIST,
        (9, "桌布", "２０", "块", date(2012, 6, 1), "营销部", "印刷宣传品", "@备注"),
        (1, "折页", "5,000", "份", None, None, None, "改了"),
        (None, "海报", "很多", "张", "六月", "外星部", "飞碟", None),
        (None, "桌布", 1, None, None, None, "印刷宣传品", None),
        (None, "横幅", 3, None, None, None, None, None),
    )  # fmt: skip
    assert verdicts(upload) == ["create", "update", "error", "error", "error"]
    page = site.get(upload.get_absolute_url()).content.decode()
    assert "外星部" in page
    assert "不是大于零的整数" in page
    assert Material.objects.count() == 1

    site.post(reverse("imports:write", args=[upload.pk]))
    again = site.post(reverse("imports:write", args=[upload.pk]), follow=True)

    cloth = Material.objects.get(name="桌布")
    assert (cloth.quantity, cloth.due_on, cloth.department.name, cloth.remark) == (
        20,
        date(2012, 6, 1),
        "营销中心",
        "@备注",
    )
    assert Material.objects.get(number=1).remark == "改了"
    assert "已" in again.content.decode()
    assert Material.objects.count() == 2
    book = load_workbook(
        io.BytesIO(b"".join(site.get(reverse("imports:failed", args=[upload.pk])).streaming_content))
    )
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=3)]
    assert (rows[0][0], rows[0][-1], rows[1][0], len(rows)) == ("物料名称", "原因", "海报", 4)


def test_the_same_list_again_changes_nothing(site):
    given.a_campaign()
    rows = (LIST, (9, "桌布", 20, "块", "2012-06-01", "营销中心", "印刷宣传品", None))
    site.post(reverse("imports:write", args=[uploaded(site, "materials", *rows).pk]))

    upload = uploaded(site, "materials", *rows)

    assert verdicts(upload) == ["same"]


def test_prices_are_planned_and_shown_before_and_after(site):
    campaign = given.a_campaign()
    material = given.a_material(
        campaign=campaign, name="项目折页", quantity=10, planned_price=Decimal("0.80")
    )
    upload = uploaded(
        site, "prices", ("品名", "单价"), ("项目折页", "¥0.95元"), ("没有的", 3), ("项目折页", "便宜")
    )
    assert verdicts(upload) == ["update", "error", "error"]
    assert upload.lines.first().messages == ["0.80 → 0.95"]

    site.post(reverse("imports:write", args=[upload.pk]))

    material.refresh_from_db()
    assert material.planned_price == Decimal("0.95")


def test_opening_stock_is_entered_once_and_only_where_nothing_has_moved(site):
    campaign = given.a_campaign()
    fresh = given.a_material(campaign=campaign, name="折页", quantity=100)
    given.a_material(campaign=campaign, name="手册", on_hand=5)
    given.a_material(campaign=campaign, name="优惠确认", category="task")
    rows = (("名称", "库存", "日期"), ("折页", 60, "2012-06-01"), ("手册", 9, None), ("优惠确认", 1, None))
    upload = uploaded(site, "opening-stock", *rows)
    assert verdicts(upload) == ["create", "error", "error"]

    site.post(reverse("imports:write", args=[upload.pk]))

    fresh.refresh_from_db()
    assert (fresh.on_hand, fresh.state, fresh.moves.get().moved_on) == (60, "partly", date(2012, 6, 1))
    assert verdicts(uploaded(site, "opening-stock", *rows))[0] == "same"


def test_what_changed_since_the_preview_is_judged_anew(site):
    material = given.a_material(name="折页", quantity=100)
    upload = uploaded(site, "opening-stock", ("名称", "库存"), ("折页", 60))
    receive(material, 5, source="r:1", on=date(2012, 6, 1), at=given.at(2012, 6, 1), by=given.a_marketer())

    site.post(reverse("imports:write", args=[upload.pk]))

    material.refresh_from_db()
    assert (material.on_hand, verdicts(upload)) == (5, ["error"])


HEADS = {
    "materials": ("物料名称", "数量", "类别", "负责部门"),
    "prices": ("品名", "单价"),
    "opening-stock": ("名称", "库存"),
}


def uploaded_by(kind, *rows, about):
    at = given.at(2012, 6, 1)
    return upload_workbook(kinds()[kind], workbook(*rows), about=about, by=given.a_marketer(), at=at)


def a_long_workbook(kind, count):
    """Half of the lines are there, some under another name; the department is called by its other name."""
    campaign = given.a_campaign()
    for n in range(0, count, 2):
        given.a_material(campaign=campaign, name=f"物料{n}", aliases=[f"别名{n}"], quantity=9, on_hand=n % 3)
    cells = {"materials": (5, "印刷宣传品", "营销部"), "prices": (3,), "opening-stock": (6,)}[kind]
    rows = [(f"别名{n}" if n % 4 == 0 else f"物料{n}", *cells) for n in range(count)]
    return rows, str(campaign.pk)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["materials", "prices", "opening-stock"])
def test_a_long_workbook_is_compared_in_as_many_queries_as_a_short_one(kind):
    at, judging, writing = given.at(2012, 6, 1), [], []
    terms(TermList.MATERIAL_CATEGORY)  # kept by the process
    for count in (50, 200):
        rows, about = a_long_workbook(kind, count)
        upload = uploaded_by(kind, HEADS[kind], *rows, about=about)
        with upload.file.open("rb") as file:
            lines = list(lines_of(file))
        with CaptureQueriesContext(connection) as asked:
            found, _said = kinds()[kind].judge_lines(
                lines, upload=upload, today=at.date(), heard=lambda done, total: None
            )
        assert {line.verdict for line in found} & {"create", "update"}
        judging.append(len(asked))
        read_upload(upload.pk, clock=lambda: at)
        upload.refresh_from_db()
        start_writing(upload)
        write_upload(upload, at=at)
        # The same workbook again: every line is looked at before it is written, and none has to be.
        again = uploaded_by(kind, HEADS[kind], *rows, about=about)
        settled = list(read_upload(again.pk, clock=lambda: at).lines.all())
        assert not {line.verdict for line in settled} & {"create", "update"}
        write = kinds()[kind].writer(again, at=at)
        for line in settled:
            line.upload = again
        with CaptureQueriesContext(connection) as asked:
            write(settled)
        writing.append(len(asked))

    assert judging[0] == judging[1] <= 4
    assert writing[0] == writing[1] <= 4


def test_what_moves_while_a_chunk_is_written_gets_no_opening_stock(monkeypatch):
    """Lines are compared with what was there when the chunk began; the store is asked again at each line."""
    campaign = given.a_campaign()
    material = given.a_material(campaign=campaign, name="折页", quantity=100)
    upload = uploaded_by("opening-stock", HEADS["opening-stock"], ("折页", 60), about=str(campaign.pk))
    read_upload(upload.pk, clock=lambda: given.at(2012, 6, 1))
    [line] = upload.lines.all()
    line.upload = upload
    kind = kinds()["opening-stock"]
    known = kind.look_up(upload.about)
    assert known.first_moves == {}
    receive(material, 5, source="r:1", on=date(2012, 6, 1), at=given.at(2012, 6, 1), by=given.a_marketer())
    monkeypatch.setattr(kind, "look_up", lambda about: known, raising=False)

    kind.writer(upload, at=given.at(2012, 6, 1))([line])

    material.refresh_from_db()
    assert (line.verdict, line.messages) == ("error", ["已有出入库，现有 5；差异请做盘点。"])
    assert material.on_hand == 5


def test_a_line_finds_what_the_line_before_has_brought(site):
    """Judged at once, written one after the other: the second names the first's material and is told so."""
    given.a_campaign()
    rows = ("名称", "数量", "类别"), ("桌布", 20, "印刷宣传品"), ("横幅", 3, "印刷宣传品"), ("桌布", 5, None)
    upload = uploaded(site, "materials", *rows)

    site.post(reverse("imports:write", args=[upload.pk]))

    assert verdicts(upload) == ["create", "create", "error"]
    assert sorted(Material.objects.values_list("name", "quantity")) == [("桌布", 20), ("横幅", 3)]


@pytest.mark.parametrize("kind", ["materials", "prices", "opening-stock"])
def test_our_own_template_is_understood(site, kind):
    given.a_campaign()
    given.a_material(name="项目折页")
    template = b"".join(site.get(reverse("imports:template", args=[kind])).streaming_content)

    site.post(reverse("imports:start", args=[kind]), {"file": SimpleUploadedFile("模板.xlsx", template)})

    assert "error" not in verdicts(Upload.objects.get())


def test_what_is_no_workbook_or_has_no_header_is_refused_in_words(site):
    given.a_campaign()
    answer = site.post(
        reverse("imports:start", args=["prices"]), {"file": SimpleUploadedFile("x.xlsx", b"no workbook")}
    )
    upload = uploaded(site, "prices", ("甲", "乙"), (1, 2))

    assert answer.status_code == 422
    assert upload.state == "failed"
    assert "物料名称、计划单价" in site.get(upload.get_absolute_url()).content.decode()


def test_other_people_s_uploads_and_kinds_are_out_of_reach(site, client):
    given.a_campaign()
    upload = uploaded(site, "prices", ("品名", "单价"), ("折页", 1))

    client.force_login(given.a_marketer())
    assert client.get(upload.get_absolute_url()).status_code == 404
    assert client.get(reverse("imports:failed", args=[upload.pk])).status_code == 404
    client.force_login(given.a_director())
    assert client.get(reverse("imports:start", args=["opening-stock"])).status_code == 403
    client.force_login(given.a_rep())
    assert client.get(reverse("imports:start", args=["prices"])).status_code == 403
    assert client.get(reverse("imports:start", args=["nowhere"])).status_code == 404
