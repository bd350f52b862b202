"""拜访计划: handed in with its appointments, frozen, read or returned, held against what happened (practice 2.3)."""

from datetime import date, time

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.choices import Stage
from accounts.models import KeyContact
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.triggers import all_guards
from keyaccounts.notices.models import Notice, NoticeKind
from keyaccounts.people.models import TeamMember
from tests import given
from visits.actions.appointments import cancel, reschedule
from visits.actions.making import finish
from visits.actions.plans import decide_plan, readers_of, submit_plan
from visits.choices import LineState, VisitState
from visits.invariants import plans_stay_as_handed_in
from visits.models import PlanLine, PlanRevision, PlanRule, Visit, VisitPlan
from visits.planning.periods import Slot, period_of
from visits.planning.progress import progress_of
from visits.planning.proposals import beginning
from visits.rules import free_hour, month_of, month_plan_due_on, week_of, week_plan_due_on, weeks_within
from visits.settings import plan_rule

pytestmark = pytest.mark.django_db
FRIDAY = given.at(2012, 7, 13, 15)
MONDAY, TUESDAY, SUNDAY = date(2012, 7, 16), date(2012, 7, 17), date(2012, 7, 22)


def week(day=MONDAY):
    return period_of("week", day, rule=plan_rule())


def a_team_of(rep, **more):
    """The lead of a team with this rep in it."""
    lead = given.a_lead(**more)
    member = {"user": rep, "from_on": date(2012, 5, 15)}
    TeamMember.objects.create(team=lead.memberships.get().team, **member)
    return lead


def hand_in(rep, *, proposed=(), dated=None, remark="", at=FRIDAY, version=None, period=None):
    period = period or week()
    offered = {row.organisation: row for row in beginning(rep, period, on=at.date()).proposals}
    return submit_plan(
        period, proposed={offered[row]: slot for row, slot in dict(proposed).items()}, dated=dated or {},
        remark=remark, by=rep, at=at, version=version,
    )  # fmt: skip


def standing(plan, *, at=FRIDAY):
    return progress_of([plan], week(), people=[plan.requested_by_id], at=at)[plan.requested_by_id]


def test_the_arithmetic_of_weeks_and_months():
    assert week_of(date(2012, 7, 18)) == (MONDAY, SUNDAY)
    assert week_plan_due_on(MONDAY, 4) == date(2012, 7, 13)
    assert week_plan_due_on(MONDAY, 6) == date(2012, 7, 15)
    assert month_of(date(2012, 2, 9)) == (date(2012, 2, 1), date(2012, 2, 29))
    assert month_plan_due_on(date(2012, 8, 1), 1) == date(2012, 7, 31)
    assert weeks_within(*month_of(date(2012, 7, 9))) == [
        (date(2012, 7, 1), date(2012, 7, 1)), (date(2012, 7, 2), date(2012, 7, 8)),
        (date(2012, 7, 9), date(2012, 7, 15)), (MONDAY, SUNDAY),
        (date(2012, 7, 23), date(2012, 7, 29)), (date(2012, 7, 30), date(2012, 7, 31)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "hour"),
    [([], time(9, 40)), ([time(10)], time(10, 50)), ([time(9, 30), time(11)], time(13, 30))],
)
def test_a_visit_goes_where_the_day_has_room(taken, hour):
    assert free_hour(taken) == hour


def test_the_rule_is_the_practice_until_somebody_sets_another():
    assert week().due_at == given.at(2012, 7, 13, 17, 30)
    assert (plan_rule().needs_approval, plan_rule().has_monthly) == (False, False)


