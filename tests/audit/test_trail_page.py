"""The whole trail is the director's."""

import io

import pytest
from django.db import transaction
from openpyxl import load_workbook

from accounts.actions.journal import log_contact
from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.dashboard.trail import acts_by_words
from keyaccounts.exports.models import Export
from tests import given

pytestmark = pytest.mark.django_db


def an_act(person, reason):
    with transaction.atomic():
        record(person, "people.team.confirmed", by=person, reason=reason)


def test_the_director_reads_the_trail(sign_in):
    an_act(given.a_marketer(name="苏曼宁"), "培训前定下")

    page = sign_in(given.a_director()).get("/audit/").content.decode()

    assert all(text in page for text in ("苏曼宁", "确认了成员名单", "培训前定下"))


@pytest.mark.parametrize("role", ["a_rep", "a_marketer", "a_lead"])
def test_nobody_else_does(sign_in, role):
    assert sign_in(getattr(given, role)()).get("/audit/").status_code == 403


def test_the_trail_is_filtered_by_person_record_and_day(sign_in):
    one, other = given.a_rep(), given.a_rep()
    an_act(one, "甲的原因"), an_act(other, "乙的原因")
    client = sign_in(given.a_director())

    for query in (f"actor={one.pk}", f"record=people.user:{one.pk}", f"q={one.name}"):
        page = client.get(f"/audit/?{query}").content.decode()
        assert ("甲的原因" in page, "乙的原因" in page) == (True, False), query
    assert "甲的原因" not in client.get("/audit/?until=2012-01-01").content.decode()


def test_more_rows_cost_no_more_queries(sign_in, django_assert_max_num_queries):
    client = sign_in(given.a_director())
    for _ in range(3):
        an_act(given.a_rep(), "原因")

    with django_assert_max_num_queries(12):
        client.get("/audit/")


def test_a_row_leads_to_its_record_or_to_the_one_it_is_shown_under(sign_in):
    organisation = given.an_organisation()
    log_contact(
        organisation,
        channel="phone",
        on=given.at(2012, 7, 10).date(),
        at=given.at(2012, 7, 10),
        by=organisation.owner,
    )
    an_act(organisation.owner, "没有页面的记录")

    page = sign_in(given.a_director()).get("/audit/").content.decode()

    assert page.count(f'href="{organisation.get_absolute_url()}"') == 1
    assert f">{organisation.owner.name}</a>" not in page


def test_a_row_leads_nowhere_when_its_record_is_out_of_sight(sign_in):
    organisation = given.an_organisation(withdrawn_at=given.at(2012, 7, 10))
    with transaction.atomic():
        record(organisation, "accounts.organisation.edited", by=organisation.owner)

    page = sign_in(given.a_director()).get("/audit/").content.decode()

    assert organisation.name in page
    assert organisation.get_absolute_url() not in page


def test_the_trail_as_excel_is_what_is_shown_and_is_itself_kept(sign_in):
    one, other = given.a_rep(name="苏曼宁"), given.a_rep()
    an_act(one, "甲的原因"), an_act(other, "乙的原因")
    director = given.a_director()

    answer = sign_in(director).get(f"/audit/?actor={one.pk}&export=xlsx")

    book = load_workbook(
        io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    )
    text = "\n".join(str(cell) for row in book.active.values for cell in row)
    assert all(part in text for part in ("苏曼宁", "确认了成员名单", "甲的原因"))
    assert "乙的原因" not in text
    assert Export.objects.get().requested_by == director
    assert AuditEvent.objects.filter(action__startswith="exports.", actor=director).exists()


def test_each_act_is_one_choice_by_what_it_is_called(sign_in):
    client = sign_in(given.a_director())
    labels = [label for _codes, label in acts_by_words()]
    both = next(codes for codes, _label in acts_by_words() if "budget.supplement.drafted" in codes)
    with transaction.atomic():
        for action in both.split(","):
            record(given.an_organisation(name=action), action, by=None)
        record(given.an_organisation(name="别的"), "accounts.organisation.created", by=None)

    shown = client.get("/audit/", {"action": both}).text

    assert len(labels) == len(set(labels))
    assert ("budget.supplement.drafted" in shown, "budget.transfer.drafted" in shown, "别的" in shown) == (
        True, True, False,
    )  # fmt: skip
