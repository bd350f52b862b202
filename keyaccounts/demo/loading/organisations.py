"""Organisations with their people, what was heard and said, and changes of the key contact."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models

from accounts.actions.facts import learn
from accounts.choices import KeyState, Stage
from accounts.models import Contact, ContactLog, Intel, KeyContact, KeyContactChange, Organisation
from accounts.rules.names import normalise
from accounts.search import reindex
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import code_of

from .evaluations import evaluate
from .file import DemoFile, noon, plain

FACTS = (
    "staff_count", "coverage_count", "health_attention", "collective_activities", "gift_distribution",
    "gift_distribution_note", "meeting_time", "intranet", "purchase_mode", "per_capita_budget",
)  # fmt: skip


def organisations(file: DemoFile) -> None:
    acts = []
    for row in file.rows("organisations"):
        judged = row["evaluation"]
        organisation = file.new(
            Organisation,
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            normalised_name=normalise(row["name"]),
            type=row["type"],
            industry=row["industry"],
            public_sector=row["public_sector"],
            district=code_of(TermList.DISTRICT, row["district"]) or row["district"],
            address=row["address"],
            source=row["source"],
            campaign=file.campaign,
            owner=file.of(row["owner"]),
            team=file.of(row["team"]),
            stage=Stage(row["stage"]),
            grade=judged["grade"] if judged else "",
            is_priority=row["is_priority"],
            created_by=file.of(row["owner"]),
            # What a file says without a date was known when the campaign began.
            created_at=noon(file.campaign.starts_on),
        )
        file.keep("organisations", row["id"], organisation)
        acts.append(Act(organisation, "accounts.organisation.loaded", to_state=row["stage"]))
        learn(
            organisation,
            facts={name: plain(row.get(name)) for name in FACTS},
            on=file.campaign.starts_on,
            by=organisation.owner,
            source_label="单位档案",
        )
        if judged:
            evaluate(file, organisation, judged)
    record_all(acts, by=None)


def contacts(file: DemoFile) -> None:
    for row in file.rows("contacts"):
        organisation = file.of(row["org"])
        contact = file.new(
            Contact,
            organisation=organisation,
            name=row["name"],
            position=row["position"],
            title=row["title"],
            decision_role=row["decision_role"],
            mobile=row["mobile"],
            **row["ratings"],
            consent_note=row["consent"],
            note=row["note"],
            left_on=row["key_until"],
            created_by=organisation.owner,
        )
        file.keep("contacts", row["id"], contact)
        if row["key_since"]:
            file.new(
                KeyContact,
                organisation=organisation,
                contact=contact,
                state=KeyState.VOID_CHANGED if row["key_until"] else KeyState.DESIGNATED,
                since_on=row["key_since"],
                until_on=row["key_until"],
                end_reason=row["key_end_reason"],
            )
    for organisation in Organisation.objects.all():
        reindex(organisation)


def intel(file: DemoFile) -> None:
    for row in file.rows("intel"):
        seen = row["seen_by"]
        news = file.new(
            Intel,
            organisation=file.of(row["org"]),
            on=row["on"],
            text=row["text"],
            by=file.of(row["by"]),
            read_by=file.of(seen[0]) if seen else None,
            read_at=noon(row["on"]) if seen else None,
            created_at=noon(row["on"]),
        )
        file.keep("intel", row["id"], news)


def contact_logs(file: DemoFile) -> None:
    for row in file.rows("contact_logs"):
        organisation, on = file.of(row["org"]), date.fromisoformat(row["on"])
        log = file.new(
            ContactLog,
            organisation=organisation,
            contact=file.of(row["contact"]),
            channel=row["channel"],
            on=on,
            text=row["text"],
            by=file.of(row["by"]),
            created_at=noon(on),
        )
        file.keep("contact_logs", row["id"], log)
        Organisation.objects.filter(pk=organisation.pk).filter(
            models.Q(last_contact_on__isnull=True) | models.Q(last_contact_on__lt=on)
        ).update(last_contact_on=on)


def key_change(file: DemoFile, row: dict[str, Any]) -> KeyContactChange:
    decided = bool(row["decided_on"])
    return file.new(
        KeyContactChange,
        organisation=file.of(row["ref"]),
        from_key=KeyContact.objects.get(contact=file.of(row["from"])),
        to_contact=file.of(row["to"]),
        reason=row.get("note", ""),
        state=RequestState(row["status"]),
        requested_by=file.of(row["by"]),
        requested_at=noon(row["on"]),
        decided_by=file.of(row["approver"]) if decided else None,
        decided_at=noon(row["decided_on"]) if decided else None,
    )


PARTS = {
    "organisations": organisations,
    "contacts": contacts,
    "intel": intel,
    "contact_logs": contact_logs,
}
REQUESTS = {"key_change": key_change}
