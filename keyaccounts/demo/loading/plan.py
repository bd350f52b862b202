"""The campaign: phases, work items, targets and the festivals around it."""

from __future__ import annotations

import re
from datetime import date

from keyaccounts.audit.actions import Act, record, record_all
from keyaccounts.campaigns.choices import CampaignState, WorkState
from keyaccounts.campaigns.models import Campaign, FestivalDate, LeadWindow, Phase, Target, WorkItem
from keyaccounts.people.queries import departments_by_name

from .file import DemoFile


def plan(file: DemoFile) -> None:
    for row in file.rows("plan"):
        file.campaign = file.new(
            Campaign,
            name=row["name"],
            venue=row["venue"],
            starts_on=row["start"],
            ends_on=row["end"],
            state=CampaignState(row["status"]),
            owner=file.of(row["owner"]),
            inferred=["ends_on"] if row.get("end_inferred") else [],
        )
        file.keep("plan", row["id"], file.campaign)
        record(file.campaign, "campaigns.campaign.loaded", by=None, to_state=file.campaign.state)


def phases(file: DemoFile) -> None:
    for row in file.rows("phases"):
        phase = file.new(
            Phase,
            campaign=file.campaign,
            number=row["no"],
            name=row["name"],
            starts_on=row["start"],
            ends_on=row["end"],
            shown_until=row.get("display_end"),
            inferred=["shown_until"] if row.get("end_inferred") else [],
        )
        file.keep("phases", row["id"], phase)


def work_items(file: DemoFile) -> None:
    phases = list(file.campaign.phases.order_by("number"))
    departments = departments_by_name()
    acts = []
    for number, row in enumerate(file.rows("work_items"), start=1):
        due = date.fromisoformat(row["due_to"])
        item = file.new(
            WorkItem,
            campaign=file.of(row["plan"]),
            # The phase that is running when the work is due, the latest one where they overlap.
            phase=next((phase for phase in reversed(phases) if phase.starts_on <= due), None),
            number=number,
            content=row["content"],
            due_from=row["due_from"],
            due_on=due,
            due_text=_months(row["due_text"], row["due_from"], due),
            owner=file.of(row["owner"]),
            state=WorkState.DONE if row["done_on"] else WorkState(row["status"]),
            done_on=row["done_on"],
            note=row["note"],
            inferred=["departments"] if row["responsible_inferred"] else [],
        )
        item.departments.set([departments[name] for name in row["responsible"]])
        file.keep("work_items", row["id"], item)
        known = {"owner": item.owner, "done_on": row["done_on"]}
        acts.append(
            Act(item, "campaigns.workitem.loaded", under=item.campaign, to_state=item.state, data=known)
        )
    record_all(acts, by=None)


def targets(file: DemoFile) -> None:
    for row in file.rows("targets"):
        file.new(Target, campaign=file.campaign, org_type=row["org_type"], count=row["target"])
        file.counts["targets"] += 1


def festivals(file: DemoFile) -> None:
    for row in file.rows("festivals"):
        for festival, day in row.items():
            if festival != "year":
                FestivalDate.objects.update_or_create(festival=festival, falls_on=day)
        file.counts["festivals"] += 1


def lead_windows(file: DemoFile) -> None:
    for row in file.rows("festival_lead_windows"):
        LeadWindow.objects.update_or_create(
            code=row["step"],
            defaults={"name": row["zh"], "from_days": row["from_days"], "to_days": row["to_days"]},
        )
        file.counts["festival_lead_windows"] += 1


def _months(text: str, first: str | None, last: date) -> str:
    """6月-8月 names the months of the dates, wherever the file was moved to."""
    if first and re.fullmatch(r"\d+月-\d+月", text):
        return f"{date.fromisoformat(first).month}月-{last.month}月"
    return text


PARTS = {
    "plan": plan,
    "phases": phases,
    "work_items": work_items,
    "targets": targets,
    "festivals": festivals,
    "festival_lead_windows": lead_windows,
}
