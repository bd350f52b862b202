"""Reminders of visits and of reports: each once, at their hours, outside the quiet ones (R118, practice 2.3)."""

from datetime import date, time

import pytest

from accounts.actions.journal import log_contact, remind_follow_ups
from keyaccounts.notices.actions import deliver_due, remind_all, settle
from keyaccounts.notices.models import Notice, NoticeKind, QuietHours
from keyaccounts.notices.queries import unread_count
from keyaccounts.notices.rules import outside_quiet_hours
from tests import given
from visits.actions.appointments import cancel
from visits.actions.reminders import remind_reports, remind_visits
from visits.choices import VisitState
from visits.models import ReportRule

from .test_report_actions import written

pytestmark = pytest.mark.django_db
TEN = given.at(2012, 7, 10, 10)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (given.at(2012, 7, 10, 20, 59), given.at(2012, 7, 10, 20, 59)),
        (given.at(2012, 7, 10, 21), given.at(2012, 7, 11, 7, 30)),
        (given.at(2012, 7, 11, 2), given.at(2012, 7, 11, 7, 30)),
        (given.at(2012, 7, 11, 7, 30), given.at(2012, 7, 11, 7, 30)),
    ],
)
def test_the_night_is_quiet(moment, expected):
    assert outside_quiet_hours(moment, time(21), time(7, 30)) == expected


def test_quiet_hours_within_a_day():
    noon = given.at(2012, 7, 10, 12, 30)

    assert outside_quiet_hours(noon, time(12), time(14)) == given.at(2012, 7, 10, 14)
    assert outside_quiet_hours(given.at(2012, 7, 10, 15), time(12), time(14)) == given.at(2012, 7, 10, 15)


def titles(person):
    return [n.title for n in Notice.objects.filter(recipient=person).order_by("pk")]


def test_a_visit_is_recalled_the_evening_before_and_an_hour_before():
    visit = given.a_visit(given.an_organisation(name="北京第一热电厂"), planned_at=TEN)

    told = [
        remind_visits(at=at)
        for at in (
            given.at(2012, 7, 9, 17, 45),
            given.at(2012, 7, 9, 18),
            given.at(2012, 7, 9, 18, 15),
            given.at(2012, 7, 10, 8, 45),
            given.at(2012, 7, 10, 9),
            given.at(2012, 7, 10, 9, 15),
            given.at(2012, 7, 10, 10),
        )
    ]

    assert told == [0, 1, 0, 0, 1, 0, 0]
    assert titles(visit.owner) == ["7月10日 10:00 拜访：北京第一热电厂", "即将开始，10:00：北京第一热电厂"]


def test_a_moved_visit_is_recalled_anew():
    visit = given.a_visit(given.an_organisation(), planned_at=TEN)
    remind_visits(at=given.at(2012, 7, 9, 18))
    visit.planned_at = given.at(2012, 7, 10, 14)
    visit.save()

    assert remind_visits(at=given.at(2012, 7, 9, 19)) == 1


def test_a_visit_made_without_a_report_is_asked_for_at_eight_then_late_then_the_director():
    director = given.a_director()
    visit = given.a_visit(given.an_organisation(), state=VisitState.DONE, checked_in_at=TEN)

    told = [
        remind_reports(at=at)
        for at in (
            given.at(2012, 7, 10, 19, 45),
            given.at(2012, 7, 10, 20),
            given.at(2012, 7, 11, 9, 45),
            given.at(2012, 7, 11, 10),
            given.at(2012, 7, 11, 19, 45),
            given.at(2012, 7, 11, 20),
            given.at(2012, 7, 12, 20),
        )
    ]

    assert told == [0, 1, 0, 1, 0, 1, 0]
    assert Notice.objects.filter(recipient=visit.owner).count() == 2
    [escalated] = Notice.objects.filter(recipient=director)
    assert (visit.owner.name in escalated.title, escalated.url) == (True, f"/visits/{visit.pk}/report/")


def test_the_director_sets_other_hours():
    ReportRule.objects.update_or_create(pk=1, defaults={"remind_at": time(18), "late_at": time(9)})
    given.a_visit(given.an_organisation(), state=VisitState.DONE, checked_in_at=TEN)

    assert remind_reports(at=given.at(2012, 7, 10, 18)) == 1
    assert remind_reports(at=given.at(2012, 7, 11, 9)) == 1


def test_who_forgot_to_check_in_is_asked_what_became_of_the_visit():
    visit = given.a_visit(given.an_organisation(), state=VisitState.CONFIRMED, planned_at=TEN)
    given.a_visit(given.an_organisation(), state=VisitState.PROPOSED, planned_at=TEN)
    given.a_visit(given.an_organisation(), state=VisitState.CONFIRMED, planned_at=given.at(2012, 7, 11, 10))

    told = remind_reports(at=given.at(2012, 7, 10, 20))

    [notice] = Notice.objects.all()
    assert (told, notice.recipient, notice.url) == (1, visit.owner, visit.get_absolute_url())


def test_a_report_handed_in_takes_its_reminders_back():
    director = given.a_director()
    organisation = given.an_organisation()
    given.a_contact(organisation)
    visit = given.a_visit(organisation, state=VisitState.DONE, checked_in_at=TEN)
    remind_reports(at=given.at(2012, 7, 11, 22))
    deliver_due(at=given.at(2012, 7, 12, 7, 30))
    waiting = (unread_count(visit.owner), unread_count(director))

    written(visit, at=given.at(2012, 7, 12, 8))

    reminders = Notice.objects.filter(kind=NoticeKind.REPORT_DUE)
    assert waiting == (2, 1)
    assert (reminders.count(), reminders.unread().count(), unread_count(visit.owner)) == (3, 0, 0)


