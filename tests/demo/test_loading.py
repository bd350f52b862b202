"""Loading a campaign from a file: the one that ships, and another of the same format."""

from __future__ import annotations

import copy
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Intel, KeyContact, Organisation
from accounts.timeline import happenings
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import history
from keyaccounts.campaigns.models import WorkItem
from keyaccounts.demo.management.commands.load_demo import SHIPPED
from keyaccounts.demo.models import DemoRecord
from keyaccounts.people.models import User
from materials.models import Material
from visits.models import Visit, VisitReport

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HARBOUR = Path(__file__).parent / "harbour.json"


def loaded(*arguments: str | Path) -> str:
    out = io.StringIO()
    call_command("load_demo", *map(str, arguments), stdout=out)
    return out.getvalue()


def totals(as_of: str) -> dict:
    out = io.StringIO()
    call_command("campaign_totals", "--as-of", as_of, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def changed(tmp_path):
    """``changed(lambda data: …)`` writes the other file with something changed in it."""

    def write(change) -> Path:
        data = copy.deepcopy(json.loads(HARBOUR.read_text(encoding="utf-8")))
        change(data)
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    return write


PARTLY = {"open_approvals"}
"""Totals of which later apps bring the rest: what is counted is promised, and nothing else is."""


def as_far_as_there_is(promised: dict, found: dict) -> dict:
    """What the file promises for the totals there are; of those counted in part, that part."""
    return {
        key: [name for name in promised[key] if name in found[key]] if key in PARTLY else promised.get(key)
        for key in found
    }


def test_the_shipped_demo_shows_the_totals_it_promises():
    promised = json.loads(SHIPPED.read_text(encoding="utf-8"))["expected_at_as_of"]
    loaded("--as-of", "2012-07-10")

    found = totals("2012-07-10")

    assert len(found) >= 12
    assert found == as_far_as_there_is(promised, found)
    assert {"R03", "R13"} <= set(found["open_approvals"])


def test_what_was_loaded_says_so_with_what_the_file_knows():
    loaded("--as-of", "2012-07-10")
    done = WorkItem.objects.get(number=3)
    organisation = Organisation.objects.get(code="KH2012-001")

    for subject in (done, done.campaign, organisation, organisation.visits.first()):
        oldest = history(subject)[-1]
        assert (oldest.act, oldest.who) == ("随演示数据载入", "系统"), subject
    [loading] = [entry for entry in history(done) if entry.code == "campaigns.workitem.loaded"]
    assert "2012-05-17" in loading.details
    [entered] = [row for row in happenings(organisation, kind="file", limit=20) if row.title == "录入单位"]
    assert (entered.at, entered.who) == (organisation.created_at, str(organisation.owner))


def test_moved_to_another_week_the_same_things_are_true_of_it():
    promised = json.loads(SHIPPED.read_text(encoding="utf-8"))["expected_at_as_of"]
    loaded("--as-of", "2026-11-26")

    found = totals("2026-11-24")

    by_calendar = {"next_festival_2026"}
    expected = as_far_as_there_is(promised, found)
    assert {key: found[key] for key in found.keys() - by_calendar} == {
        key: expected[key] for key in found.keys() - by_calendar
    }
    first = Visit.objects.order_by("planned_at").first()
    assert first.planned_at.date() == date(2026, 10, 6)
    assert first.planned_at.weekday() == date(2012, 5, 22).weekday()
    assert Organisation.objects.order_by("code").first().code == "KH2026-001"


def test_another_file_with_other_people_and_numbers():
    said = loaded(HARBOUR, "--as-of", "2015-03-18")

    assert totals("2015-03-18") == {
        "stage_counts": {"evaluated": 1, "negotiating": 1, "scouting": 1},
        "grade_counts": {"B": 1, "C": 1},
        "priority_orgs": 1,
        "visits_total": 3,
        "visits_with_report": 1,
        "reports_missing": ["VC"],
        "visits_today": ["VD"],
        "phase_days_left": {"PB": 11},
        "silent_orgs": [],
        "unread_intel": ["N1"],
        "void_key_contacts": ["K1"],
        "open_approvals": [],
        "next_festival_2015": {
            "name": "qingming",
            "date": "2015-04-05",
            "days": 18,
            "window": "deliver",
        },
        "stock_after": {"港区折页": 268, "航海日历": 9},
    }
    leaflet, calendar = Material.objects.get(number=3), Material.objects.get(name="航海日历")
    assert (leaflet.state, leaflet.total_quantity, leaflet.inferred) == ("partly", 400, ["due_on", "kinds"])
    assert (calendar.is_listed, calendar.moves.get(kind="gift").counterparty) == (False, "港区第二航运学校")
    assert Material.objects.get(name="望远镜").on_hand == 4
    assert Material.objects.get(number=9).decision == "八十套起"
    school = Organisation.objects.get(code="GQ2015-001")
    assert (school.staff_count, school.visits_made, school.owner.name) == (81, 2, "单于澄")
    assert VisitReport.objects.get().price_low == Decimal("60.5")
    assert KeyContact.objects.get().source == f"visits.visit:{Visit.objects.get(code='GV-1').pk}"
    assert Visit.objects.get(code="GV-4").purpose == "端午福利"
    assert "lighthouses" in said
    assert "requests (fireworks)" in said
    call_command("verify_audit", verbosity=0)


def test_the_days_of_another_file_move_with_it():
    loaded(HARBOUR, "--as-of", "2016-03-14")

    # 2015-03-18 was a Wednesday; the week of 2016-03-14 has its Wednesday on the 16th, 364 days later.
    assert Visit.objects.get(code="GV-4").planned_at.date() == date(2016, 3, 16)
    assert Intel.objects.get().text == "2016年3月18日开职代会"
    assert totals("2016-03-16")["visits_today"] == ["VD"]


def test_loading_the_same_file_again_changes_nothing():
    loaded(HARBOUR, "--as-of", "2015-03-18")
    before = (
        User.objects.count(),
        Visit.objects.count(),
        AuditEvent.objects.count(),
        DemoRecord.objects.count(),
    )

    said = loaded(HARBOUR, "--as-of", "2015-03-18")

    assert "loaded already" in said
    assert before == (
        User.objects.count(), Visit.objects.count(), AuditEvent.objects.count(), DemoRecord.objects.count(),
    )  # fmt: skip


def test_a_database_in_use_is_left_alone():
    loaded(HARBOUR, "--as-of", "2015-03-18")

    with pytest.raises(CommandError, match="empty database"):
        loaded()

    assert Organisation.objects.count() == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("单位名称,地址", "not JSON"),
        ("[]", "not a demo file"),
        ('{"meta": {}}', "not a demo file"),
        ('{"meta": {"as_of": "gestern", "plan_anchor": "2015-02-02"}, "users": [1], "plan": {"id": 1}}', "dates"),
        ('{"meta": {"as_of": "2015-03-18", "plan_anchor": "2015-02-02"}, "users": [], "plan": {}}', "users"),
    ],
)  # fmt: skip
def test_what_is_not_a_demo_file_is_named(tmp_path, content, said):
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError, match=said):
        loaded(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        loaded(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["visits"][0].update(org="NOBODY"), "visits VC: there is no NOBODY"),
        (lambda data: data["visits"][0].pop("status"), "visits VC: 'status' is missing"),
        (lambda data: data["visits"][1].update(status="flown"), "visits VA: 'flown'"),
        (lambda data: data["organisations"][1].update(stage="dancing"), "organisations OY: 'dancing'"),
        (lambda data: data["organisations"][2].update(code="GQ2015-001"), "organisations OZ: UNIQUE|organisations OZ: dup"),
        (lambda data: data["contacts"][0].update(mobile="1" * 99), "contacts K1: "),
        (lambda data: data["phases"][0].update(start="二月"), "phases PA: .*“二月”"),
        (lambda data: data["users"][0].update(role="rep"), "no user with the role director"),
        (lambda data: data["users"][1].update(id="X1"), "users X1: the id X1 is used twice"),
        (lambda data: data["users"].append("somebody"), "users"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_named_and_nothing_stays(changed, change, said):
    path = changed(change)

    with pytest.raises(CommandError, match=said):
        loaded(path, "--as-of", "2015-03-18")

    assert not User.objects.exists()
    assert not Organisation.objects.exists()
    assert not AuditEvent.objects.exists()
