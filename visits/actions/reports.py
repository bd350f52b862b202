"""The visit report: written, submitted and locked (R94–R118)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.contacts import add_contact
from accounts.actions.facts import learn
from accounts.actions.journal import note_next_step, note_visit, report_intel
from accounts.actions.key_contacts import confirm_key_contact
from accounts.models import Contact, Intel, Organisation
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, settle, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from ..answers import FACTS, FIELDS, answers_of, earlier_reports, known_before
from ..choices import ASIDE_STATES, REPORT_MISSING_STATES, ReportState, VisitState
from ..models import Visit, VisitReport, label_of
from ..rules import changed_fields, is_blank, sources_of
from .appointments import give_number, move
from .locking import lock_organisation

RESULTS = ("outcome", "intention_after", "promised", "next_step", "next_on", "minutes")
OPEN_STATES = (ReportState.DRAFT, ReportState.RETURNED)


def day_of(visit: Visit, *, at: datetime) -> date:
    """The day a visit took place: its check-in, else its appointment, else now."""
    return timezone.localtime(visit.checked_in_at or visit.set_out_at or visit.planned_at or at).date()


@transaction.atomic
def save_draft(
    visit: Visit,
    *,
    answers: Mapping[str, Any],
    results: Mapping[str, Any],
    contacts_met: Iterable[Contact],
    version: int | None,
    by: Any,
    at: datetime,
    new_contact: Mapping[str, Any] | None = None,
) -> VisitReport:
    """Keep what is written so far; nothing is required yet and nobody is told.

    Args:
        answers: the plan's fields by name, and ``remark``.
        results: ``outcome``, ``intention_after``, ``promised``, ``next_step``, ``next_on``, ``minutes``.
        contacts_met: people of this organisation.
        version: the report's version the form was opened with; 0 when there was none yet.
        new_contact: somebody met who is not on file yet: ``name``, ``position``, ``mobile``.

    Raises RuleViolation when the report is locked or the visit came to nothing, StaleEdit when somebody
    else saved it meanwhile.
    """
    organisation, visit, report = lock_with_report(visit)
    _refuse_closed(visit, report)
    return _write(
        organisation, visit, report, answers=answers, results=results, contacts_met=contacts_met,
        version=version, by=by, at=at, new_contact=new_contact,
    )  # fmt: skip


@transaction.atomic
def submit_report(
    visit: Visit,
    *,
    answers: Mapping[str, Any],
    results: Mapping[str, Any],
    contacts_met: Iterable[Contact],
    version: int | None,
    by: Any,
    at: datetime,
    new_contact: Mapping[str, Any] | None = None,
    key_contact: Contact | None = None,
) -> VisitReport:
    """Hand the report in and lock it (integrity rules 13 and 14).

    The visit gets its number if it has none; new answers go to the organisation's facts; the first
    submitted visit fixes the key contact among the people met (R7); an upcoming event becomes news
    (R115); the director is told. ``first_submitted_at`` is set once and never moves.

    Args: as for ``save_draft``; ``key_contact`` is whom the reporter chose when several are eligible.

    Raises RuleViolation: locked, not yet taken place, nobody met, no result, no intention at a first
    visit, a next date before the visit. StaleEdit: somebody else saved it meanwhile.
    """
    organisation, visit, report = lock_with_report(visit)
    _refuse_closed(visit, report)
    day = day_of(visit, at=at)
    _refuse_early(visit, day, at=at)
    report = _write(
        organisation, visit, report, answers=answers, results=results, contacts_met=contacts_met,
        version=version, by=by, at=at, new_contact=new_contact,
    )  # fmt: skip
    is_new = visit.number is None
    met = list(visit.contacts_met.all())
    reports = earlier_reports(visit)
    _refuse_incomplete(visit, report, met, is_first=not reports)
    if visit.next_on is not None and visit.next_on < day:
        raise RuleViolation(_("The next date lies before this visit."), field="next_on")
    visit = _take_place(visit, by=by, at=at)

    new = changed_fields(known_before(visit, reports=reports), answers_of(report), fields=FIELDS)
    corrected = set(report.changed_fields) if report.first_submitted_at else set()
    to_learn = set(FACTS) if not reports else (set(new) | corrected)
    from_state = report.state
    _hand_in(report, changed=new if reports else [], by=by, at=at)
    if not visit.intention_after and report.intention:
        # Said once in the plan's own field, it need not be tapped again.
        visit.intention_after = report.intention
        visit.save(update_fields=["intention_after"])
    move_on(visit, to=VisitState.REPORTED)
    note_visit(organisation, on=day, is_new=is_new)
    _note_next_step(organisation, visit, at=at)
    learn(
        organisation,
        facts={name: getattr(report, name) for name in FACTS if name in to_learn},
        on=day,
        by=by,
        source=_source(visit),
        source_label=_("Visit no. %(number)s") % {"number": visit.number},
        asked=met[0] if met else None,
    )
    if "recent_events" in to_learn and report.recent_events:
        _report_event(organisation, visit, report, day, by=by, at=at)
    if met:
        confirm_key_contact(
            organisation, contacts_met=met, contact=key_contact, on=day, source=_source(visit), by=by
        )
    for kind in (NoticeKind.VISIT, NoticeKind.REPORT_DUE):
        settle(visit, kind=kind, at=at)
    settle(report, kind=NoticeKind.REPORT_READ, at=at)
    _tell_directors(report, visit, by=by, at=at)
    record(
        visit, "visits.visitreport.submitted", by=by, under=organisation, from_state=from_state,
        to_state=report.state, changed=report.changed_fields,
    )  # fmt: skip
    return report


def labels_of(fields: Iterable[str]) -> list[Any]:
    """What the plan's form calls these fields."""
    return [label_of(VisitReport, name) for name in fields]


