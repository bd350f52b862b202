"""The pages of requisitions, supplement reports and kits: happy, refused, stranger, wrong role, paper, export."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from keyaccounts.common.roles import Role
from materials.actions.extras import Item, ask_for_extra
from materials.actions.handovers import issue
from materials.actions.requisitions import decide_requisition
from materials.models import Handover, Kit, MaterialExtra, Requisition
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def at(name, *args, query=""):
    return reverse(f"materials:{name}", args=args) + query


def the_form(**more):
    return {"purpose": "拜访一热", "day": "2012-07-11", "hour": "08:30", **more}


def a_report(*, by=None, amount="960"):
    line = given.a_line("2000")
    return ask_for_extra(
        line.budget.campaign, reason="库存不足", needed_on=date(2012, 7, 12), line=line, amount=Decimal(amount),
        items=[Item("项目宝典", 100, "本", "print")], by=by or given.a_rep(), at=NOW,
    )  # fmt: skip


# -- requisitions ---------------------------------------------------------------------------------------
def test_a_rep_asks_for_materials(sign_in):
    material, rep = given.a_material(on_hand=10), given.a_rep()
    client = sign_in(rep)
    assert material.name in client.get(at("requisition_new")).text

    answer = client.post(at("requisition_new"), the_form(receiver=rep.pk, **{f"q_{material.pk}": 4}))

    made = Requisition.objects.get()
    assert (answer.url, made.state, made.lines.get().bound) == (made.get_absolute_url(), "approved", 4)


def test_nothing_asked_for_is_refused_on_the_form(sign_in):
    given.a_material()
    rep = given.a_rep()

    answer = sign_in(rep).post(at("requisition_new"), the_form(receiver=rep.pk))

    assert (answer.status_code, "至少选择一种物料" in answer.text) == (422, True)


def test_the_same_form_twice_is_one_requisition(sign_in):
    material, rep = given.a_material(on_hand=10), given.a_rep()
    form = the_form(
        receiver=rep.pk, submission_key="7d4cb7a2-0a68-4f4a-9a0e-1d8a0f1d8a01", **{f"q_{material.pk}": 4}
    )
    client = sign_in(rep)

    addresses = [client.post(at("requisition_new"), form).url for _ in range(2)]

    assert (addresses[0] == addresses[1], Requisition.objects.count()) == (True, 1)


def test_another_material_is_added_by_search(sign_in):
    first, rep = given.a_material(on_hand=1), given.a_rep()
    for _ in range(13):
        given.a_material()
    last = given.a_material(name="最后一种")

    sign_in(rep).post(
        at("requisition_new"),
        the_form(receiver=rep.pk, other_0=last.pk, other_0_quantity=2, **{f"q_{first.pk}": 0}),
    )

    assert str(Requisition.objects.get().lines.get().material) == "最后一种"


def test_the_page_of_a_requisition_by_role(sign_in):
    rep, stranger = given.a_rep(), given.a_rep()
    page = at("requisition", given.a_requisition({given.a_material(on_hand=9): 5}, by=rep).pk)

    assert sign_in(rep).get(page).status_code == 200
    assert "确认出库" in sign_in(given.a_marketer()).get(page).text
    assert sign_in(stranger).get(page).status_code == 404
    assert sign_in(given.a_person(Role.FINANCE)).get(page).status_code == 403


def test_approve_with_less_from_the_page(sign_in):
    director = given.a_director()
    requisition = given.a_requisition({given.a_material(category="gift_key", on_hand=9): 5})
    line = requisition.lines.get()
    client = sign_in(director)
    assert "批准" in client.get(at("requisition", requisition.pk)).text

    refused = client.post(
        at("requisition_decide", requisition.pk), {"decision": "approve", f"line_{line.pk}": 2}, follow=True
    )
    assert "请说明原因" in refused.text
    client.post(
        at("requisition_decide", requisition.pk),
        {"decision": "approve", f"line_{line.pk}": 2, "reason": "先用现有库存"},
    )

    requisition.refresh_from_db()
    assert (requisition.state, requisition.lines.get().approved, requisition.decision_note) == (
        "approved",
        2,
        "先用现有库存",
    )


def test_issue_all_and_confirm_with_one_tap_each(sign_in):
    rep, marketer, material = given.a_rep(), given.a_marketer(), given.a_material(on_hand=9)
    requisition = given.a_requisition({material: 5}, by=rep)

    sign_in(marketer).post(at("requisition_issue", requisition.pk), {"all": "1"})
    page = sign_in(rep).get(at("requisition", requisition.pk)).text
    sign_in(rep).post(at("handover_confirm", Handover.objects.get().pk), {"discrepancy": ""})

    requisition.refresh_from_db()
    material.refresh_from_db()
    assert ("收到了吗" in page, requisition.state, material.on_hand) == (True, "fulfilled", 4)


def test_too_much_is_refused_on_the_page(sign_in):
    requisition = given.a_requisition({given.a_material(on_hand=9): 5})
    line = requisition.lines.get()

    answer = sign_in(given.a_marketer()).post(at("requisition_issue", requisition.pk), {f"line_{line.pk}": 7})

    assert (answer.status_code, "最多还能发 5" in answer.text) == (422, True)


def test_an_issue_sent_twice_is_one(sign_in):
    requisition = given.a_requisition({given.a_material(on_hand=9): 4})
    form = {
        f"line_{requisition.lines.get().pk}": 2,
        "submission_key": "7d4cb7a2-0a68-4f4a-9a0e-1d8a0f1d8a02",
    }
    client = sign_in(given.a_marketer())

    for _ in range(2):
        client.post(at("requisition_issue", requisition.pk), form)

    assert (Handover.objects.count(), requisition.lines.get().issued) == (1, 2)


def test_everything_received_is_confirmed_at_once(sign_in):
    rep, marketer = given.a_rep(), given.a_marketer()
    for _ in range(2):
        requisition = given.a_requisition({given.a_material(on_hand=2): 1}, by=rep)
        issue(requisition, {requisition.lines.get().pk: 1}, by=marketer, at=NOW)

    sign_in(rep).post(at("receipts_confirm"), {"back": "today"})

    assert not Handover.objects.unconfirmed().exists()
    assert set(Requisition.objects.values_list("state", flat=True)) == {"fulfilled"}


def test_call_off_and_withdraw(sign_in):
    given.a_director()
    rep = given.a_rep()
    approved = given.a_requisition({given.a_material(on_hand=9): 5}, by=rep)
    pending = given.a_requisition({given.a_material(category="gift_key"): 1}, by=rep)
    client = sign_in(rep)

    assert client.post(at("requisition_call_off", approved.pk), {"reason": ""}).status_code == 422
    client.post(at("requisition_call_off", approved.pk), {"reason": "客户改期"})
    client.post(at("requisition_withdraw", pending.pk))

    assert set(Requisition.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_a_returned_one_is_edited(sign_in):
    director, rep, material = given.a_director(), given.a_rep(), given.a_material(category="gift_key")
    requisition = given.a_requisition({material: 5}, by=rep)
    decide_requisition(requisition, "returned", note="太多", by=director, at=NOW)
    requisition.refresh_from_db()
    client = sign_in(rep)
    assert "太多" in client.get(at("requisition_edit", requisition.pk)).text
    form = the_form(receiver=rep.pk, version=requisition.version, **{f"q_{material.pk}": 1})

    client.post(at("requisition_edit", requisition.pk), form)
    stale = client.post(at("requisition_edit", requisition.pk), form)

    requisition.refresh_from_db()
    assert (requisition.state, requisition.lines.get().requested, stale.status_code) == ("pending", 1, 404)


@pytest.mark.parametrize("name", ["requisition_pdf", "packing_pdf"])
def test_the_papers_of_a_requisition(sign_in, name):
    rep = given.a_rep()
    requisition = given.a_requisition({given.a_material(on_hand=9): 5}, by=rep)

    paper = sign_in(rep).get(at(name, requisition.pk))

    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert b"CIDFontType" in paper.content or b"FontFile" in paper.content or len(paper.content) > 5000


def test_the_packing_slips_of_a_day(sign_in):
    given.a_requisition({given.a_material(on_hand=9): 5})
    client = sign_in(given.a_marketer())

    assert client.get(at("packing_of_day", query="?on=2012-07-11")).content[:5] == b"%PDF-"
    assert client.get(at("packing_of_day", query="?on=2012-07-12")).status_code == 302


def test_the_list_is_exported_as_shown(sign_in):
    rep = given.a_rep()
    given.a_requisition({given.a_material(on_hand=9, name="折页"): 5}, by=rep, purpose="=1+1")
    given.a_requisition({given.a_material(): 5})
    client = sign_in(rep)

    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(at("requisitions", query="?export=xlsx")))))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]

    assert any("折页 0/5份" in row and "=1+1" in row for row in cells)
    assert sum(1 for row in cells if row[0] and str(row[0]).startswith("LY")) == 1


@pytest.mark.parametrize("name", ["requisitions", "extras"])
def test_a_list_asks_as_much_for_three_as_for_one(sign_in, name, django_assert_max_num_queries):
    marketer = given.a_marketer()

    def add():
        given.a_director()
        given.a_requisition({given.a_material(on_hand=9): 5})
        a_report()

    def queries():
        with django_assert_max_num_queries(12) as counted:
            assert client.get(at(name)).status_code == 200
        return len(counted.captured_queries)

    client = sign_in(marketer)
    add()
    client.get(at(name))
    one = queries()
    add(), add()

    assert queries() == one


@pytest.mark.parametrize("query", ["?q=折页", "?waiting=issue", "?waiting=receipt", "?state=approved"])
def test_the_filters_of_requisitions(sign_in, query):
    rep, marketer = given.a_rep(), given.a_marketer()
    hit = given.a_requisition({given.a_material(on_hand=9, name="项目折页"): 5}, by=rep)
    if "receipt" in query:
        issue(hit, {hit.lines.get().pk: 1}, by=marketer, at=NOW)
    given.a_director()
    given.a_requisition({given.a_material(category="gift_key"): 1})

    page = sign_in(marketer).get(at("requisitions", query=query)).text

    assert (hit.code in page, page.count("card-title")) == (True, 1)


# -- supplement reports -----------------------------------------------------------------------------------
def test_a_report_is_filled_in_from_a_shortage_and_handed_in(sign_in):
    given.a_director()
    line, rep = given.a_line("2000"), given.a_rep()
    given.a_material(
        campaign=line.budget.campaign, name="项目宝典", unit="本", line=line, planned_price=Decimal("9")
    )
    client = sign_in(rep)
    page = client.get(at("extra_new", query="?item=宝典&quantity=40&reason=说明会缺")).text
    assert all(words in page for words in ('value="项目宝典"', 'value="40"', "说明会缺", 'value="9.00"'))

    answer = client.post(
        at("extra_new"),
        {
            "reason": "说明会缺", "needed_on": "2012-07-12", "line": line.pk, "item_0": "项目宝典",
            "item_0_quantity": "40", "item_0_unit": "本", "item_0_price": "9", "item_0_category": "print",
        },
    )  # fmt: skip

    made = MaterialExtra.objects.get()
    assert (answer.url, made.state, made.amount) == (made.get_absolute_url(), "pending", Decimal("360.00"))


def test_an_item_without_a_number_is_refused_beside_it(sign_in):
    given.a_line("2000")

    answer = sign_in(given.a_rep()).post(
        at("extra_new"), {"reason": "缺", "needed_on": "2012-07-12", "item_0": "项目宝典"}
    )

    assert (answer.status_code, "请填数量" in answer.text) == (422, True)


def test_the_director_approves_a_report_and_sees_the_money_before(sign_in):
    given.a_director()
    report, client = a_report(), sign_in(given.a_director())
    page = client.get(at("extra", report.pk)).text
    assert "余额 ¥2,000.00，批准后 ¥1,040.00" in page

    client.post(at("extra_decide", report.pk), {"decision": "approve"})

    report.refresh_from_db()
    assert (report.state, report.commitment.amount) == ("approved", Decimal("960"))


def test_over_the_line_is_said_in_words(sign_in):
    given.a_director()
    report = a_report(amount="2500")

    answer = sign_in(given.a_director()).post(
        at("extra_decide", report.pk), {"decision": "approve"}, follow=True
    )

    report.refresh_from_db()
    assert (report.state, "500.00" in answer.text) == ("pending", True)


def test_a_report_by_role(sign_in):
    given.a_director()
    rep = given.a_rep()
    report = a_report(by=rep)

    assert sign_in(rep).get(at("extra", report.pk)).status_code == 200
    assert sign_in(given.a_rep()).get(at("extra", report.pk)).status_code == 404
    assert sign_in(given.a_person(Role.FINANCE)).get(at("extra", report.pk)).status_code == 403
    assert sign_in(rep).post(at("extra_decide", report.pk), {"decision": "approve"}).status_code == 403
    assert sign_in(rep).get(at("extra_pdf", report.pk)).content[:5] == b"%PDF-"


def test_a_returned_report_is_changed(sign_in):
    director, rep = given.a_director(), given.a_rep()
    report = a_report(by=rep)
    sign_in(director).post(at("extra_decide", report.pk), {"decision": "return", "reason": "金额偏高"})
    report.refresh_from_db()
    client = sign_in(rep)
    assert "金额偏高" in client.get(at("extra_edit", report.pk)).text

    client.post(
        at("extra_edit", report.pk),
        {
            "reason": "改为 50 本", "needed_on": "2012-07-12", "line": report.line_id, "amount": "450",
            "item_0": "项目宝典", "item_0_quantity": "50", "item_0_unit": "本", "version": report.version,
        },
    )  # fmt: skip

    report.refresh_from_db()
    assert (report.state, report.amount, str(report.lines.get())) == (
        "pending",
        Decimal("450"),
        "项目宝典 50本",
    )


def test_a_report_is_withdrawn(sign_in):
    given.a_director()
    rep = given.a_rep()
    report = a_report(by=rep)

    sign_in(rep).post(at("extra_withdraw", report.pk))

    report.refresh_from_db()
    assert report.state == "withdrawn"


# -- kits ---------------------------------------------------------------------------------------------------
def test_a_kit_for_45_people_says_what_is_missing(sign_in):
    campaign = given.a_campaign()
    given.a_material(campaign=campaign, name="项目折页", number=1, on_hand=40)
    kit = Kit.objects.get(use="briefing")

    page = sign_in(given.a_rep()).get(at("kit", kit.pk, query="?people=45")).text

    assert all(words in page for words in ("缺 5", "清单未列", "待确认", "people=45"))


def test_who_draws_up_the_list_gives_a_material_the_kit_s_name_for_it(sign_in):
    campaign = given.a_campaign()
    gift = given.a_material(campaign=campaign, name="小型礼品", number=4, on_hand=100)
    kit, client = (
        at("kit", Kit.objects.get(use="briefing").pk, query="?people=45"),
        sign_in(given.a_director()),
    )
    before = client.get(kit).text
    edit = at("material_edit", gift.pk)

    form = {
        "name": gift.name,
        "category": gift.category,
        "number": 4,
        "kinds": 1,
        "unit": gift.unit,
        "version": 1,
    }
    saved = client.post(edit, {**form, "quantity": 1000, "aliases": "小礼物、小礼品"})

    after = client.get(kit).text
    assert saved.status_code == 302
    assert (f">{gift}</span>" in before, f">{gift}</span>" in after) == (False, True)
    assert before.count("清单未列") == after.count("清单未列") + 1
    assert "写进该物料的“别名”" in after
    assert "写进该物料的“别名”" not in sign_in(given.a_rep()).get(kit).text


def test_a_kit_is_asked_for(sign_in):
    campaign = given.a_campaign()
    bag = given.a_material(campaign=campaign, name="项目手提袋", on_hand=90)
    kit, client = Kit.objects.get(use="briefing"), sign_in(given.a_rep())

    page = client.get(at("requisition_new", query=f"?kit={kit.pk}&people=45")).text

    assert f'name="q_{bag.pk}" value="45"' in page
    assert "小型礼品 按需" in client.get(at("kits")).text
    assert "按需" in client.get(at("kit", Kit.objects.get(use="visit").pk)).text
