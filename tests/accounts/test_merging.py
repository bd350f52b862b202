"""Two files of one organisation become one; both histories stay (D2)."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.actions.facts import learn
from accounts.actions.journal import log_contact, report_intel
from accounts.actions.key_contacts import request_key_contact_change
from accounts.actions.merging import merge
from accounts.choices import KeyState
from accounts.models import Fact, KeyContact, Organisation
from accounts.search import matching, reindex
from keyaccounts.audit.queries import history
from keyaccounts.common.errors import RuleViolation
from tests import given
from visits.actions.merging import take_over_visits
from visits.choices import VisitState

pytestmark = pytest.mark.django_db
NOON = given.at(2012, 7, 10, 12)


def two_files(**more):
    rep, other = given.a_rep(), given.a_rep()
    kept = given.an_organisation(owner=rep, name="北京燕岭重型铸造厂", **more)
    merged = given.an_organisation(owner=other, name="燕岭铸造", address="房山区铸造路1号")
    for file in (kept, merged):
        reindex(file)
    return kept, merged


def join(kept, merged, *, by=None):
    return merge(
        kept, merged, reason="同一厂区", by=by or given.a_director(), at=NOON, along=(take_over_visits,)
    )


def test_visits_move_and_are_numbered_by_the_day_they_took_place():
    kept, merged = two_files()
    late = given.a_visit(kept, state=VisitState.REVIEWED, planned_at=given.at(2012, 6, 20))
    early = given.a_visit(merged, state=VisitState.REVIEWED, planned_at=given.at(2012, 6, 1))
    last = given.a_visit(merged, state=VisitState.REVIEWED, planned_at=given.at(2012, 7, 1))
    planned = given.a_visit(merged, planned_at=given.at(2012, 7, 20))

    join(kept, merged)

    assert list(kept.visits.filter(number__isnull=False).order_by("number")) == [early, late, last]
    assert list(kept.visits.order_by("number").values_list("number", flat=True).exclude(number=None)) == [
        1,
        2,
        3,
    ]
    planned.refresh_from_db()
    assert planned.organisation == kept


def test_calls_news_people_and_papers_move_over():
    kept, merged = two_files()
    person = given.a_contact(merged, name="贾维舟")
    log_contact(
        merged, channel="phone", contact=person, on=date(2012, 7, 9), at=NOON, by=merged.owner, text="谈样品"
    )
    report_intel(merged, text="换了工会主席", on=date(2012, 7, 9), by=merged.owner, at=NOON)

    join(kept, merged)

    kept.refresh_from_db()
    assert kept.contact_logs.get().text == "谈样品"
    assert kept.intel.get().text == "换了工会主席"
    assert kept.contacts.get() == person
    assert (kept.address, kept.last_contact_on) == ("房山区铸造路1号", date(2012, 7, 9))
    assert merged.owner in kept.collaborators.all()


def test_the_later_answer_counts_and_earlier_ones_stay_with_their_source():
    kept, merged = two_files()
    learn(
        kept, facts={"staff_count": 2000, "power": 3}, on=date(2012, 6, 1), by=None, source_label="第1次拜访"
    )
    learn(merged, facts={"staff_count": 2350, "power": 5}, on=date(2012, 6, 20), by=None, source_label="名录")
    learn(kept, facts={"power": 4}, on=date(2012, 7, 1), by=None, source_label="第2次拜访")

    join(kept, merged)

    kept.refresh_from_db()
    assert (kept.staff_count, kept.power) == (2350, 4)
    said = kept.facts.filter(field="staff_count").order_by("observed_on")
    assert list(said.values_list("value", "source_label")) == [(2000, "第1次拜访"), (2350, "名录")]
    assert Fact.objects.filter(organisation=merged).count() == 2


def test_of_two_key_contacts_the_one_of_longer_standing_stays():
    kept, merged = two_files()
    later, earlier = given.a_contact(kept), given.a_contact(merged)
    KeyContact.objects.create(organisation=kept, contact=later, since_on=date(2012, 6, 20))
    KeyContact.objects.create(organisation=merged, contact=earlier, since_on=date(2012, 6, 1))

    join(kept, merged)

    states = dict(kept.key_contacts.values_list("contact", "state"))
    assert states == {earlier.pk: KeyState.DESIGNATED, later.pk: KeyState.VOID_OTHER}


def test_the_same_person_in_both_files_is_one_person_afterwards():
    kept, merged = two_files()
    stays = given.a_contact(kept, name="贾维舟", mobile="13900001234", email="")
    gone = given.a_contact(merged, name="贾主席", mobile="13900001234", email="jia@example.com")
    visit = given.a_visit(merged, state=VisitState.REVIEWED)
    visit.contacts_met.add(gone)
    KeyContact.objects.create(organisation=merged, contact=gone, since_on=date(2012, 6, 1))

    join(kept, merged)

    stays.refresh_from_db()
    assert list(kept.contacts.all()) == [stays]
    assert stays.email == "jia@example.com"
    assert list(visit.contacts_met.all()) == [stays]
    assert kept.key_contacts.get().contact == stays


def test_it_is_found_by_both_names_and_its_history_tells():
    kept, merged = two_files()

    join(kept, merged)

    assert list(matching(Organisation.objects.present(), "燕岭铸造")) == [kept]
    acts = [entry.code for entry in history(kept, *kept.merged_from.all())]
    assert "accounts.organisation.merged" in acts


def test_the_old_address_leads_to_the_kept_file_for_those_who_may_see_it(sign_in):
    kept, merged = two_files()
    join(kept, merged)

    assert sign_in(kept.owner).get(merged.get_absolute_url()).url == kept.get_absolute_url()
    assert sign_in(given.a_rep()).get(merged.get_absolute_url()).status_code == 404


def test_while_a_change_of_key_contact_waits_nothing_is_merged():
    kept, merged = two_files()
    KeyContact.objects.create(organisation=merged, contact=given.a_contact(merged), since_on=date(2012, 6, 1))
    request_key_contact_change(merged, to_contact=None, reason="调离", by=merged.owner, at=NOON)

    with pytest.raises(RuleViolation):
        join(kept, merged)

    assert Organisation.objects.present().count() == 2


def test_a_lead_merges_only_what_is_the_teams():
    kept, merged = two_files()

    with pytest.raises(RuleViolation):
        join(kept, merged, by=given.a_lead())


def test_merging_twice_or_with_itself_is_refused():
    kept, merged = two_files()
    join(kept, merged)

    with pytest.raises(RuleViolation):
        join(kept, merged)
    with pytest.raises(RuleViolation):
        join(kept, kept)


# -- the page ---------------------------------------------------------------------------------
def test_both_files_are_seen_before_the_button_counts(sign_in):
    kept, merged = two_files()
    client = sign_in(given.a_director())
    address = f"/organisations/{kept.pk}/merge/"
    sent = {"merged": merged.pk, "reason": "同一厂区"}

    first = client.post(address, sent)
    second = client.post(address, {**sent, "seen": merged.pk})

    assert first.status_code == 422
    assert merged.name in first.content.decode()
    assert second.status_code == 302, second.context["form"].errors
    assert second.url == kept.get_absolute_url()
    merged.refresh_from_db()
    assert merged.merged_into == kept


def test_merging_is_for_leads_and_the_director(sign_in):
    kept, _merged = two_files()

    assert sign_in(kept.owner).get(f"/organisations/{kept.pk}/merge/").status_code == 403
    assert sign_in(given.a_marketer()).get(f"/organisations/{kept.pk}/merge/").status_code == 403
    assert sign_in(given.a_lead()).get(f"/organisations/{kept.pk}/merge/").status_code == 404


def test_somebody_elses_number_in_the_field_is_refused(sign_in):
    team = given.a_team()
    lead = given.a_lead(team=team)
    kept = given.an_organisation(owner=lead, team=team)
    foreign = given.an_organisation()

    answer = sign_in(lead).post(
        f"/organisations/{kept.pk}/merge/", {"merged": foreign.pk, "seen": foreign.pk, "reason": "同一个"}
    )

    assert answer.status_code == 422
    assert foreign.name not in answer.content.decode()
