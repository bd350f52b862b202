"""关键人物: one per organisation, set by the first visit, changed with the director's word only (R7–R10, R23)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from accounts.actions.key_contacts import confirm_key_contact
from accounts.choices import KeyState
from accounts.models import KeyContact, KeyContactChange
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.models import Notice
from tests import given

pytestmark = pytest.mark.django_db
JULY_1 = date(2012, 7, 1)


def confirm(organisation, met, *, contact=None, on=JULY_1):
    return confirm_key_contact(
        organisation, contacts_met=met, contact=contact, on=on, source="visits.visit:1", by=organisation.owner
    )


def test_the_first_visit_fixes_the_one_eligible_person_met():
    organisation = given.an_organisation()
    chair = given.a_contact(organisation, position="union_chair")
    staff = given.a_contact(organisation, position="staff")

    key = confirm(organisation, [chair, staff])

    assert (key.contact, key.since_on, key.state) == (chair, JULY_1, KeyState.DESIGNATED)


def test_a_later_visit_changes_nothing():
    organisation = given.an_organisation()
    first, second = given.a_contact(organisation), given.a_contact(organisation)
    key = confirm(organisation, [first])

    assert confirm(organisation, [second], on=date(2012, 7, 9)) == key
    assert organisation.key_contacts.count() == 1


def test_of_several_eligible_people_one_is_chosen():
    organisation = given.an_organisation()
    people = [given.a_contact(organisation), given.a_contact(organisation, position="office_director")]

    with pytest.raises(RuleViolation) as refused:
        confirm(organisation, people)

    assert refused.value.field == "key_contact"
    assert confirm(organisation, people, contact=people[1]).contact == people[1]


@pytest.mark.parametrize("position", ["staff", "purchasing", ""])
def test_an_ordinary_position_is_refused_with_the_rule(position):
    organisation = given.an_organisation()
    person = given.a_contact(organisation, position=position)

    with pytest.raises(RuleViolation, match="工会主席"):
        confirm(organisation, [person], contact=person)


def test_somebody_not_met_is_refused():
    organisation = given.an_organisation()
    met, absent = given.a_contact(organisation), given.a_contact(organisation)

    with pytest.raises(RuleViolation, match="当面见到"):
        confirm(organisation, [met], contact=absent)


# -- the change -------------------------------------------------------------------------------
def with_key():
    organisation = given.an_organisation()
    key = confirm(organisation, [given.a_contact(organisation, name="邢国桢")])
    return organisation, key, given.a_contact(organisation, name="何素琴", position="office_director")


def ask(client, organisation, to, reason="邢国桢调离"):
    return client.post(
        reverse("accounts:key_change_new", args=[organisation.pk]), {"reason": reason, "to_contact": to.pk}
    )


def test_asked_for_approved_and_not_recognised_any_more(sign_in):
    director = given.a_director()
    organisation, key, successor = with_key()
    ask(sign_in(organisation.owner), organisation, successor)
    change = KeyContactChange.objects.get()
    assert Notice.objects.filter(recipient=director).count() == 1

    sign_in(director).post(
        reverse("accounts:key_change_decide", args=[change.pk]), {"decision": "approve", "note": ""}
    )

    key.refresh_from_db()
    text = sign_in(organisation.owner).get(organisation.get_absolute_url()).content.decode()
    assert key.state == KeyState.VOID_CHANGED
    assert str(KeyState.VOID_CHANGED.label) in text
    # The successor is none until their own first visit, which then sets them.
    assert not KeyContact.objects.filter(contact=successor).exists()
    assert confirm(organisation, [successor], on=date(2012, 7, 20)).since_on == date(2012, 7, 20)


def test_returned_it_stays_as_it_was_and_a_reason_is_needed(sign_in):
    organisation, key, successor = with_key()
    ask(sign_in(organisation.owner), organisation, successor)
    change = KeyContactChange.objects.get()
    client = sign_in(given.a_director())
    address = reverse("accounts:key_change_decide", args=[change.pk])

    client.post(address, {"decision": "return", "note": ""})
    change.refresh_from_db()
    assert change.decided_at is None
    client.post(address, {"decision": "return", "note": "请先面谈"})

    change.refresh_from_db()
    key.refresh_from_db()
    assert change.decision_note == "请先面谈"
    assert key.state == KeyState.DESIGNATED


def test_a_person_of_another_organisation_is_refused_by_number(sign_in):
    organisation, _key, _successor = with_key()
    foreign = given.a_contact(given.an_organisation(), name="路人甲")

    answer = ask(sign_in(organisation.owner), organisation, foreign)

    assert answer.status_code == 422
    assert "路人甲" not in answer.content.decode()
    assert not KeyContactChange.objects.exists()


def test_a_second_request_waits_for_the_first(sign_in):
    organisation, _key, successor = with_key()
    client = sign_in(organisation.owner)
    ask(client, organisation, successor)

    assert ask(client, organisation, successor).status_code == 422
    assert KeyContactChange.objects.count() == 1


def test_who_asked_does_not_decide(sign_in):
    organisation, key, successor = with_key()
    director = given.a_director()
    ask(sign_in(director), organisation, successor)

    sign_in(director).post(
        reverse("accounts:key_change_decide", args=[KeyContactChange.objects.get().pk]),
        {"decision": "approve"},
    )

    key.refresh_from_db()
    assert key.state == KeyState.DESIGNATED


def test_a_call_with_a_person_of_another_organisation_is_refused(sign_in):
    organisation = given.an_organisation()
    foreign = given.a_contact(given.an_organisation())

    answer = sign_in(organisation.owner).post(
        reverse("accounts:log_contact_at", args=[organisation.pk]),
        {"channel": "phone", "contact": foreign.pk},
    )

    assert answer.status_code == 422
    assert not organisation.contact_logs.exists()


def test_a_call_is_two_taps(sign_in):
    organisation = given.an_organisation()
    given.a_contact(organisation, name="邢国桢")
    client = sign_in(organisation.owner)
    address = reverse("accounts:log_contact_at", args=[organisation.pk])
    assert address in client.get(organisation.get_absolute_url()).content.decode()

    form = client.get(address).context["form"]
    client.post(address, {name: form[name].value() or "" for name in form.fields})

    log = organisation.contact_logs.get()
    organisation.refresh_from_db()
    assert log.channel == "phone"
    assert organisation.last_contact_on == log.on


def test_names_of_a_form_sent_twice_count_once(sign_in):
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)
    address = reverse("accounts:contact_new", args=[organisation.pk])
    key = client.get(address).context["form"]["submission_key"].value()
    sent = {"name": "邢国桢", "submission_key": key}

    first, second = client.post(address, sent), client.post(address, sent)

    assert first.url == second.url
    assert organisation.contacts.count() == 1


def test_the_same_mobile_twice_is_the_same_person(sign_in):
    organisation = given.an_organisation()
    given.a_contact(organisation, name="邢国桢", mobile="13900001234")

    answer = sign_in(organisation.owner).post(
        reverse("accounts:contact_new", args=[organisation.pk]), {"name": "邢主席", "mobile": "139 0000 1234"}
    )

    assert answer.status_code == 422
    assert "邢国桢" in answer.content.decode()


def test_a_stale_edit_shows_both_versions(sign_in):
    organisation = given.an_organisation()
    person = given.a_contact(organisation, name="邢国桢", title="主席")
    client = sign_in(organisation.owner)
    address = reverse("accounts:contact_edit", args=[person.pk])
    form = client.get(address).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields if name != "submission_key"}
    client.post(address, {**sent, "title": "工会主席"})

    stale = client.post(address, {**sent, "title": "老主席"})

    person.refresh_from_db()
    assert stale.status_code == 422
    assert person.title == "工会主席"
    assert all(words in stale.content.decode() for words in ("工会主席", "老主席"))


def test_a_call_is_a_call_whatever_was_written_last(sign_in):
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)
    address = reverse("accounts:log_contact_at", args=[organisation.pk])
    client.post(address, {"channel": "wechat", "text": "发了图册"})

    form = client.get(address).context["form"]

    assert form["channel"].value() == "phone"


def test_the_next_date_of_a_call_is_not_in_the_past(sign_in):
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)

    answer = client.post(
        reverse("accounts:log_contact_at", args=[organisation.pk]),
        {"channel": "phone", "next_on": "2012-07-01"},
    )

    assert answer.status_code == 422
    assert "next_on" in answer.context["form"].errors
    assert not organisation.contact_logs.exists()


@pytest.mark.parametrize(
    ("decision", "said"), [("approve", "已批准：北京第一热电厂。"), ("return", "已退回：北京第一热电厂。")]
)
def test_the_message_says_which_way_it_was_decided(sign_in, decision, said):
    organisation = given.an_organisation(name="北京第一热电厂")
    key = KeyContact.objects.create(
        organisation=organisation, contact=given.a_contact(organisation), since_on=date(2012, 5, 22)
    )
    change = KeyContactChange.objects.create(
        organisation=organisation, from_key=key, reason="离任", requested_by=organisation.owner,
        requested_at=given.at(2012, 7, 9),
    )  # fmt: skip

    answer = sign_in(given.a_director()).post(
        reverse("accounts:key_change_decide", args=[change.pk]),
        {"decision": decision, "note": "请附证明"},
        follow=True,
    )

    assert said in answer.content.decode()


def test_a_change_to_nobody_yet_is_called_by_whom_it_is_about():
    organisation = given.an_organisation()
    key = KeyContact.objects.create(
        organisation=organisation,
        contact=given.a_contact(organisation, name="田雅筠"),
        since_on=date(2012, 5, 22),
    )
    other = given.a_contact(organisation, name="方书衡")

    assert str(KeyContactChange(organisation=organisation, from_key=key)) == "田雅筠"
    assert (
        str(KeyContactChange(organisation=organisation, from_key=key, to_contact=other)) == "田雅筠 → 方书衡"
    )
