"""An installation of the first release, filled, then brought up to date: run by ``test_upgrade`` in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

FIRST_RELEASE = {
    "accounts": "0008_evaluation_rank",
    "audit": "0003_append_only",
    "campaigns": "0004_calendar",
    "demo": "0001_initial",
    "notices": "0003_notice_mail",
    "people": "0003_own_password_and_versions",
    "visits": "0003_seed_day_and_rule",
    "vocabulary": "0002_seed_choices",
}
# What has moved to another model: the model now, and its fields in the order of the old ones.
MOVED = {
    "accounts.ImportBatch": (
        ["pk", "file_name", "file", "problem", "total", "handled", "by_id", "created_at", "committed_at"],
        "imports.Upload",
        ["former_name", "file_name", "file", "problem", "total", "handled", "by_id", "at", "written_at"],
    ),
    "accounts.ImportRow": (
        [
            "batch_id",
            "sheet",
            "number",
            "raw",
            "values",
            "verdict",
            "messages",
            "organisation_id",
            "changes",
            "is_done",
        ],
        "imports.UploadLine",
        [
            "upload__former_name",
            "sheet",
            "number",
            "raw",
            "values",
            "verdict",
            "messages",
            "subject",
            "changes",
            "is_done",
        ],
    ),
}
NOW = datetime(2012, 7, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
KEPT = {
    "people.User": ["username", "name", "mobile"],
    "campaigns.Campaign": ["name", "state", "starts_on"],
    "campaigns.WorkItem": ["number", "content", "due_on", "state"],
    "accounts.Organisation": ["code", "name", "stage", "grade", "staff_count", "owner_id"],
    "accounts.Contact": ["name", "mobile", "position"],
    "accounts.KeyContactChange": ["reason", "state", "requested_by_id"],
    "accounts.Fact": ["field", "value", "observed_on"],
    "visits.Visit": ["code", "number", "state", "materials", "travel"],
    "visits.VisitReport": ["state", "staff_count", "remark", "first_submitted_at"],
    "notices.Notice": ["title", "dedupe_key", "read_at"],
    "audit.AuditEvent": ["sequence", "action", "digest"],
}

# A guard as that release wrote it; the one of today has brackets of its own.
FIRST_GUARD = (
    "audit_auditevent_no_replace_append_only",
    'BEFORE INSERT ON "audit_auditevent" WHEN EXISTS (SELECT 1 FROM "audit_auditevent" '
    'WHERE "id" = NEW."id" OR "sequence" = NEW."sequence") '
    "BEGIN SELECT RAISE(ABORT, 'audit_auditevent is append-only'); END",
)


def fill(apps: Any) -> None:
    """A little of everything, as the first release kept it."""
    user = apps.get_model("people", "User").objects.create(
        username="zhou", name="周晓棠", mobile="19900000003"
    )
    director = apps.get_model("people", "User").objects.create(username="liang", name="梁静远")
    campaign = apps.get_model("campaigns", "Campaign").objects.create(
        name="拓展方案", starts_on=date(2012, 5, 15), state="active"
    )
    apps.get_model("campaigns", "WorkItem").objects.create(
        campaign=campaign, number=1, content="制定物料清单", due_on=date(2012, 5, 15), state="todo"
    )
    organisation = apps.get_model("accounts", "Organisation").objects.create(
        code="KH2012-001", name="北京燕岭重型铸造厂", normalised_name="燕岭重型铸造厂", stage="negotiating", grade="A",
        staff_count=2350, owner=user,
    )  # fmt: skip
    contact = apps.get_model("accounts", "Contact").objects.create(
        organisation=organisation, name="贾维舟", mobile="19900001001", position="union_chair"
    )
    key = apps.get_model("accounts", "KeyContact").objects.create(
        organisation=organisation, contact=contact, state="designated", since_on=date(2012, 5, 22)
    )
    apps.get_model("accounts", "KeyContactChange").objects.create(
        organisation=organisation, from_key=key, reason="离任", state="pending", requested_by=user
    )
    visit = apps.get_model("visits", "Visit").objects.create(
        code="BF2012-001", organisation=organisation, number=1, kind="first", state="reported", planned_at=NOW,
        owner=user, materials={"项目折页": 5}, travel="taxi", created_by=user,
    )  # fmt: skip
    apps.get_model("visits", "VisitReport").objects.create(
        visit=visit, state="submitted", organisation_name=organisation.name, staff_count=2350, remark="愿引荐",
        first_submitted_at=NOW, submitted_at=NOW, submitted_by=user,
    )  # fmt: skip
    apps.get_model("accounts", "Fact").objects.create(
        organisation=organisation, field="staff_count", value=2350, observed_on=date(2012, 7, 10),
        source=f"visits.visit:{visit.pk}", source_label="第1次拜访", recorded_by=user,
    )  # fmt: skip
    batch = apps.get_model("accounts", "ImportBatch").objects.create(
        file="imports/2012/07/import.xlsx", file_name="名录.xlsx", state="committed", problem="生日", total=1, handled=1,
        by=user, created_at=NOW, committed_at=NOW,
    )  # fmt: skip
    apps.get_model("accounts", "ImportRow").objects.create(
        batch=batch, sheet="单位", number=2, raw={"单位名称": organisation.name},
        values={"organisation": {"name": organisation.name}, "contacts": []}, verdict="update", messages=["补充"],
        organisation=organisation, contact=contact, changes={"before": {"staff_count": None}}, is_done=True,
    )  # fmt: skip
    apps.get_model("notices", "Notice").objects.create(
        recipient=director, kind="approval", subject="x:1", title="待审批", dedupe_key="approval:1"
    )
    apps.get_model("audit", "AuditEvent").objects.create(
        sequence=1, at=NOW, actor=user, action="visits.visit.planned", subject="visits.visit:1", subject_label="x",
        digest="d" * 64,
    )  # fmt: skip


def read(apps: Any) -> dict[str, list[Any]]:
    """What must be there before and after."""
    return {
        name: list(apps.get_model(name).objects.order_by("pk").values_list("pk", *fields))
        for name, fields in KEPT.items()
    }


def read_moved(apps: Any, *, now: bool) -> dict[str, list[Any]]:
    """What has moved, in the words it had before: the number of a batch, of an organisation."""
    found = {}
    for name, (old, model, new) in MOVED.items():
        rows = (
            apps.get_model(model if now else name).objects.order_by("pk").values_list(*(new if now else old))
        )
        found[name] = [
            [
                int(str(value).rpartition(":")[2]) if str(value).startswith("accounts.") else value
                for value in row
            ]
            for row in rows
        ]
    return found


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")
    django.setup()
    from django.apps import apps as present
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from keyaccounts.common.triggers import not_whole

    executor = MigrationExecutor(connection)
    targets = list(FIRST_RELEASE.items())
    executor.migrate(targets)
    old = executor.loader.project_state(targets).apps
    fill(old)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{FIRST_GUARD[0]}"')
        cursor.execute(f'CREATE TRIGGER "{FIRST_GUARD[0]}" {FIRST_GUARD[1]}')
    before = read(old) | read_moved(old, now=False)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    after = read(present) | read_moved(present, now=True)
    found = {"before": before, "after": after, "not_whole": not_whole(connection)}
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main()
