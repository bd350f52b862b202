"""The pages of the list and the store: what they show, refuse, export; who may; how many queries they take."""

import io
from datetime import timedelta
from decimal import Decimal
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from keyaccounts.common import clock
from keyaccounts.common.roles import Role
from materials.actions.stock import take
from materials.models import Loan, Material, MaterialFile, Need, StockMove, Stocktake
from tests import given
from tests.archives import a_document
from tests.films import PLACE, a_film
from tests.pictures import a_jpeg, place_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer():
    return given.a_marketer()


@pytest.fixture
def site(sign_in, marketer):
    return sign_in(marketer)


def a_need(material, quantity, days=3):
    return Need.objects.create(
        material=material, quantity=quantity, needed_on=clock.today() + timedelta(days=days),
        label="说明会", source=f"need:{material.pk}:{quantity}",
    )  # fmt: skip


def sent(form_page, **values):
    """A form as the browser sends it: with the submission key of the page."""
    return {"submission_key": form_page.context["form"]["submission_key"].value(), **values}


# -- the list ----------------------------------------------------------------------------------
def test_an_empty_list_begins_with_the_plan_s(site):
    campaign = given.a_campaign()
    page = site.get(reverse("materials:materials")).content.decode()
    assert "采用方案清单" in page

    site.post(reverse("materials:load_list"), {"from": "plan"})

    page = site.get(reverse("materials:materials")).content.decode()
    assert campaign.materials.count() == 7
    assert "项目折页" in page
    assert "待确认" in page
    answer = site.post(reverse("materials:load_list"), {"from": "plan"}, follow=True)
    assert "已有物料清单" in answer.content.decode()


def test_late_and_short_rows_stand_out_and_are_found(site):
    late = given.a_material(name="晚到的", quantity=10, due_on=clock.today() - timedelta(days=1))
    short = given.a_material(name="不够的", quantity=10, on_hand=5, state="ready")
    given.a_material(name="够的", quantity=10, on_hand=50, state="ready")
    a_need(short, 8)

    by_late = site.get(reverse("materials:materials"), {"state": "late"})
    by_short = site.get(reverse("materials:materials"), {"short": "true"})

    assert [row.pk for row in by_late.context["listing"].page] == [late.pk]
    assert "已逾期" in by_late.content.decode()
    assert [(row.pk, row.missing) for row in by_short.context["listing"].page] == [(short.pk, 3)]


def test_the_list_is_exported_with_real_numbers_and_days(site):
    given.a_material(name="=cmd", quantity=1000, kinds=2, due_on=clock.today(), number=8)

    answer = site.get(reverse("materials:materials"), {"export": "xlsx"})

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    row = [cell.value for cell in book.active[4]]
    assert (row[0], row[1], row[2], row[4].date()) == (8, "=cmd", 2000, clock.today())
    assert book.active["B4"].data_type == "s"


@pytest.mark.parametrize(
    "name", ["materials:materials", "materials:stock", "materials:moves", "materials:loans"]
)
def test_lists_take_as_many_queries_for_three_rows_as_for_one(site, name, django_assert_max_num_queries):
    def a_row():
        laptop = given.a_material(on_hand=9, is_returnable=True, category="device", quantity=9)
        take(
            laptop,
            1,
            kind="issue",
            person=given.a_rep(),
            source=f"l:{laptop.pk}",
            on=clock.today(),
            at=clock.now(),
            by=given.a_marketer(),
        )
        a_need(laptop, 2)

    a_row()
    site.get(reverse(name))
    with django_assert_max_num_queries(12) as one:
        site.get(reverse(name))
    a_row()
    a_row()

    with django_assert_max_num_queries(len(one)):
        page = site.get(reverse(name))

    assert page.status_code == 200


def test_a_row_is_added_edited_and_moved_on(site):
    campaign = given.a_campaign()
    address = reverse("materials:material_new")
    page = site.get(address)
    site.post(
        address,
        sent(
            page,
            name="桌布",
            category="print",
            number="12",
            quantity="２０",
            kinds="1",
            unit="块",
            aliases="台布、桌布套",
        ),
    )
    material = campaign.materials.get()
    assert (material.quantity, material.aliases, material.is_charged) == (20, ["台布", "桌布套"], False)

    answer = site.post(
        reverse("materials:material_move", args=[material.pk]), {"to": "producing", "reason": ""}, follow=True
    )
    assert "制作中" in answer.content.decode()
    refused = site.post(reverse("materials:material_move", args=[material.pk]), {"to": "planned"})
    assert refused.status_code == 422
    assert "可以转到" in refused.content.decode()


