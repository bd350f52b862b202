"""Workbooks as companies keep them: two header lines, merged cells, several people a line, words for choices (D6)."""

from __future__ import annotations

from datetime import date, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import transaction

from accounts.actions.contacts import edit_contact
from accounts.actions.organisations import edit_organisation
from accounts.models import Contact, Fact, Organisation
from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.invariants import verdicts
from keyaccounts.imports.actions import (
    decide_line,
    revert_upload,
)
from keyaccounts.imports.choices import LineVerdict
from tests import given
from tests.accounts.uploads import JULY_10, a_file, read, write

pytestmark = pytest.mark.django_db


def test_two_header_lines_and_merged_names_are_read_as_people_see_them():
    rep = given.a_rep()
    file = a_file(
        ["客户档案表"],
        ["客户名称", "客户类型", "员工人数", "联系人", None, None],
        [None, None, None, "姓名", "职务", "电话"],
        ["北京第一热电厂", "大型厂矿", "1250", "贾维舟", "工会主席", "13900001234"],
        [None, None, None, "柳知夏", "物资供应处主管", "010-69301234"],
        ["北京第二热电厂", "大型厂矿", "300", "田一禾", "校工会副主席", "13900001235/010-69305678"],
        ["合计", None, "1550", None, None, None],
        merged=["A1:F1", "D2:F2", "A2:A3", "A4:A5"],
    )

    write(read(file, by=rep))

    assert list(Organisation.objects.order_by("name").values_list("name", "staff_count")) == [
        ("北京第一热电厂", 1250),
        ("北京第二热电厂", 300),
    ]
    people = Contact.objects.order_by("pk").values_list("name", "position", "title", "mobile", "phone")
    assert sorted(people) == sorted(
        [
            ("贾维舟", "union_chair", "", "13900001234", ""),
            ("柳知夏", "other", "物资供应处主管", "", "01069301234"),
            ("田一禾", "union_vice", "校工会副主席", "13900001235", "01069305678"),
        ]
    )


def test_people_side_by_side_in_one_line():
    rep = given.a_rep()
    file = a_file(
        ["单位名称", "联系人1", "手机1", "联系人2", "手机2"],
        ["北京第一热电厂", "贾维舟", "13900001234", "柳知夏", 13900001235],
    )

    write(read(file, by=rep))

    assert list(Contact.objects.order_by("pk").values_list("name", "mobile")) == [
        ("贾维舟", "13900001234"),
        ("柳知夏", "13900001235"),
    ]


def test_every_field_of_the_customer_file_is_taken():
    rep = given.a_rep()
    head = [
        "客户名称", "客户简称", "单位性质", "行业", "所在区域", "通讯地址", "公司电话", "官网", "客户来源", "建档日期", "会员数",
        "人均年收入", "经营范围", "福利预算", "接受价格", "对健康食品的重视程度", "购买力", "意向", "员工礼品发放时间", "集会时间",
        "采购方式", "采购程序", "现有供应商", "备注", "客户等级", "生日",
    ]  # fmt: skip
    values = [
        "北京第一热电厂", "一热", "大型厂矿", "制造业", "房山", "房山区测试路1号", "010-69300000", "www.example.com", "名录摸底",
        "2012年5月20日", "1,200人", "7.2万", "供热", "120元", "90-118元", "较高", "较强", "B", "端午、中秋", "每月15日班前会",
        "比选/询价", "工会提出,厂办批准", "某粮油店", "有食堂", "A", "1970-01-01",
    ]  # fmt: skip

    batch = read(a_file(head, values), by=rep)
    write(batch)

    batch.refresh_from_db()
    assert [line.messages for line in batch.lines.all()] == [[]]
    row = Organisation.objects.get()
    assert "生日" in batch.problem
    assert "客户等级" not in batch.problem
    assert (row.short_name, row.industry, row.district, row.phone, row.grade) == (
        "一热", "C", "fangshan", "01069300000", "",
    )  # fmt: skip
    assert (row.coverage_count, row.avg_annual_income, row.per_capita_budget) == (1200, 72000, 120)
    assert (row.price_low, row.price_high, row.health_focus, row.power, row.intention) == (90, 118, 4, 4, "B")
    assert row.gift_distribution == ["dragon_boat", "mid_autumn"]
    assert (row.meeting_time, row.meeting_time_note) == ([], "每月15日班前会")
    assert row.purchase_mode == ["compare"]
    assert row.buying_process == "工会提出,厂办批准"
    assert set(Fact.objects.values_list("observed_on", flat=True)) == {date(2012, 5, 20)}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2012, 5, 20), date(2012, 5, 20)),
        (41049, date(2012, 5, 20)),
        ("2012.5.20", date(2012, 5, 20)),
        ("2012/05/20", date(2012, 5, 20)),
        ("2012年5月20日", date(2012, 5, 20)),
        ("20120520", date(2012, 5, 20)),
    ],
)
def test_dates_as_excel_and_people_write_them(cell, day):
    rep = given.a_rep()

    batch = read(a_file(["单位名称", "建档日期", "在职人数"], ["北京第一热电厂", cell, "12"]), by=rep)

    assert batch.lines.get().values["asked_on"] == day.isoformat()