def test_a_plan_begins_with_what_is_arranged_and_whom_one_could_visit():
    rep = given.a_rep()
    own = {"owner": rep}
    there = given.a_visit(given.an_organisation(**own), planned_at=given.at(2012, 7, 17, 10))
    to_call = given.a_visit(given.an_organisation(**own), state=VisitState.TO_CALL, planned_at=None)
    promised = given.an_organisation(**own, next_on=TUESDAY, next_step="送样品", visits_made=1)
    due = given.an_organisation(**own, grade="A", visits_made=2, last_visit_on=date(2012, 7, 5))
    given.an_organisation(**own, grade="A", visits_made=2, last_visit_on=date(2012, 7, 10))
    first = given.an_organisation(**own, grade="B")
    given.an_organisation(**own, stage=Stage.PARKED, stage_reason="no_need")
    given.an_organisation()
    key = KeyContact.objects.create(organisation=due, contact=given.a_contact(due), since_on=date(2012, 6, 1))

    found = beginning(rep, week(), on=FRIDAY.date())

    assert (found.arranged, found.open) == ([there], [to_call])
    assert [(row.organisation, row.wished_on, row.purpose) for row in found.promised] == [
        (promised, TUESDAY, "送样品")
    ]
    assert [(row.organisation, row.contact, row.is_late) for row in found.due] == [(due, key.contact, False)]
    assert [(row.organisation, row.kind) for row in found.first] == [(first, "first")]


def test_what_is_chosen_becomes_an_appointment_and_everything_is_frozen():
    rep = given.a_rep()
    lead = a_team_of(rep)
    arranged = given.a_visit(given.an_organisation(owner=rep), planned_at=given.at(2012, 7, 17, 10))
    to_call = given.a_visit(given.an_organisation(owner=rep), state=VisitState.TO_CALL, planned_at=None)
    chosen, open_day = given.an_organisation(owner=rep), given.an_organisation(owner=rep)

    plan = hand_in(
        rep,
        proposed={chosen: Slot(TUESDAY, TUESDAY), open_day: week().whole},
        dated={to_call: Slot(MONDAY, MONDAY)},
        remark="周五请假",
    )

    new, waiting = Visit.objects.get(organisation=chosen), Visit.objects.get(organisation=open_day)
    to_call.refresh_from_db()
    assert (new.state, new.planned_at, new.owner) == (VisitState.PROPOSED, given.at(2012, 7, 17, 10, 50), rep)
    assert (waiting.state, waiting.planned_at, waiting.call_again_on) == (VisitState.TO_CALL, None, None)
    assert (to_call.state, to_call.planned_at) == (VisitState.PROPOSED, given.at(2012, 7, 16, 9, 40))
    assert (plan.code, plan.state, plan.came_late) == ("JH2012-001", RequestState.PENDING, False)
    revision = plan.revisions.get()
    assert (revision.number, revision.remark, plan.last_number) == (1, "周五请假", 1)
    assert [(line.visit, line.from_on, line.until_on) for line in revision.lines.all()] == [
        (to_call, MONDAY, MONDAY), (waiting, MONDAY, SUNDAY), (arranged, TUESDAY, TUESDAY), (new, TUESDAY, TUESDAY),
    ]  # fmt: skip
    [notice] = Notice.objects.filter(recipient=lead)
    assert (notice.kind, notice.url) == (NoticeKind.APPROVAL, plan.get_absolute_url())


def test_a_plan_for_nothing_says_why():
    rep = given.a_rep()
    given.a_director()
    with pytest.raises(RuleViolation) as refused:
        hand_in(rep)
    assert (refused.value.field, VisitPlan.objects.count()) == ("remark", 0)

    assert hand_in(rep, remark="整周培训").revisions.get().lines.count() == 0


def test_nobody_plans_a_week_that_is_over():
    with pytest.raises(RuleViolation):
        hand_in(given.a_rep(), remark="补", at=given.at(2012, 7, 23))


def test_one_plan_a_person_and_week_whatever_window_it_comes_from():
    rep, other = given.a_rep(), given.a_rep()
    given.a_director()
    plan = hand_in(rep, remark="一")
    opened_with = plan.version

    with pytest.raises(RuleViolation):
        hand_in(rep, remark="二")
    hand_in(rep, remark="三", version=opened_with)
    with pytest.raises(StaleEdit):
        hand_in(rep, remark="四", version=opened_with)

    hand_in(other, remark="五")
    assert [revision.remark for revision in plan.revisions.order_by("number")] == ["一", "三"]
    assert AuditEvent.objects.filter(action="visits.visitplan.revised").count() == 1