def test_two_rows_with_one_number_are_refused_beside_the_field(site):
    given.a_material(number=7, quantity=1)
    address = reverse("materials:material_new")

    answer = site.post(
        address, sent(site.get(address), name="别的", category="print", number="7", quantity="1", kinds="1")
    )

    assert answer.status_code == 422
    assert "序号" in answer.content.decode()


def test_an_edit_from_an_old_page_shows_both_versions(site):
    material = given.a_material(quantity=10, remark="原来")
    address = reverse("materials:material_edit", args=[material.pk])
    page = site.get(address)
    Material.objects.filter(pk=material.pk).update(remark="别人改的", version=2)
    values = {
        "name": material.name,
        "category": "print",
        "number": material.number,
        "quantity": 10,
        "kinds": 1,
    }

    answer = site.post(address, sent(page, **values, version=1, remark="我改的"))

    assert answer.status_code == 422
    assert "别人改的" in answer.content.decode()


def test_a_decision_is_published_with_a_file(site, tmp_path):
    rep = given.a_rep()
    decision = given.a_material(category="task", unit="")
    address = reverse("materials:material_publish", args=[decision.pk])
    file = SimpleUploadedFile("优惠标准.pdf", b"%PDF-1.4 x")

    answer = site.post(address, sent(site.get(address), text="", file=file), follow=True)

    assert "已发布" in answer.content.decode()
    assert (decision.files.get().is_final, rep.notices.count()) == (True, 1)
    assert site.get(reverse("materials:material_publish", args=[given.a_material().pk])).status_code == 404


def test_inferred_values_are_confirmed_one_by_one(site):
    material = given.a_material(quantity=1, inferred=["due_on", "department"])

    site.post(reverse("materials:material_confirm", args=[material.pk]), {"field": "due_on"})

    material.refresh_from_db()
    assert material.inferred == ["department"]
    assert "待确认" in site.get(material.get_absolute_url()).content.decode()


# -- the store -----------------------------------------------------------------------------------
def test_stock_shows_what_runs_short_first_and_from_when(site):
    given.a_material(name="够的", on_hand=50)
    low = given.a_material(name="偏低", on_hand=5, low_level=10)
    short = given.a_material(name="不够", on_hand=20)
    a_need(short, 15, days=1)
    a_need(short, 30, days=4)

    rows = site.get(reverse("materials:stock")).context["rows"]

    assert [row.material for row in rows][:2] == [short, low]
    assert (rows[0].short.quantity, rows[0].short.from_on) == (25, clock.today() + timedelta(days=4))
    book = load_workbook(
        io.BytesIO(b"".join(site.get(reverse("materials:stock"), {"export": "xlsx"}).streaming_content))
    )
    assert [cell.value for cell in book.active[4]][:6] == ["不够", 20, 0, 20, 45, 25]


def test_a_receipt_says_the_stock_before_and_after_and_counts_once(site):
    material = given.a_material(name="折页", on_hand=5)
    address = reverse("materials:receive", args=[material.pk])
    values = sent(site.get(address), quantity="１,０００", on=clock.today().isoformat())

    first = site.post(address, values, follow=True)
    again = site.post(address, values, follow=True)

    assert "5 → 1005" in first.content.decode()
    assert "已经录入" in again.content.decode()
    material.refresh_from_db()
    assert material.on_hand == 1005


def test_a_receipt_over_the_line_shows_the_missing_amount_and_moves_nothing(site):
    line = given.a_line("100")
    material = given.a_material(campaign=line.budget.campaign, line=line, quantity=10)
    address = reverse("materials:receive", args=[material.pk])

    answer = site.post(
        address, sent(site.get(address), quantity="10", on=clock.today().isoformat(), cost="130", reason="急", line=line.pk)
    )  # fmt: skip

    assert answer.status_code == 422
    assert "30.00" in answer.content.decode()
    assert reverse("budget:supplement_new") in answer.content.decode()
    assert not StockMove.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("issue", {"person": None}),
        ("use_briefing", {"document": "热电厂 6月21日"}),
        ("gift", {"counterparty": "热电厂 贾维新", "reason": "端午"}),
        ("scrap", {"reason": "受潮"}),
    ],
)
def test_things_go_out_and_more_than_there_is_does_not(site, kind, values):
    material = given.a_material(on_hand=3)
    address = reverse("materials:out", args=[material.pk, kind])
    if "person" in values:
        values = {"person": given.a_rep().pk}
    today = clock.today().isoformat()

    refused = site.post(address, sent(site.get(address), quantity="4", on=today, **values))
    done = site.post(address, sent(site.get(address), quantity="3", on=today, **values), follow=True)

    assert refused.status_code == 422
    assert "3" in refused.content.decode()
    assert "3 → 0" in done.content.decode()