def test_a_cancelled_visit_is_not_recalled_and_its_waiting_reminder_is_settled():
    visit = given.a_visit(given.an_organisation(), planned_at=given.at(2012, 7, 10, 8))
    remind_visits(at=given.at(2012, 7, 9, 22))

    cancel(visit, reason="对方出差", by=visit.owner, at=given.at(2012, 7, 9, 22, 30))
    deliver_due(at=given.at(2012, 7, 10, 7, 30))

    assert (unread_count(visit.owner), remind_visits(at=given.at(2012, 7, 10, 7))) == (0, 0)


def test_reminders_written_at_night_arrive_in_the_morning():
    visit = given.a_visit(given.an_organisation(), planned_at=given.at(2012, 7, 10, 8))
    remind_visits(at=given.at(2012, 7, 9, 22))

    at_night, in_the_morning = (
        deliver_due(at=given.at(2012, 7, 9, 23)),
        deliver_due(at=given.at(2012, 7, 10, 7, 30)),
    )

    assert (at_night, in_the_morning, unread_count(visit.owner)) == (0, 1, 1)


def test_quiet_hours_are_set_once_for_every_reminder():
    QuietHours.objects.update_or_create(pk=1, defaults={"begins_at": time(19), "ends_at": time(8)})
    given.a_visit(given.an_organisation(), state=VisitState.DONE, checked_in_at=TEN)

    remind_reports(at=given.at(2012, 7, 10, 20))

    assert Notice.objects.get().deliver_from == given.at(2012, 7, 11, 8)


def test_settling_leaves_other_things_alone():
    rep = given.a_rep()
    visits = [
        given.a_visit(given.an_organisation(owner=rep), state=VisitState.DONE, checked_in_at=TEN)
        for _ in "ab"
    ]
    remind_reports(at=given.at(2012, 7, 10, 20))

    settle(visits[0], kind=NoticeKind.REPORT_DUE, at=given.at(2012, 7, 10, 21))

    assert Notice.objects.unread().get().subject == f"visits.visit:{visits[1].pk}"
    assert remind_all([], at=TEN) == 0


def test_one_query_more_or_less_however_many_visits(django_assert_max_num_queries):
    rep = given.a_rep()
    for _n in range(12):
        given.a_visit(given.an_organisation(owner=rep), state=VisitState.DONE, checked_in_at=TEN)

    with django_assert_max_num_queries(10):
        remind_reports(at=given.at(2012, 7, 12, 12))


# -- follow-ups ---------------------------------------------------------------------------------
def follow_ups(at):
    return remind_follow_ups(on=at.date(), at=at)


def test_a_follow_up_is_recalled_on_its_day_once_to_the_owner():
    organisation = given.an_organisation(name="北京第一热电厂", next_on=date(2012, 7, 10), next_step="送样品")
    given.an_organisation(next_on=date(2012, 7, 11))
    given.an_organisation(next_on=date(2012, 7, 1), stage="dropped", stage_reason="price")

    told = [follow_ups(given.at(2012, 7, day, 8, 10)) for day in (9, 10, 10, 12)]

    [first, _other] = Notice.objects.filter(kind=NoticeKind.FOLLOW_UP).order_by("pk")
    assert told == [0, 1, 0, 1]
    assert (first.recipient, first.title, first.body, first.url) == (
        organisation.owner,
        "该跟进了：北京第一热电厂",
        "送样品",
        organisation.get_absolute_url(),
    )


def test_a_follow_up_asked_for_at_night_waits_for_the_morning():
    organisation = given.an_organisation(next_on=date(2012, 7, 9))

    follow_ups(given.at(2012, 7, 10, 2))

    deliver_due(at=given.at(2012, 7, 10, 7))
    assert unread_count(organisation.owner) == 0
    deliver_due(at=given.at(2012, 7, 10, 7, 31))
    assert unread_count(organisation.owner) == 1


def test_a_call_on_the_day_does_what_was_agreed_and_takes_its_reminder_back():
    organisation = given.an_organisation(next_on=date(2012, 7, 10), next_step="送样品")
    follow_ups(given.at(2012, 7, 10, 8, 10))
    deliver_due(at=given.at(2012, 7, 10, 8, 11))

    log_contact(organisation, channel="phone", on=TEN.date(), at=TEN, by=organisation.owner)

    organisation.refresh_from_db()
    assert (organisation.next_on, organisation.next_step) == (None, "")
    assert unread_count(organisation.owner) == 0


def test_a_call_before_the_day_leaves_what_was_agreed():
    organisation = given.an_organisation(next_on=date(2012, 7, 12), next_step="送样品")

    log_contact(organisation, channel="phone", on=TEN.date(), at=TEN, by=organisation.owner)

    organisation.refresh_from_db()
    assert (organisation.next_on, organisation.next_step) == (date(2012, 7, 12), "送样品")


def test_a_new_date_is_a_new_follow_up():
    organisation = given.an_organisation(next_on=date(2012, 7, 10))
    follow_ups(given.at(2012, 7, 10, 8, 10))

    log_contact(
        organisation, channel="phone", on=TEN.date(), at=TEN, by=organisation.owner, next_on=date(2012, 7, 11)
    )

    assert follow_ups(given.at(2012, 7, 11, 8, 10)) == 1
