"""Writing a demo file into an empty database: one method a part, in the order the parts refer to each other.

Parts of the file that no app can hold yet are left out and named in the summary.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.actions.facts import learn
from accounts.choices import EvaluationState, FactField, KeyState, PriorityListState, RequestState
from accounts.evaluating import evidence_for
from accounts.models import (
    Contact,
    ContactLog,
    Evaluation,
    EvaluationPolicy,
    Intel,
    KeyContact,
    KeyContactChange,
    Organisation,
    PriorityEntry,
    PriorityList,
)
from accounts.rules.names import normalise
from accounts.search import reindex
from keyaccounts.audit.actions import Act, record_all
from keyaccounts.campaigns.choices import CampaignState, WorkState
from keyaccounts.campaigns.models import Campaign, FestivalDate, LeadWindow, Phase, Target, WorkItem
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Department, DepartmentAlias, RoleGrant, Team, TeamMember, User
from visits.choices import MADE_STATES, CallResult, ReportState, VisitState
from visits.models import AppointmentCall, Visit, VisitReport

from .models import DemoRecord

# The file's names of report fields where they differ from ours.
REPORT_FIELDS = {"gift_intention": "intention", "purchasing_power": "power"}
ORGANISATION_FACTS = (
    "staff_count", "coverage_count", "health_attention", "collective_activities", "gift_distribution",
    "gift_distribution_note", "meeting_time", "intranet", "purchase_mode", "per_capita_budget",
)  # fmt: skip
LOADED = (
    "departments", "users", "teams", "plan", "phases", "work_items", "targets", "organisations", "contacts",
    "visits", "intel", "contact_logs", "requests", "stage_reviews", "festivals", "festival_lead_windows",
)  # fmt: skip
NOT_DATA = {"meta", "expected_at_as_of", *LOADED}


class Loader:
    """Loads one file. ``password`` is what every demo person signs in with."""

    def __init__(self, data: dict[str, Any], *, password: str) -> None:
        self.data = data
        self.password = password
        self.made: dict[str, Any] = {}
        self.counts: Counter[str] = Counter()

    @transaction.atomic
    def load(self) -> Counter[str]:
        """Load every part there is a place for, or nothing at all. Returns how many rows of each part."""
        for part in LOADED:
            if part in self.data:
                getattr(self, f"_{part}")(self.data[part])
        DemoRecord.objects.bulk_create(self._records)
        return self.counts

    @property
    def left_out(self) -> list[str]:
        """Parts of the file that wait for a later app."""
        return [
            part for part in self.data if part not in NOT_DATA and isinstance(self.data[part], list | dict)
        ]

    # -- small things -----------------------------------------------------------------------
    def _keep(self, part: str, reference: str, row: models.Model) -> None:
        self.made[reference] = row
        self.counts[part] += 1

    @property
    def _records(self) -> list[DemoRecord]:
        return [
            DemoRecord(kind=row._meta.label_lower, reference=reference, object_id=row.pk)
            for reference, row in self.made.items()
        ]

    def _of(self, reference: str | None) -> Any:
        return self.made[reference] if reference else None

    @property
    def _director(self) -> User:
        return User.objects.with_role(Role.DIRECTOR).order_by("pk")[0]

    # -- people -----------------------------------------------------------------------------
    def _departments(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            department, _ = Department.objects.update_or_create(
                code=row["code"], defaults={"name": row["name"]}
            )
            for name in row["aliases"]:
                DepartmentAlias.objects.update_or_create(name=name, defaults={"department": department})
            self._keep("departments", row["id"], department)

    def _users(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            roles = {row["role"]} | ({Role.LEAD.value} if row.get("is_lead") else set())
            user = User.objects.create_user(
                username=row["email"].split("@")[0],
                password=self.password,
                name=row["name"],
                email=row["email"],
                title=row["title"],
                mobile=row["mobile"],
                department=self._of(row["department"]),
                is_active=row["is_active"],
                joined_on=row.get("joined"),
                is_staff=bool(roles & {Role.DIRECTOR, Role.SYSADMIN}),
            )
            RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
            self._keep("users", row["id"], user)

    def _teams(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            team = Team.objects.create(
                name=row["name"],
                confirmed_by=self._of(row["confirmed_by"]),
                confirmed_on=row["confirmed_on"],
                note=row["note"],
            )
            for reference in row["members"]:
                user = self._of(reference)
                TeamMember.objects.create(
                    team=team,
                    user=user,
                    is_lead=reference == row["lead"],
                    from_on=user.joined_on or row["confirmed_on"],
                )
            self._keep("teams", row["id"], team)

    # -- the plan ---------------------------------------------------------------------------
    def _plan(self, row: dict[str, Any]) -> None:
        campaign = Campaign.objects.create(
            name=row["name"],
            venue=row["venue"],
            starts_on=row["start"],
            ends_on=row["end"],
            state=CampaignState(row["status"]),
            owner=self._of(row["owner"]),
            inferred=["ends_on"] if row.get("end_inferred") else [],
        )
        self._keep("plan", row["id"], campaign)
        self.campaign = campaign

    def _phases(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            phase = Phase.objects.create(
                campaign=self.campaign,
                number=row["no"],
                name=row["name"],
                starts_on=row["start"],
                ends_on=row["end"],
                shown_until=row.get("display_end"),
                inferred=["shown_until"] if row.get("end_inferred") else [],
            )
            self._keep("phases", row["id"], phase)

    def _work_items(self, rows: list[dict[str, Any]]) -> None:
        phases = list(self.campaign.phases.order_by("number"))
        departments = {d.name: d for d in Department.objects.all()}
        departments |= {a.name: a.department for a in DepartmentAlias.objects.select_related("department")}
        for number, row in enumerate(rows, start=1):
            state = WorkState.DONE if row["done_on"] else WorkState(row["status"])
            due = date.fromisoformat(row["due_to"])
            item = WorkItem.objects.create(
                campaign=self._of(row["plan"]),
                # The phase that is running when the work is due, the latest one where they overlap.
                phase=next((p for p in reversed(phases) if str(p.starts_on) <= str(due)), None),
                number=number,
                content=row["content"],
                due_from=row["due_from"],
                due_on=due,
                due_text=_months(row["due_text"], row["due_from"], due),
                owner=self._of(row["owner"]),
                state=state,
                done_on=row["done_on"],
                note=row["note"],
                inferred=["departments"] if row["responsible_inferred"] else [],
            )
            item.departments.set([departments[name] for name in row["responsible"]])
            self._keep("work_items", row["id"], item)

    def _targets(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            Target.objects.create(campaign=self.campaign, org_type=row["org_type"], count=row["target"])
            self.counts["targets"] += 1

    def _festivals(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            for festival, day in row.items():
                if festival != "year":
                    FestivalDate.objects.update_or_create(festival=festival, falls_on=day)
            self.counts["festivals"] += 1

    def _festival_lead_windows(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            LeadWindow.objects.update_or_create(
                code=row["step"],
                defaults={"name": row["zh"], "from_days": row["from_days"], "to_days": row["to_days"]},
            )
            self.counts["festival_lead_windows"] += 1

    # -- organisations ------------------------------------------------------------------------
    def _organisations(self, rows: list[dict[str, Any]]) -> None:
        acts = []
        for row in rows:
            judged = row["evaluation"]
            organisation = Organisation.objects.create(
                code=row["code"],
                name=row["name"],
                short_name=row["short_name"],
                normalised_name=normalise(row["name"]),
                type=row["type"],
                industry=row["industry"],
                public_sector=row["public_sector"],
                district=row["district"],
                address=row["address"],
                source=row["source"],
                campaign=self.campaign,
                owner=self._of(row["owner"]),
                team=self._of(row["team"]),
                stage=row["stage"],
                grade=judged["grade"] if judged else "",
                is_priority=row["is_priority"],
                created_by=self._of(row["owner"]),
            )
            self._keep("organisations", row["id"], organisation)
            acts.append(Act(organisation, "accounts.organisation.created", to_state=row["stage"]))
            learn(
                organisation,
                facts={name: _plain(row.get(name)) for name in ORGANISATION_FACTS},
                # What a file says without a date was known when the campaign began.
                on=_day(self.campaign.starts_on),
                by=organisation.owner,
                source_label="单位档案",
            )
            if judged:
                self._evaluation(organisation, judged)
        record_all(acts, by=self._director)

    def _evaluation(self, organisation: Organisation, judged: dict[str, Any]) -> None:
        total = Decimal(str(judged["total"]))
        known = [factor for factor, score in judged["scores"].items() if score is not None]
        Evaluation.objects.create(
            organisation=organisation,
            policy=self._policy(judged["weights"]),
            evaluated_on=judged["date"],
            **{f"{factor}_score": score for factor, score in judged["scores"].items()},
            evidence=evidence_for(organisation),
            total_low=total,
            total_high=total,
            completeness=sum(judged["weights"][factor] for factor in known),
            grade=judged["grade"],
            state=EvaluationState.REVIEWED if judged["reviewed_by"] else EvaluationState.DRAFT,
            evaluated_by=self._of(judged["by"]),
            reviewed_by=self._of(judged["reviewed_by"]),
            reviewed_at=_noon(judged["date"]) if judged["reviewed_by"] else None,
        )
        Organisation.objects.filter(pk=organisation.pk).update(needs_evaluation=False)

    def _policy(self, weights: dict[str, int]) -> EvaluationPolicy:
        policy = EvaluationPolicy.objects.filter(published_at__isnull=False, **weights).first()
        if policy is None:
            newest = EvaluationPolicy.objects.order_by("-version").first()
            policy = EvaluationPolicy.objects.create(
                version=newest.version + 1 if newest else 1,
                published_at=_noon(_day(self.campaign.starts_on)),
                published_by=self._director,
                **weights,
            )
        return policy

    def _contacts(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            organisation = self._of(row["org"])
            contact = Contact.objects.create(
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
            self._keep("contacts", row["id"], contact)
            if row["key_since"]:
                ended = bool(row["key_until"])
                KeyContact.objects.create(
                    organisation=organisation,
                    contact=contact,
                    state=KeyState.VOID_CHANGED if ended else KeyState.DESIGNATED,
                    since_on=row["key_since"],
                    until_on=row["key_until"],
                    end_reason=row["key_end_reason"],
                )
        for organisation in Organisation.objects.filter(pk__in=[self._of(row["org"]).pk for row in rows]):
            reindex(organisation)

    # -- visits -------------------------------------------------------------------------------
    def _visits(self, rows: list[dict[str, Any]]) -> None:
        acts = []
        for row in sorted(rows, key=lambda row: row["planned_at"]):
            visit = self._visit(row)
            acts.append(Act(visit, "visits.visit.planned", under=visit.organisation, to_state=visit.state))
        record_all(acts, by=self._director)
        self._key_contact_sources()

    def _visit(self, row: dict[str, Any]) -> Visit:
        visitors = [self._of(reference) for reference in row["visitors"]]
        contacts = [self._of(reference) for reference in row["contacts_met"]]
        state = VisitState(row["status"])
        made = state in MADE_STATES
        planned_at = datetime.fromisoformat(row["planned_at"])
        visit = Visit.objects.create(
            code=row["code"],
            organisation=self._of(row["org"]),
            number=row["visit_no"] if made else None,
            kind=row["kind"],
            state=state,
            planned_at=planned_at,
            minutes=row["duration_min"],
            owner=visitors[0],
            purpose=row.get("purpose", ""),
            travel=row["appointment"]["vehicle"] or "",
            materials=row["appointment"]["materials"],
            confirmed_on=row["appointment"]["confirmed_at"],
            checked_in_at=planned_at if made else None,
            finished_at=planned_at + timedelta(minutes=row["duration_min"])
            if row["duration_min"]
            else (planned_at if made else None),
            outcome=row["outcome"] or [],
            intention_after=row["intention_after"] or "",
            next_step=row["next_step"] or "",
            next_on=row["next_on"],
            created_by=visitors[0],
        )
        visit.visitors.set(visitors)
        visit.contacts.set(contacts)
        if made:
            visit.contacts_met.set(contacts)
        self._calls(visit, row["appointment"])
        if row.get("report"):
            self._report(visit, row)
        self._keep("visits", row["id"], visit)
        self._count(visit)
        return visit

    def _calls(self, visit: Visit, appointment: dict[str, Any]) -> None:
        if not appointment["called_at"]:
            return
        AppointmentCall.objects.create(
            visit=visit,
            contact=visit.contacts.first(),
            at=_noon(appointment["called_at"]),
            result=CallResult.ARRANGED,
            by=visit.owner,
        )

    def _report(self, visit: Visit, row: dict[str, Any]) -> None:
        said = {REPORT_FIELDS.get(name, name): value for name, value in row["report"].items()}
        price = said.pop("acceptable_price", None) or {}
        said |= {"price_low": _plain(price.get("low")), "price_high": _plain(price.get("high"))}
        name = said.pop("org_name")
        submitted_at = datetime.fromisoformat(row["reported_at"])
        before = (
            VisitReport.objects.filter(visit__organisation=visit.organisation)
            .order_by("-visit__number")
            .first()
        )
        reviewer = self._of(row["reviewed_by"])
        VisitReport.objects.create(
            visit=visit,
            state=ReportState.REVIEWED if reviewer else ReportState.SUBMITTED,
            organisation_name=name,
            changed_fields=[
                field for field, value in said.items() if before and getattr(before, field) != value
            ],
            first_submitted_at=submitted_at,
            submitted_at=submitted_at,
            submitted_by=visit.owner,
            reviewed_by=reviewer,
            reviewed_at=submitted_at + timedelta(hours=14) if reviewer else None,
            **said,
        )
        learn(
            visit.organisation,
            facts={field: value for field, value in said.items() if field in FactField.values},
            on=_day(visit.planned_at),
            by=visit.owner,
            source=f"visits.visit:{visit.pk}",
            source_label=f"第{visit.number}次拜访",
            asked=visit.contacts_met.first(),
        )
        Organisation.objects.filter(pk=visit.organisation_id).update(needs_evaluation=False)

    def _count(self, visit: Visit) -> None:
        """Keep the organisation's own figures as the visit actions would have."""
        organisation, day = visit.organisation, _day(visit.planned_at)
        if visit.state in MADE_STATES:
            organisation.visits_made += 1
            organisation.last_visit_on = day
            organisation.last_contact_on = max(filter(None, (day, organisation.last_contact_on)))
            if visit.next_on:
                organisation.next_step, organisation.next_on = visit.next_step, visit.next_on
        organisation.save(
            update_fields=["visits_made", "last_visit_on", "last_contact_on", "next_step", "next_on"]
        )

    def _key_contact_sources(self) -> None:
        """Name the visit that fixed each key contact: the first one that met the person (R7)."""
        for key in KeyContact.objects.all():
            first = (
                Visit.objects.filter(contacts_met=key.contact, number__isnull=False)
                .order_by("number")
                .first()
            )
            if first:
                key.source = f"visits.visit:{first.pk}"
                key.save(update_fields=["source"])

    # -- the journal ----------------------------------------------------------------------------
    def _intel(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            seen = row["seen_by"]
            intel = Intel.objects.create(
                organisation=self._of(row["org"]),
                on=row["on"],
                text=row["text"],
                by=self._of(row["by"]),
                read_by=self._of(seen[0]) if seen else None,
                read_at=_noon(row["on"]) if seen else None,
                created_at=_noon(row["on"]),
            )
            self._keep("intel", row["id"], intel)

    def _contact_logs(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            organisation = self._of(row["org"])
            log = ContactLog.objects.create(
                organisation=organisation,
                contact=self._of(row["contact"]),
                channel=row["channel"],
                on=row["on"],
                text=row["text"],
                by=self._of(row["by"]),
                created_at=_noon(row["on"]),
            )
            self._keep("contact_logs", row["id"], log)
            on = date.fromisoformat(row["on"])
            Organisation.objects.filter(pk=organisation.pk).filter(
                models.Q(last_contact_on__isnull=True) | models.Q(last_contact_on__lt=on)
            ).update(last_contact_on=on)

    # -- decisions --------------------------------------------------------------------------------
    def _requests(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["type"] == "key_change":
                self._key_change(row)

    def _key_change(self, row: dict[str, Any]) -> None:
        decided = bool(row["decided_on"])
        change = KeyContactChange.objects.create(
            organisation=self._of(row["ref"]),
            from_key=KeyContact.objects.get(contact=self._of(row["from"])),
            to_contact=self._of(row["to"]),
            reason=row.get("note", ""),
            state=RequestState(row["status"]),
            requested_by=self._of(row["by"]),
            requested_at=_noon(row["on"]),
            decided_by=self._of(row["approver"]) if decided else None,
            decided_at=_noon(row["decided_on"]) if decided else None,
        )
        self._keep("requests", row["id"], change)

    def _stage_reviews(self, rows: list[dict[str, Any]]) -> None:
        for number, row in enumerate(rows, start=1):
            minutes = PriorityList.objects.create(
                campaign=self.campaign,
                number=number,
                state=PriorityListState.APPROVED,
                text=row["text"],
                submitted_by=User.objects.with_role(Role.LEAD).exclude(pk=self._of(row["by"]).pk).first(),
                submitted_at=_noon(row["on"]),
                decided_by=self._of(row["by"]),
                decided_at=_noon(row["on"]),
                created_at=_noon(row["on"]),
            )
            chosen = {self._of(reference).pk for reference in row["approved_orgs"]}
            judged = Evaluation.objects.filter(is_current=True).order_by("-total_low", "organisation__code")
            PriorityEntry.objects.bulk_create(
                PriorityEntry(
                    list=minutes,
                    organisation_id=evaluation.organisation_id,
                    rank=rank,
                    is_chosen=evaluation.organisation_id in chosen,
                    grade=evaluation.grade,
                    total_low=evaluation.total_low,
                    total_high=evaluation.total_high,
                )
                for rank, evaluation in enumerate(judged, start=1)
            )
            self._keep("stage_reviews", row["id"], minutes)


def _months(text: str, first: str | None, last: date) -> str:
    """6月-8月 names the months of the dates, wherever the file was moved to."""
    if first and re.fullmatch(r"\d+月-\d+月", text):
        return f"{date.fromisoformat(first).month}月-{last.month}月"
    return text


def _plain(value: Any) -> Any:
    """Amounts from JSON as Decimal, everything else as it is."""
    return Decimal(str(value)) if isinstance(value, float) else value


def _day(value: date | datetime | str | None) -> date:
    assert value is not None  # noqa: S101 - a demo file without the date is refused here
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return date.fromisoformat(value) if isinstance(value, str) else value


def _noon(day: date | str) -> datetime:
    """A day without a time of day, as a moment."""
    return timezone.make_aware(datetime.combine(_day(day), datetime.min.time().replace(hour=12)))
