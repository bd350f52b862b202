"""The demo's supplements of materials and what its coming visits take along."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from keyaccounts.campaigns.models import Campaign
from materials.choices import KitUse
from materials.kitting import Catalogue, kit_for
from materials.models import MaterialExtra, Requisition
from visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_supplements_as_the_file_has_them():
    call_command("load_demo", "--as-of", "2012-07-10", verbosity=0)

    rows = {report.reason[:6]: report for report in MaterialExtra.objects.prefetch_related("lines")}
    r02, r03, r04 = (rows[words] for words in ("说明会每次需", "7月12日说", "新增第三名销"))
    assert [str(line) for line in r02.lines.all()] == ["项目宝典 100本", "产品单页 600套", "会员资料 500份"]
    assert (r02.state, r02.amount, r03.state, r03.needed_on) == (
        "fulfilled",
        Decimal("1350"),
        "pending",
        date(2012, 7, 12),
    )
    assert [str(line) for line in r03.lines.all()] == ["项目宝典 100本", "投影转接头 1个"]
    assert (r04.state, r04.is_charged, str(r04.department)) == ("approved", False, "管理中心")
    # What visits to come take along is asked for as far as the campaign has materials.
    for requisition in Requisition.objects.all():
        assert Visit.objects.filter(pk=int(requisition.source.partition(":")[2])).exists()


def test_the_plan_s_kit_finds_what_its_list_calls_otherwise():
    """小礼物 and 折页 of the kit are 小型礼品 and 项目折页 of the list; what a supplement brought is there by its name."""
    call_command("load_demo", "--as-of", "2012-07-10", verbosity=0)

    rows = Catalogue(Campaign.objects.current()).rows_of(kit_for(KitUse.BRIEFING), people=40)

    found = {row.name: row.material and row.material.name for row in rows}
    assert (found["小礼物"], found["折页"], found["会员资料"]) == ("小型礼品", "项目折页", "会员资料")