def test_no_movement_on_a_day_to_come(site):
    material = given.a_material(on_hand=3)
    address = reverse("materials:out", args=[material.pk, "scrap"])

    answer = site.post(
        address, sent(site.get(address), quantity="1", on=(clock.today() + timedelta(days=1)).isoformat(), reason="x")
    )  # fmt: skip

    assert answer.status_code == 422


def test_what_is_left_over_comes_back_and_a_wrong_receipt_is_reversed(site):
    material = given.a_material(on_hand=3)
    address = reverse("materials:back", args=[material.pk])
    site.post(address, sent(site.get(address), quantity="2", on=clock.today().isoformat()))
    receipt = material.moves.get(kind="in")
    address = reverse("materials:move_reverse", args=[receipt.pk])

    site.post(address, sent(site.get(address), reason="录错"))

    material.refresh_from_db()
    assert material.on_hand == 2


def test_movements_are_found_by_material_kind_person_and_day(site):
    rep, material = given.a_rep(), given.a_material(on_hand=9)
    given.a_material(on_hand=4)
    take(material, 2, kind="issue", person=rep, source="i:1", on=clock.today(), at=clock.now(), by=rep)

    def found(**asked):
        return len(site.get(reverse("materials:moves"), asked).context["listing"].page)

    assert found() == 3
    assert found(material=material.pk) == 2
    assert found(kind="issue", person=rep.pk) == 1
    assert found(day_from=clock.today().isoformat()) == 1