def test_a_day_that_has_not_come_is_refused():
    batch = read(a_file(["单位名称", "建档日期"], ["北京第一热电厂", "2031-01-01"]), by=given.a_rep())

    assert batch.lines.get().verdict == LineVerdict.ERROR


def test_two_branches_of_a_bank_are_two_organisations():
    rep = given.a_rep()
    file = a_file(["单位名称", "单位类型"], ["华衡银行(房山支行)", "银行"], ["华衡银行(大兴支行)", "银行"])

    write(read(file, by=rep))

    assert Organisation.objects.count() == 2


def test_a_name_that_only_looks_the_same_is_asked_about_and_never_added_to_in_passing():
    rep = given.a_rep()
    there = given.an_organisation(owner=rep, name="北京云岫矿山机械有限公司", normalised_name="云岫矿山机械")
    batch = read(a_file(["单位名称", "在职人数"], ["云岫矿山机械(北京)集团", 300]), by=rep)
    row = batch.lines.get()
    assert row.verdict == LineVerdict.DUPLICATE

    decide_line(row, decision="same", reason="", by=rep)
    write(batch)

    there.refresh_from_db()
    assert (Organisation.objects.count(), there.staff_count) == (1, 300)


def test_homophones_in_the_same_file_are_look_alikes():
    rep = given.a_rep()
    file = a_file(
        ["单位名称", "单位类型"], ["北京云岫矿山机械厂", "大型厂矿"], ["北京云秀矿山机械厂", "大型厂矿"]
    )

    batch = read(file, by=rep)

    assert list(batch.lines.order_by("pk").values_list("verdict", flat=True)) == [
        LineVerdict.CREATE,
        LineVerdict.DUPLICATE,
    ]


def test_the_same_as_somebody_elses_is_for_its_owner_to_say():
    given.an_organisation(name="北京云岫矿山机械有限公司", normalised_name="云岫矿山机械")
    rep = given.a_rep()
    batch = read(a_file(["单位名称", "在职人数"], ["云岫矿山机械", 300]), by=rep)

    with pytest.raises(RuleViolation):
        decide_line(batch.lines.get(), decision="same", reason="", by=rep)


def test_a_rep_does_not_hand_out_organisations_by_import():
    rep, other = given.a_rep(), given.a_rep(name="周晓棠")

    batch = write(read(a_file(["单位名称", "负责人"], ["北京第一热电厂", "周晓棠"]), by=rep))

    assert Organisation.objects.get().owner == rep
    assert batch.lines.get().messages
    assert other.organisations.count() == 0


def test_the_director_does():
    other = given.a_rep(name="周晓棠")

    write(read(a_file(["单位名称", "负责人"], ["北京第一热电厂", "周晓棠"]), by=given.a_director()))

    assert Organisation.objects.get().owner == other


def test_a_person_who_is_there_gets_blanks_filled_and_nothing_overwritten():
    rep = given.a_rep()
    there = given.an_organisation(owner=rep, name="北京第一热电厂", normalised_name="第一热电厂")
    person = given.a_contact(there, name="贾维舟", position="union_chair", mobile="")
    file = a_file(
        ["单位名称", "联系人", "职务", "手机"], ["北京第一热电厂", "贾维舟", "办公室主任", "13900001234"]
    )

    batch = write(read(file, by=rep))

    person.refresh_from_db()
    assert (person.position, person.mobile) == ("union_chair", "13900001234")
    revert_upload(batch, by=rep, at=JULY_10)
    person.refresh_from_db()
    assert person.mobile == ""
    # Each is an edit like any other: in the trail, with its version (integrity rule 20).
    edits = AuditEvent.objects.filter(action="accounts.contact.edited")
    assert [edit.data for edit in edits] == [{"fields": "手机"}] * 2
    assert person.version == 3
    assert [text for verdict in verdicts([20]) for text in verdict.violations] == []