def test_returned_with_a_reason_it_comes_back_as_a_new_revision():
    rep = given.a_rep()
    lead = a_team_of(rep)
    plan = hand_in(rep, remark="一")

    with pytest.raises(RuleViolation):
        decide_plan(plan, RequestState.RETURNED, note=" ", by=lead, at=FRIDAY)
    decide_plan(plan, RequestState.RETURNED, note="A级单位太少", by=lead, at=FRIDAY)
    [told] = Notice.objects.filter(recipient=rep, kind=NoticeKind.DECISION)
    assert "A级单位太少" in told.body
    assert not Notice.objects.filter(recipient=lead, read_at__isnull=True).exists()
    hand_in(rep, remark="二", version=plan.version, at=given.at(2012, 7, 14, 9))

    plan.refresh_from_db()
    assert (plan.state, plan.last_number, plan.first_submitted_at) == (RequestState.PENDING, 2, FRIDAY)
    assert not plan.came_late  # it came in time; that it was put right afterwards is another matter
    assert Notice.objects.filter(recipient=lead, read_at__isnull=True).count() == 1


def test_what_nobody_has_seen_is_not_approved():
    rep = given.a_rep()
    lead = a_team_of(rep)
    plan = hand_in(rep, remark="一")
    hand_in(rep, remark="二", version=plan.version)

    with pytest.raises(RuleViolation):
        decide_plan(plan, RequestState.APPROVED, note="", revision=1, by=lead, at=FRIDAY)
    decide_plan(plan, RequestState.APPROVED, note="", revision=2, by=lead, at=FRIDAY)

    assert plan.state == RequestState.APPROVED


def test_read_it_stays_as_it_is():
    rep = given.a_rep()
    lead = a_team_of(rep)
    plan = hand_in(rep, remark="一")

    decide_plan(plan, RequestState.APPROVED, note="", by=lead, at=FRIDAY)

    assert (plan.state, plan.decided_by) == (RequestState.APPROVED, lead)
    assert not Notice.objects.filter(recipient=rep, kind=NoticeKind.DECISION).exists()
    with pytest.raises(RuleViolation):
        hand_in(rep, remark="二", version=plan.version)
    with pytest.raises(RuleViolation):
        decide_plan(plan, RequestState.RETURNED, note="迟了", by=lead, at=FRIDAY)


def test_where_the_director_wants_it_somebody_approves():
    PlanRule.objects.update(needs_approval=True)
    rep, director = given.a_rep(), given.a_director()
    plan = hand_in(rep, remark="一")
    assert plan.needs_approval
    assert list(VisitPlan.objects.to_approve_by(director)) == [plan]

    decide_plan(plan, RequestState.APPROVED, note="", by=director, at=FRIDAY)

    assert Notice.objects.filter(recipient=rep, kind=NoticeKind.DECISION).count() == 1


