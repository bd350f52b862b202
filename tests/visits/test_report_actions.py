"""The report's life: handed in once, locked, its answers kept, read by another (R94–R118)."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.choices import KeyState
from accounts.models import Fact, Intel, KeyContact
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import history
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.notices.models import Notice
from tests import given
from visits.actions.reports import save_draft, submit_report
from visits.actions.reviews import reopen_report, return_report, review_report
from visits.answers import FIELDS, opens_with
from visits.choices import ReportState, VisitState
from visits.models import Visit, VisitReport

pytestmark = pytest.mark.django_db

EVENING = given.at(2012, 7, 10, 18)
NEXT_DAY = given.at(2012, 7, 11, 9)


def written(visit, *, by=None, at=EVENING, met=None, answers=None, results=None, act=submit_report, **more):
    """Hand in (or keep) a report that says little unless told more."""
    visit = Visit.objects.get(pk=visit.pk)
    report = VisitReport.objects.filter(visit=visit).first()
    return act(
        visit,
        answers={**opens_with(visit), **({"intention": "A"} if answers is None else answers)},
        results={"outcome": ["met_other"], **(results or {})},
        contacts_met=met if met is not None else list(visit.organisation.contacts.all())[:1],
        version=more.pop("version", report.version if report else 0),
        by=by or visit.owner,
        at=at,
        **more,
    )


@pytest.fixture
def visit():
    organisation = given.an_organisation()
    given.a_contact(organisation)
    return given.a_visit(organisation, planned_at=given.at(2012, 7, 10, 10))


def test_handing_in_locks_the_report_and_numbers_the_visit(visit):
    report = written(visit)

    visit.refresh_from_db()
    assert (report.state, report.first_submitted_at, report.submitted_by) == (
        ReportState.SUBMITTED,
        EVENING,
        visit.owner,
    )
    assert (visit.state, visit.number) == (VisitState.REPORTED, 1)
    with pytest.raises(RuleViolation):
        written(visit)
    with pytest.raises(RuleViolation):
        written(visit, act=save_draft)


def test_the_organisation_learns_the_answers_with_their_source(visit):
    person = visit.organisation.contacts.get()

    written(visit, answers={"intention": "A", "staff_count": 1210, "price_low": Decimal(200)})

    organisation = visit.organisation
    organisation.refresh_from_db()
    fact = Fact.objects.get(organisation=organisation, field="staff_count")
    assert (organisation.staff_count, organisation.intention, organisation.price_low) == (1210, "A", 200)
    assert (fact.source, fact.asked, fact.observed_on) == (
        f"visits.visit:{visit.pk}",
        person,
        date(2012, 7, 10),
    )
    assert (organisation.visits_made, organisation.last_visit_on) == (1, date(2012, 7, 10))


def test_a_blank_erases_no_earlier_answer(visit):
    written(visit, answers={"intention": "A", "staff_count": 1210})
    second = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10))

    report = written(second, at=given.at(2012, 7, 11, 18), answers={"staff_count": None})

    visit.organisation.refresh_from_db()
    assert (visit.organisation.staff_count, report.staff_count, report.changed_fields) == (1210, None, [])


def test_the_second_report_opens_as_a_copy_and_freezes_what_changed(visit):
    written(visit, answers={"intention": "B", "staff_count": 1210, "main_business": "发电"})
    second = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10))

    opened = opens_with(Visit.objects.get(pk=second.pk))
    report = written(second, at=given.at(2012, 7, 11, 18), answers={"intention": "A"})

    assert (opened["staff_count"], opened["main_business"], opened["intention"]) == (1210, "发电", "B")
    assert report.changed_fields == ["intention"]
    assert report.staff_count == 1210
    facts = Fact.objects.filter(source=f"visits.visit:{second.pk}").values_list("field", flat=True)
    assert list(facts) == ["intention"]


def test_a_copy_does_not_undo_what_was_learnt_elsewhere_since(visit):
    written(visit, answers={"intention": "B", "staff_count": 1210})
    organisation = visit.organisation
    organisation.refresh_from_db()
    organisation.staff_count = 1500
    organisation.save()
    second = given.a_visit(organisation, planned_at=given.at(2012, 7, 11, 10))

    written(second, at=given.at(2012, 7, 11, 18), answers={})

    organisation.refresh_from_db()
    assert organisation.staff_count == 1500


def test_without_an_earlier_report_the_form_opens_with_the_known_facts():
    organisation = given.an_organisation(staff_count=300, industry="D")
    visit = given.a_visit(organisation)

    opened = opens_with(visit)

    assert (opened["staff_count"], opened["industry"], opened["recent_event_on"]) == (300, "D", None)


def test_the_first_visit_fixes_the_key_contact_among_those_met(visit):
    written(visit)

    key = KeyContact.objects.get(organisation=visit.organisation)
    assert (key.contact, key.state, key.since_on) == (
        visit.organisation.contacts.get(),
        KeyState.DESIGNATED,
        date(2012, 7, 10),
    )


def test_several_eligible_people_need_a_choice(visit):
    other = given.a_contact(visit.organisation, position="office_director")
    met = list(visit.organisation.contacts.all())

    with pytest.raises(RuleViolation) as refusal:
        written(visit, met=met)
    report = written(visit, met=met, key_contact=other)

    assert refusal.value.field == "key_contact"
    assert report.state == ReportState.SUBMITTED
    assert KeyContact.objects.get(organisation=visit.organisation).contact == other


def test_an_upcoming_event_becomes_news_once(visit):
    director = given.a_director()
    report = written(
        visit,
        answers={"intention": "A", "recent_events": "7月底职代会", "recent_event_on": date(2012, 7, 28)},
    )
    return_report(report, reason="补日期", by=director, at=EVENING)

    written(visit, answers={"recent_events": "7月底职代会", "recent_event_on": date(2012, 7, 29)})

    [news] = Intel.objects.filter(organisation=visit.organisation)
    assert (news.text, news.event_on, news.source) == (
        "7月底职代会",
        date(2012, 7, 29),
        f"visits.visit:{visit.pk}",
    )


def test_the_director_is_told_and_the_trail_keeps_it(visit):
    director = given.a_director()

    written(visit)

    assert Notice.objects.filter(recipient=director, url__endswith=f"/{visit.pk}/report/").count() == 1
    assert AuditEvent.objects.filter(action="visits.visitreport.submitted").count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"results": {"outcome": []}}, "outcome"),
        ({"met": []}, "contacts_met"),
        ({"answers": {}}, "intention"),
    ],
)
def test_a_first_report_needs_only_whom_what_and_how_keen(visit, more, field):
    with pytest.raises(RuleViolation) as refusal:
        written(visit, **more)

    assert refusal.value.field == field
    assert not VisitReport.objects.filter(visit=visit).exists()


def test_nobody_met_is_a_result_too(visit):
    report = written(visit, met=[], answers={}, results={"outcome": ["not_met"]})

    assert report.state == ReportState.SUBMITTED
    assert not KeyContact.objects.exists()


def test_people_of_another_organisation_are_refused(visit):
    stranger = given.a_contact(given.an_organisation())

    with pytest.raises(RuleViolation) as refusal:
        written(visit, met=[stranger])

    assert refusal.value.field == "contacts_met"


def test_a_visit_still_to_come_cannot_be_reported(visit):
    with pytest.raises(RuleViolation, match="2012-07-10"):
        written(visit, at=given.at(2012, 7, 9, 18))


def test_a_cancelled_visit_cannot_be_reported():
    visit = given.a_visit(given.an_organisation(), state=VisitState.CANCELLED, aside_reason="对方出差")

    with pytest.raises(RuleViolation):
        written(visit)


def test_a_new_person_met_is_put_on_file(visit):
    report = written(visit, new_contact={"name": "康宁", "position": "", "mobile": ""})

    assert {c.name for c in report.visit.contacts_met.all()} >= {"康宁"}
    assert visit.organisation.contacts.filter(name="康宁").exists()


def test_a_draft_needs_nothing_and_tells_nobody(visit):
    given.a_director()

    report = written(visit, act=save_draft, met=[], answers={}, results={"outcome": []})

    visit.refresh_from_db()
    assert (report.state, visit.state, visit.number) == (ReportState.DRAFT, VisitState.CONFIRMED, None)
    assert not Notice.objects.exists()


def test_a_stale_edit_is_refused_with_the_other_version(visit):
    written(visit, act=save_draft, answers={"main_business": "发电"})

    with pytest.raises(StaleEdit) as refusal:
        written(visit, act=save_draft, answers={"main_business": "供热"}, version=0)

    assert refusal.value.current.main_business == "发电"


def test_the_director_reads_it_with_one_act(visit):
    director = given.a_director()
    report = review_report(written(visit), note="跟紧端午后", by=director, at=NEXT_DAY)

    visit.refresh_from_db()
    assert (report.state, report.reviewed_by, visit.state) == (
        ReportState.REVIEWED,
        director,
        VisitState.REVIEWED,
    )
    assert Notice.objects.filter(recipient=visit.owner, body="跟紧端午后").count() == 1
    with pytest.raises(RuleViolation):
        review_report(report, by=director, at=NEXT_DAY)


def test_nobody_reviews_their_own_report(visit):
    director = given.a_director()
    report = written(visit, by=director)

    for act, more in (
        (review_report, {}),
        (return_report, {"reason": "x"}),
        (reopen_report, {"reason": "x"}),
    ):
        with pytest.raises(RuleViolation):
            act(report, by=director, at=NEXT_DAY, **more)


def test_returned_and_corrected_it_keeps_when_it_first_came_in(visit):
    director = given.a_director()
    returned = return_report(written(visit), reason="缺少价格", by=director, at=NEXT_DAY)
    visit.refresh_from_db()
    assert (returned.state, visit.state) == (ReportState.RETURNED, VisitState.RETURNED)

    report = written(visit, at=given.at(2012, 7, 11, 11), answers={"price_low": Decimal(150)})

    visit.refresh_from_db()
    visit.organisation.refresh_from_db()
    assert (report.first_submitted_at, report.submitted_at) == (EVENING, given.at(2012, 7, 11, 11))
    assert (visit.number, visit.state, visit.organisation.visits_made) == (1, VisitState.REPORTED, 1)
    assert visit.organisation.price_low == 150


def test_a_correction_back_to_the_earlier_answer_is_learnt_too(visit):
    director = given.a_director()
    written(visit, answers={"intention": "B"})
    second = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10))
    wrong = written(second, at=given.at(2012, 7, 11, 18), answers={"intention": "S"})
    return_report(wrong, reason="意向有误", by=director, at=given.at(2012, 7, 11, 19))

    right = written(second, at=given.at(2012, 7, 11, 20), answers={"intention": "B"})

    visit.organisation.refresh_from_db()
    assert (right.changed_fields, visit.organisation.intention) == ([], "B")


def test_returning_and_reopening_need_a_reason_and_the_right_state(visit):
    director = given.a_director()
    report = written(visit)

    with pytest.raises(RuleViolation):
        return_report(report, reason=" ", by=director, at=NEXT_DAY)
    with pytest.raises(RuleViolation):
        reopen_report(report, reason="早了", by=director, at=NEXT_DAY)
    read = review_report(report, by=director, at=NEXT_DAY)
    with pytest.raises(RuleViolation):
        return_report(read, reason="晚了", by=director, at=NEXT_DAY)
    with pytest.raises(RuleViolation):
        reopen_report(read, reason="", by=director, at=NEXT_DAY)
    assert reopen_report(read, reason="数字有误", by=director, at=NEXT_DAY).state == ReportState.RETURNED


def test_numbers_have_no_gaps(visit):
    written(visit)
    given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 12, 10))
    third = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10))

    written(third, at=given.at(2012, 7, 11, 18))

    numbers = Visit.objects.filter(number__isnull=False).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2]


def test_an_older_visit_reported_late_does_not_overwrite_the_next_step(visit):
    later = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10), state="done", number=2)
    Visit.objects.filter(pk=visit.pk).update(state="done", number=1)
    written(later, at=given.at(2012, 7, 11, 18), results={"next_step": "送样", "next_on": date(2012, 7, 20)})

    written(visit, at=given.at(2012, 7, 12, 9), results={"next_step": "旧约", "next_on": date(2012, 7, 13)})

    visit.organisation.refresh_from_db()
    assert (visit.organisation.next_step, visit.organisation.next_on) == ("送样", date(2012, 7, 20))


def test_every_field_of_the_plan_is_a_field_of_the_report():
    assert set(FIELDS) <= {field.name for field in VisitReport._meta.fields}


def test_the_reason_shown_is_the_last_one(visit):
    director = given.a_director()
    read = review_report(written(visit), by=director, at=NEXT_DAY)
    reopen_report(read, reason="数字有误", by=director, at=NEXT_DAY)
    corrected = written(visit, at=given.at(2012, 7, 11, 11))

    returned = return_report(corrected, reason="缺少价格", by=director, at=given.at(2012, 7, 11, 12))

    assert (returned.return_reason, returned.reopen_reason) == ("缺少价格", "")


def test_the_intention_said_once_counts_as_the_one_after_the_visit(visit):
    other = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 11, 10))

    written(visit, answers={"intention": "A"})
    written(other, at=given.at(2012, 7, 11, 18), results={"intention_after": "S"})

    visit.refresh_from_db()
    other.refresh_from_db()
    assert (visit.intention_after, other.intention_after) == ("A", "S")


def test_the_next_date_does_not_lie_before_the_visit(visit):
    with pytest.raises(RuleViolation) as refusal:
        written(visit, results={"next_on": date(2012, 7, 9)})

    assert refusal.value.field == "next_on"
    assert written(visit, results={"next_on": date(2012, 7, 10)}).state == ReportState.SUBMITTED


def test_the_history_tells_the_state_and_the_new_answers_in_words(visit):
    written(visit, answers={"intention": "A", "staff_count": 800})
    second = given.a_visit(visit.organisation, planned_at=given.at(2012, 7, 17, 10))
    written(second, at=given.at(2012, 7, 17, 18), answers={"intention": "A", "staff_count": 900})

    told = next(entry for entry in history(second) if entry.code == "visits.visitreport.submitted")

    assert (told.from_state, told.to_state) == ("草稿", "已提交")
    assert [(change.label, change.after) for change in told.changes] == [("新情况", "在职人数")]