def test_who_has_a_file_open_is_told_that_an_import_filled_it_in():
    rep = given.a_rep()
    there = given.an_organisation(
        owner=rep, name="北京第一热电厂", normalised_name="第一热电厂", address="", phone=""
    )
    person = given.a_contact(there, name="贾维舟", mobile="")
    head = ["单位名称", "单位地址", "联系人", "手机"]

    batch = write(read(a_file(head, [there.name, "高井路2号", "贾维舟", "13900001234"]), by=rep))

    with pytest.raises(StaleEdit):
        edit_contact(person, by=rep, version=person.version, mobile="")
    with pytest.raises(StaleEdit):
        edit_organisation(there, by=rep, on=JULY_10.date(), version=there.version, address="", phone="")
    there.refresh_from_db()
    person.refresh_from_db()
    assert (there.address, there.version, person.mobile) == ("高井路2号", 2, "13900001234")
    revert_upload(batch, by=rep, at=JULY_10)
    with pytest.raises(StaleEdit):
        edit_organisation(there, by=rep, on=JULY_10.date(), version=2, phone="1")


def test_a_mobile_of_somebody_else_there_is_not_filled_in():
    rep = given.a_rep()
    there = given.an_organisation(owner=rep, name="北京第一热电厂", normalised_name="第一热电厂")
    given.a_contact(there, name="柳知夏", mobile="13900001234")
    person = given.a_contact(there, name="贾维舟", mobile="")
    file = a_file(["单位名称", "联系人", "手机"], [there.name, "贾维舟", "13900001234"])

    line = write(read(file, by=rep)).lines.get()

    person.refresh_from_db()
    assert (person.mobile, line.verdict, "柳知夏" in line.messages[-1]) == ("", LineVerdict.ERROR, True)


def test_versions_that_imports_did_not_raise_before_are_caught_up():
    rep = given.a_rep()
    filled, edited = given.a_contact(given.an_organisation()), given.a_contact(given.an_organisation())
    with transaction.atomic():
        for _n in range(2):
            record(filled, "accounts.contact.edited", by=rep, fields="手机")
    edit_contact(edited, by=rep, version=None, mobile="13900001234")
    assert [text.split(": ")[1] for verdict in verdicts([20]) for text in verdict.violations] == [
        "2 edits, version 1"
    ]

    import_module("accounts.migrations.0016_versions_of_contacts").catch_up(apps, None)

    filled.refresh_from_db()
    edited.refresh_from_db()
    assert (filled.version, edited.version) == (3, 2)
    assert [text for verdict in verdicts([20]) for text in verdict.violations] == []


def test_an_organisation_with_a_planned_visit_is_not_taken_back():
    from visits.actions.appointments import plan_visit

    rep = given.a_rep()
    batch = write(read(a_file(["单位名称", "单位类型"], ["北京第一热电厂", "大型厂矿"]), by=rep))
    plan_visit(
        Organisation.objects.get(),
        kind="first",
        planned_at=given.at(2012, 7, 12),
        visitors=[rep],
        contacts=[],
        by=rep,
        at=JULY_10,
    )

    with pytest.raises(RuleViolation, match="北京第一热电厂"):
        revert_upload(batch, by=rep, at=JULY_10)


def test_a_line_entered_by_hand_meanwhile_is_not_entered_twice():
    rep = given.a_rep()
    batch = read(a_file(["单位名称", "单位类型"], ["北京第一热电厂", "大型厂矿"]), by=rep)
    given.an_organisation(name="北京第一热电厂")

    write(batch)

    assert Organisation.objects.count() == 1
    assert batch.lines.get().verdict == LineVerdict.ERROR


def test_more_than_a_thousand_in_a_year_keep_their_numbers_apart():
    rep = given.a_rep()
    given.an_organisation(code="KH2012-999")
    rows = [[f"北京第{n}热电厂分厂", "大型厂矿"] for n in range(1, 4)]

    write(read(a_file(["单位名称", "单位类型"], *rows), by=rep))
    write(read(a_file(["单位名称", "单位类型"], ["北京燕岭重型铸造厂", "大型厂矿"]), by=rep))

    codes = Organisation.objects.filter(owner=rep).order_by("pk").values_list("code", flat=True)
    assert list(codes) == ["KH2012-1000", "KH2012-1001", "KH2012-1002", "KH2012-1003"]