def lock_with_report(visit: Visit) -> tuple[Organisation, Visit, VisitReport | None]:
    """Organisation, then visit, then report: always in this order."""
    opened_at = visit.organisation_id
    organisation = lock_organisation(visit)
    if organisation.pk != opened_at:
        raise RuleViolation(
            _("The file has been merged into %(name)s meanwhile. Please send it once more.")
            % {"name": organisation}
        )
    fresh = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    fresh.organisation = organisation
    report = VisitReport.objects.select_for_update(no_key=True).filter(visit=fresh).first()
    if report is not None:
        report.visit = fresh
    return organisation, fresh, report


def move_on(visit: Visit, *, to: str) -> None:
    """The visit follows its report along a declared edge; the report's own audit row tells of both."""
    won = Visit.objects.filter(pk=visit.pk, state__in=sources_of(to)).update(
        state=to, version=F("version") + 1
    )
    if not won:
        raise RuleViolation(_("This visit has moved on meanwhile. Refresh to see it."))
    visit.refresh_from_db(fields=["state", "version"])


def address_of(visit: Visit) -> str:
    """Where the report of a visit is written and read."""
    return reverse("visits:report", args=[visit.pk])


# -- parts of the above -------------------------------------------------------------------------------
def _refuse_early(visit: Visit, day: date, *, at: datetime) -> None:
    if visit.number is None and day > timezone.localtime(at).date():
        raise RuleViolation(
            _("This visit is planned for %(day)s. Report it when it has taken place.")
            % {"day": day.isoformat()}
        )


def _take_place(visit: Visit, *, by: Any, at: datetime) -> Visit:
    """The visit as done: where nobody tapped 签到 or 结束, the report itself says that it took place."""
    if visit.state in (*REPORT_MISSING_STATES, VisitState.REPORTED):
        return visit
    number, organisation = give_number(visit), visit.organisation
    visit = move(
        visit, VisitState.DONE, by=by, number=number, finished_at=at, planned_at=visit.planned_at or at
    )
    visit.organisation = organisation
    return visit


def _hand_in(report: VisitReport, *, changed: list[str], by: Any, at: datetime) -> None:
    """Lock the report with what it changed; when it first came in never moves."""
    report.changed_fields = changed
    report.state = ReportState.SUBMITTED
    report.first_submitted_at = report.first_submitted_at or at
    report.submitted_at, report.submitted_by = at, by
    report.save()