def test_nobody_reads_their_own():
    lead = given.a_lead()
    director = given.a_director()
    assert readers_of(lead) == [director]
    plan = hand_in(lead, remark="一")

    for rule in (False, True):
        plan.needs_approval = rule
        with pytest.raises(RuleViolation):
            decide_plan(plan, RequestState.APPROVED, note="", by=lead, at=FRIDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitPlan.objects.update(decided_by=lead)


def test_without_anybody_to_read_it_a_plan_counts_all_the_same():
    assert hand_in(given.a_rep(), remark="一").state == RequestState.PENDING


def test_a_plan_that_came_after_its_hour_is_late():
    given.a_director()

    assert hand_in(given.a_rep(), remark="一", at=given.at(2012, 7, 13, 17, 31)).came_late


def test_plan_against_actual():
    rep = given.a_rep()
    given.a_director()
    contact = {"owner": rep}
    done, elsewhen, moved, gone, kept = (
        given.a_visit(given.an_organisation(**contact), planned_at=given.at(2012, 7, 17, 9 + n))
        for n in range(5)
    )
    plan = hand_in(rep)
    outside = given.a_visit(given.an_organisation(**contact), planned_at=given.at(2012, 7, 20, 9))
    given.a_visit(given.an_organisation(), planned_at=given.at(2012, 7, 20, 9))
    finish(done, by=rep, at=given.at(2012, 7, 17, 10))
    later = reschedule(elsewhen, planned_at=given.at(2012, 7, 19, 10), reason="对方开会", by=rep, at=FRIDAY)
    finish(later, by=rep, at=given.at(2012, 7, 19, 11))
    once = reschedule(moved, planned_at=given.at(2012, 7, 18, 9), reason="改期", by=rep, at=FRIDAY)
    twice = reschedule(once, planned_at=given.at(2012, 7, 25, 9), reason="又改", by=rep, at=FRIDAY)
    cancel(gone, reason="取消", by=rep, at=FRIDAY)

    now = standing(plan, at=given.at(2012, 7, 20, 8))

    assert {row.line.visit_id: (row.visit, row.state, row.is_elsewhen) for row in now.lines} == {
        done.pk: (done, LineState.DONE, False),
        elsewhen.pk: (later, LineState.DONE, True),
        moved.pk: (twice, LineState.MOVED, True),
        gone.pk: (gone, LineState.CANCELLED, False),
        kept.pk: (kept, LineState.PLANNED, False),
    }
    assert (now.done, now.moved, now.cancelled, now.outside) == (2, 1, 1, [outside])
    assert [row.line.visit_id for row in now.lines if row.is_late] == [kept.pk]


def test_a_monthly_plan_is_by_weeks_and_called_for_in_time():
    PlanRule.objects.update(has_monthly=True)
    rep = given.a_rep()
    given.a_director()
    august = period_of("month", date(2012, 8, 1), rule=plan_rule())
    organisation = given.an_organisation(owner=rep)
    slot = august.slots(on=FRIDAY.date())[2]

    plan = hand_in(rep, proposed={organisation: slot}, period=august)

    visit, line = Visit.objects.get(), PlanLine.objects.get()
    assert august.due_at == given.at(2012, 7, 31, 17, 30)
    assert (visit.state, visit.call_again_on) == (VisitState.TO_CALL, date(2012, 8, 10))
    assert (line.from_on, line.until_on, plan.last_on) == (
        date(2012, 8, 13),
        date(2012, 8, 19),
        date(2012, 8, 31),
    )


# -- what the database keeps ---------------------------------------------------------------------
def test_what_was_handed_in_cannot_be_changed():
    rep = given.a_rep()
    given.a_visit(given.an_organisation(owner=rep), planned_at=given.at(2012, 7, 17, 10))
    plan = hand_in(rep)
    statements = (
        "UPDATE visits_planline SET purpose = 'x'",
        "DELETE FROM visits_planline",
        "UPDATE visits_planrevision SET remark = 'x'",
        "UPDATE visits_visitplan SET first_submitted_at = due_at",
        "UPDATE visits_visitplan SET due_at = first_submitted_at",
    )

    for statement in statements:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanRevision.objects.create(plan=plan, number=3, at=FRIDAY, by=rep)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitPlan.objects.create(
            code="JH2012-900", requested_by=rep, span="week", first_on=MONDAY, last_on=SUNDAY, due_at=FRIDAY
        )


def test_the_checks_find_a_plan_that_was_tampered_with():
    rep = given.a_rep()
    a_team_of(rep)
    given.a_visit(given.an_organisation(owner=rep), planned_at=given.at(2012, 7, 17, 10))
    plan = hand_in(rep)
    assert plans_stay_as_handed_in().violations == []

    VisitPlan.objects.filter(pk=plan.pk).update(last_number=2, first_on=date(2012, 7, 18))

    assert plans_stay_as_handed_in().violations == [
        "JH2012-001: 1, 1, 2", "JH2012-001: 2012-07-18–2012-07-22", "JH2012-001: 2012-07-17–2012-07-17",
    ]  # fmt: skip


def test_the_checks_name_a_guard_that_is_gone():
    trigger = all_guards_of("visits_planline")[0]
    with connection.cursor() as cursor:
        on_table = "" if connection.vendor == "sqlite" else ' ON "visits_planline"'
        cursor.execute(f'DROP TRIGGER "{trigger}"{on_table}')

    assert plans_stay_as_handed_in().violations == [trigger]


def all_guards_of(table):
    return [
        name for guard in all_guards() if guard.table == table for name in guard.triggers(connection.vendor)
    ]
