"""Each notice once, however many schedulers and workers run (integrity rule 21)."""

from datetime import date, timedelta

import pytest
from django.core import mail

from keyaccounts.notices.actions import Message, deliver_due, queue_mail, send_mail, tell, tell_all
from keyaccounts.notices.models import MailState, Notice, NoticeKind, NoticeMail
from keyaccounts.notices.queries import unread_count
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10, 22)
MORNING = given.at(2012, 7, 11, 7, 30)


def reminder(person, **more):
    return Message(person, NoticeKind.SILENCE, person, "久未联系", due_on=date(2012, 7, 10), **more)


def test_the_same_reminder_is_written_once():
    rep = given.a_rep()

    counts = [tell_all([reminder(rep), reminder(rep)], at=NOW) for _ in range(2)]

    assert (counts, Notice.objects.count()) == ([1, 0], 1)


def test_two_answers_about_the_same_record_both_arrive():
    rep = given.a_rep()

    for minutes in (0, 5):
        tell(
            rep,
            kind=NoticeKind.REPORT_READ,
            subject=rep,
            title="报告退回",
            at=NOW + timedelta(minutes=minutes),
        )

    assert unread_count(rep) == 2


def test_quiet_hours_hold_a_notice_back():
    rep = given.a_rep()
    tell_all([reminder(rep)], at=NOW, deliver_from=MORNING)

    early, on_time, again = (deliver_due(at=at) for at in (NOW, MORNING, MORNING))

    assert (early, on_time, again, unread_count(rep)) == (0, 1, 0, 1)


def test_everything_due_is_caught_up_after_an_outage():
    rep = given.a_rep()
    tell_all((reminder(rep, step=str(n)) for n in range(1203)), at=NOW, deliver_from=MORNING)

    delivered = deliver_due(at=MORNING + timedelta(days=2))

    assert (delivered, Notice.objects.filter(delivered_at__isnull=True).count()) == (1203, 0)


def test_mail_goes_once_to_those_who_want_it():
    keen = given.a_rep(email="keen@example.com", wants_email=True)
    tell_all([reminder(keen), reminder(given.a_rep(email="calm@example.com"))], at=NOW)

    for _ in range(2):
        queue_mail(at=NOW)
        send_mail(at=NOW)

    assert [message.to for message in mail.outbox] == [["keen@example.com"]]


def test_a_refused_mail_is_tried_again(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tell_all([reminder(given.a_rep(email="keen@example.com", wants_email=True))], at=NOW)
    queue_mail(at=NOW)

    sent = send_mail(at=NOW)

    row = NoticeMail.objects.get()
    assert (sent, row.state, row.attempts) == (0, MailState.WAITING, 1)
    assert row.try_from > NOW


def test_a_claim_of_a_dead_worker_is_taken_over():
    tell_all([reminder(given.a_rep(email="keen@example.com", wants_email=True))], at=NOW)
    queue_mail(at=NOW)
    NoticeMail.objects.update(state=MailState.SENDING, attempts=1, try_from=NOW + timedelta(minutes=10))

    early, later = send_mail(at=NOW), send_mail(at=NOW + timedelta(minutes=11))

    assert (early, later) == (0, 1)