def _refuse_closed(visit: Visit, report: VisitReport | None) -> None:
    if visit.state in ASIDE_STATES:
        raise RuleViolation(_("This visit came to nothing, so there is nothing to report."))
    if report is not None and report.state not in OPEN_STATES:
        raise RuleViolation(_("This report has been handed in and is locked. The director can return it."))


def _refuse_incomplete(visit: Visit, report: VisitReport, met: list[Contact], *, is_first: bool) -> None:
    nobody = "not_met" in visit.outcome
    if not visit.outcome:
        raise RuleViolation(_("Choose what came of the visit."), field="outcome")
    if not met and not nobody:
        raise RuleViolation(_("Choose whom you met, or “nobody met” as the result."), field="contacts_met")
    if is_first and not nobody and not report.intention:
        raise RuleViolation(_("A first visit finds out how keen they are."), field="intention")


def _write(
    organisation: Organisation,
    visit: Visit,
    report: VisitReport | None,
    *,
    answers: Mapping[str, Any],
    results: Mapping[str, Any],
    contacts_met: Iterable[Contact],
    version: int | None,
    by: Any,
    at: datetime,
    new_contact: Mapping[str, Any] | None,
) -> VisitReport:
    met = list(contacts_met)
    if any(contact.organisation_id != organisation.pk for contact in met):
        raise RuleViolation(_("Choose somebody of this organisation."), field="contacts_met")
    if report is None:
        report = VisitReport(visit=visit, organisation_name=organisation.name, version=0)
    if version is not None and version != report.version:
        raise StaleEdit(_("Somebody else saved this report meanwhile."), current=report)
    for name in (*FIELDS, "remark"):
        value = answers.get(name)
        if is_blank(value):
            value = _empty(VisitReport, name)
        setattr(report, name, value)
    report.version += 1
    report.full_clean(exclude=["visit"])
    report.save()
    if new_contact and new_contact.get("name"):
        met.append(add_contact(organisation, by=by, **new_contact))
    for name in RESULTS:
        value = results.get(name)
        if is_blank(value):
            value = _empty(Visit, name)
        setattr(visit, name, value)
    visit.save(update_fields=[*RESULTS])
    visit.contacts_met.set(met)
    return report


def _empty(model: Any, name: str) -> Any:
    """What a field holds when nothing was answered."""
    return model._meta.get_field(name).get_default()


def _note_next_step(organisation: Organisation, visit: Visit, *, at: datetime) -> None:
    """What was agreed last counts: an older visit reported late does not overwrite it."""
    if not Visit.objects.filter(organisation=organisation, number__gt=visit.number or 0).exists():
        note_next_step(organisation, step=visit.next_step, on=visit.next_on, at=at)


def _report_event(
    organisation: Organisation, visit: Visit, report: VisitReport, day: date, *, by: Any, at: datetime
) -> None:
    """近期活动 becomes news with its date (R115); a corrected report corrects its news."""
    told = Intel.objects.filter(organisation=organisation, source=_source(visit)).first()
    if told is not None:
        told.text, told.event_on = report.recent_events[:500], report.recent_event_on
        told.save(update_fields=["text", "event_on"])
        return
    report_intel(
        organisation, text=report.recent_events[:500], on=day, event_on=report.recent_event_on,
        source=_source(visit), by=by, at=at,
    )  # fmt: skip


def _tell_directors(report: VisitReport, visit: Visit, *, by: Any, at: datetime) -> None:
    directors = User.objects.with_role(Role.DIRECTOR).exclude(pk=by.pk)
    tell_all(
        [
            Message(
                director,
                NoticeKind.APPROVAL,
                report,
                _("%(person)s handed in the report of visit no. %(number)s at %(organisation)s")
                % {"person": by, "number": visit.number, "organisation": visit.organisation},
                url=address_of(visit),
                body="、".join(str(label) for label in labels_of(report.changed_fields)),
                step=str(report.version),
            )
            for director in directors
        ],
        at=at,
    )


def _source(visit: Visit) -> str:
    return f"visits.visit:{visit.pk}"