# -- loans, files, stocktake ---------------------------------------------------------------------
def test_a_laptop_goes_out_with_its_person_and_is_back_by_one_tap(site):
    rep = given.a_rep()
    laptop = given.a_material(on_hand=2, is_returnable=True, category="device")
    address = reverse("materials:out", args=[laptop.pk, "issue"])
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    site.post(
        address, sent(site.get(address), quantity="1", on=yesterday, person=rep.pk, due_back_on=yesterday)
    )  # fmt: skip
    loan = Loan.objects.get()

    overdue = site.get(reverse("materials:loans"), {"state": "overdue"}).content.decode()
    answer = site.post(reverse("materials:loan_return", args=[loan.pk]), follow=True)
    again = site.post(reverse("materials:loan_return", args=[loan.pk]), follow=True)

    assert rep.name in overdue
    assert "已归还" in answer.content.decode()
    assert "已经归还" in again.content.decode()
    laptop.refresh_from_db()
    assert laptop.on_hand == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.exe", b"MZ", "请选择"),
        ("x.pdf", b"MZ", "内容与名称"),
        ("片.mp4", b"\x00\x00\x00\x18xxxx", "内容与名称"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(site, name, content, said):
    material = given.a_material(category="digital")

    answer = site.post(
        reverse("materials:file_add", args=[material.pk]), {"file": SimpleUploadedFile(name, content)}
    )

    assert answer.status_code == 422
    assert not MaterialFile.objects.exists()


def test_versions_one_final_and_only_as_a_download(site, settings):
    material = given.a_material(category="digital")
    address = reverse("materials:file_add", args=[material.pk])
    one, two = (a_document(**{"ppt/presentation.xml": words}) for words in ("one", "two"))
    site.post(address, {"file": SimpleUploadedFile("..\\..\\产品<介绍>.pptx", one)})
    site.post(address, {"file": SimpleUploadedFile("产品介绍.pptx", two), "note": "改价格"})
    same = site.post(address, {"file": SimpleUploadedFile("同.pptx", two)})
    first, second = material.files.order_by("number")

    site.post(reverse("materials:file_final", args=[first.pk]))
    site.post(reverse("materials:file_final", args=[second.pk]))
    download = site.get(reverse("materials:file", args=[second.pk]))
    b"".join(download.streaming_content)

    assert same.status_code == 422
    assert "/" not in first.name
    assert "\\" not in first.name
    assert list(material.files.filter(is_final=True)) == [second]
    assert download["Content-Disposition"].startswith("attachment")
    assert download["X-Content-Type-Options"] == "nosniff"
    assert str(settings.MEDIA_ROOT) in second.file.path
    material.refresh_from_db()
    assert material.state == "final"


def test_a_print_original_keeps_its_pixels_and_loses_where_it_was_taken(site):
    material = given.a_material(category="digital")
    address = reverse("materials:file_add", args=[material.pk])
    original = a_jpeg()

    added = site.post(address, {"file": SimpleUploadedFile("海报.jpg", original)})
    again = site.post(address, {"file": SimpleUploadedFile("海报.jpg", original)})
    half = site.post(address, {"file": SimpleUploadedFile("海报2.jpg", original[:5000])})

    version = material.files.get()
    kept = b"".join(site.get(reverse("materials:file", args=[version.pk])).streaming_content)
    assert (added.status_code, again.status_code, half.status_code) == (302, 422, 422)
    assert "海报2.jpg" in half.content.decode()
    assert (place_in(original)[1], place_in(kept)) == ("N", {})
    assert Image.open(io.BytesIO(kept)).tobytes() == Image.open(io.BytesIO(original)).tobytes()
    assert version.size == len(kept) < len(original)


@pytest.mark.parametrize(
    ("name", "content", "said"), [("样片.mp4", a_film(), PLACE), ("方案.docx", a_document(), b"GPS")]
)
def test_a_film_and_a_document_lose_where_they_were_taken(site, name, content, said):
    material = given.a_material(category="digital")
    address = reverse("materials:file_add", args=[material.pk])

    added = site.post(address, {"file": SimpleUploadedFile(name, content)})
    again = site.post(address, {"file": SimpleUploadedFile(name, content)})
    half = site.post(address, {"file": SimpleUploadedFile(f"2{name}", content[:-30])})

    version = material.files.get()
    kept = b"".join(site.get(reverse("materials:file", args=[version.pk])).streaming_content)
    assert (added.status_code, again.status_code, half.status_code) == (302, 422, 422)
    assert f"2{name}" in half.content.decode()
    assert version.size == len(kept)
    assert said not in (
        kept if name.endswith("mp4") else ZipFile(io.BytesIO(kept)).read("word/media/image1.jpeg")
    )


def test_counting_goes_from_item_to_item_and_is_closed(site):
    first, second = given.a_material(on_hand=10), given.a_material(on_hand=4)
    site.post(reverse("materials:stocktake_start"))
    taken = Stocktake.objects.get()
    address = reverse("materials:stocktake_count", args=[taken.pk, first.pk])
    assert "账面 10" in site.get(address).content.decode()

    onward = site.post(address, {"counted": "９", "reason": "破损"})
    page = site.get(taken.get_absolute_url()).content.decode()
    site.post(onward["Location"], {"counted": "4"})
    site.post(reverse("materials:stocktake_close", args=[taken.pk]))

    assert onward["Location"] == reverse("materials:stocktake_count", args=[taken.pk, second.pk])
    assert "1 / 2" in page
    first.refresh_from_db()
    assert first.on_hand == 9
    book = load_workbook(
        io.BytesIO(b"".join(site.get(taken.get_absolute_url(), {"export": "xlsx"}).streaming_content))
    )
    assert [cell.value for cell in book.active[4]][1:7] == [first.name, "份", 10, 9, -1, "破损"]


# -- who may -------------------------------------------------------------------------------------
def test_the_administration_centre_keeps_its_own_department_s_things(sign_in):
    department = given.a_department()
    keeper = given.a_person(Role.ADMIN_CENTRE, department=department)
    own = given.a_material(department=department)
    other = given.a_material()
    site = sign_in(keeper)

    assert site.get(reverse("materials:receive", args=[own.pk])).status_code == 200
    assert site.get(reverse("materials:receive", args=[other.pk])).status_code == 403
    assert site.post(reverse("materials:file_add", args=[other.pk])).status_code == 403


def test_a_rep_reads_and_moves_nothing(sign_in):
    material = given.a_material(on_hand=2, planned_price=Decimal(5), quantity=4)
    site = sign_in(given.a_rep())

    page = site.get(material.get_absolute_url()).content.decode()

    assert reverse("materials:receive", args=[material.pk]) not in page
    assert "库存金额" not in page
    assert site.get(reverse("materials:receive", args=[material.pk])).status_code == 403
    assert (
        site.post(reverse("materials:material_move", args=[material.pk]), {"to": "draft"}).status_code == 403
    )


def test_finance_sees_no_stock(sign_in):
    given.a_material()

    assert sign_in(given.a_person(Role.FINANCE)).get(reverse("materials:stock")).status_code == 403


def test_what_is_not_there_is_404(site):
    given.a_campaign()

    assert site.get(reverse("materials:material", args=[99])).status_code == 404
    assert site.get(reverse("materials:stock"), {"campaign": "99"}).status_code == 404
    assert site.get(reverse("materials:out", args=[given.a_material().pk, "in"])).status_code == 404
