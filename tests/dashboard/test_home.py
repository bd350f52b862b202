"""Each role's home answers "what now?", and the director decides in one place."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.choices import KeyState
from accounts.models import KeyContact, KeyContactChange
from budget.actions.decisions import approve_claim
from budget.actions.ledger import spend
from budget.choices import ClaimKind
from budget.models import ClaimRule
from budget.models.claims import DEFAULTS
from keyaccounts.common.roles import Role
from keyaccounts.dashboard.approvals import cards_for
from keyaccounts.dashboard.beginning import first_steps
from keyaccounts.dashboard.navigation import counts_for
from keyaccounts.dashboard.queries import figures, funnel, without_second_visit
from keyaccounts.people.models import Team
from tests import given
from visits.choices import VisitState

pytestmark = pytest.mark.django_db


def a_change():
    organisation = given.an_organisation()
    key = KeyContact.objects.create(
        organisation=organisation,
        contact=given.a_contact(organisation),
        state=KeyState.DESIGNATED,
        since_on=date(2012, 5, 22),
    )
    return KeyContactChange.objects.create(
        organisation=organisation,
        from_key=key,
        to_contact=given.a_contact(organisation),
        reason="原联系人离任",
        requested_by=organisation.owner,
    )


def test_a_rep_begins_with_today(sign_in):
    assert sign_in(given.a_rep()).get("/").url == "/visits/today/"


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.DIRECTOR, "dashboard/overview.html"),
        (Role.MARKETING, "dashboard/supply.html"),
        (Role.ADMIN_CENTRE, "dashboard/supply.html"),
        (Role.FINANCE, "dashboard/home.html"),
        (Role.SYSADMIN, "dashboard/home.html"),
    ],
)
def test_every_other_role_has_a_page_of_its_own(sign_in, role, page):
    given.a_team(), given.a_visit(given.an_organisation())

    answer = sign_in(given.a_person(role)).get("/")

    assert (answer.status_code, answer.templates[0].name) == (200, page)


def test_the_figures_are_of_yesterday_and_today():
    director, organisation = given.a_director(), given.an_organisation(is_priority=True)
    given.a_visit(organisation, state=VisitState.DONE, planned_at=given.at(2012, 7, 9))
    given.a_visit(organisation)

    values = [figure.value for figure in figures(director, on=date(2012, 7, 10), at=given.at(2012, 7, 10, 9))]

    assert values == [1, 1, 1, 0]
    assert without_second_visit(director) == 1
    assert [row.values for row in funnel(director).rows()][:2] == [[1], [0]]


def test_the_money_of_the_month_and_what_is_left_stand_among_the_figures():
    director, line = given.a_director(), given.a_line("1000")
    earlier, today = date(2012, 6, 29), date(2012, 7, 10)
    for day, amount in ((earlier, 100), (today, 250)):
        spend(
            line, Decimal(amount), source=f"tests.day:{day}", purpose="投影仪租用", on=day,
            at=given.at(2012, 7, 10), by=director, approved_by=director,
        )  # fmt: skip

    money = figures(director, on=today, at=given.at(2012, 7, 10, 9))[-2:]

    assert [(figure.text, figure.note) for figure in money] == [("¥250.00", ""), ("¥650.00", "已使用 35%")]
    assert money[0].url.endswith("?counts=spent&day_from=2012-07-01")


def test_a_request_waits_for_the_director_and_not_for_who_asked():
    change, director = a_change(), given.a_director()

    assert [card.why for card in cards_for(director)] == ["原联系人离任"]
    assert cards_for(change.requested_by) == []


def test_the_director_approves_with_one_tap(sign_in):
    change = a_change()
    client = sign_in(given.a_director())
    page = client.get("/approvals/").content.decode()

    client.post(
        f"/organisations/key-contact-changes/{change.pk}/decide/", {"decision": "approve", "note": ""}
    )

    change.refresh_from_db()
    assert ("原联系人离任" in page, change.state) == (True, "approved")


def test_the_approvals_are_the_director_s(sign_in):
    assert sign_in(given.a_rep()).get("/approvals/").status_code == 403


def test_an_empty_house_begins_with_its_first_steps(sign_in):
    director, marketer = given.a_director(), given.a_marketer()
    client = sign_in(director)

    before = client.get("/")
    of_marketer = sign_in(marketer).get("/").text
    of_administrator = sign_in(given.a_person(Role.SYSADMIN)).get("/").text

    assert [step.is_done for step in before.context["first_steps"]] == [False] * 10
    assert {step.url for step in before.context["first_steps"] if step.is_mine} >= {
        "/campaigns/from-plan/", "/budget/", "/organisations/imports/",
    }  # fmt: skip
    assert ("/people/teams/" in of_marketer, "/admin/people/user/add/" in of_administrator) == (True, True)
    assert "first-steps" not in sign_in(given.a_rep()).get("/", follow=True).text


def test_the_first_steps_go_when_all_are_done(sign_in, django_assert_num_queries):
    director = given.a_director()
    given.an_organisation()
    given.a_material()
    given.a_vehicle()
    given.a_line()
    team = given.a_team()
    client = sign_in(director)

    unconfirmed = [step for step in first_steps(director) if not step.is_done]
    Team.objects.filter(pk=team.pk).update(confirmed_by=given.a_marketer(), confirmed_on=date(2012, 5, 28))

    assert [str(step.label) for step in unconfirmed] == ["确认小组成员名单"]
    with django_assert_num_queries(1):
        assert first_steps(director) == []
    assert "first-steps" not in client.get("/").text


def rule(kind, role):
    return ClaimRule.objects.update_or_create(kind=kind, defaults={"approver_role": role, **DEFAULTS[kind]})


@pytest.mark.parametrize("role", [Role.MARKETING, Role.FINANCE])
def test_whoever_a_claim_rule_names_decides_in_the_inbox(sign_in, role):
    rule(ClaimKind.OTHER, role)
    decider, director = given.a_person(role), given.a_director()
    claim = given.a_handed_in_claim(kind=ClaimKind.OTHER)
    client = sign_in(decider)

    page = client.get("/approvals/")
    badge = counts_for(decider, {"dashboard:approvals"})
    client.post(page.context["cards"][0].decide_url, {"decision": "approve", "note": ""})

    claim.refresh_from_db()
    assert [card.anchor for card in page.context["cards"]] == [f"claim-{claim.pk}"]
    assert badge == {"dashboard:approvals": 1}
    assert (claim.state, claim.decided_by) == ("approved", decider)
    assert cards_for(director) == []


def test_the_administration_centre_decides_what_its_rule_names_and_no_claims(sign_in):
    requisition = given.a_requisition({given.a_material(on_hand=5): 2})
    type(requisition).objects.filter(pk=requisition.pk).update(
        state="pending", approver_role=Role.ADMIN_CENTRE
    )
    given.a_handed_in_claim()

    page = sign_in(given.an_admin_centre()).get("/approvals/")

    assert [card.anchor for card in page.context["cards"]] == [f"requisition-{requisition.pk}"]


def test_finance_begins_with_what_waits_for_payment(sign_in):
    claim, director = given.a_handed_in_claim(), given.a_director()
    approve_claim(claim, by=director, on=date(2012, 7, 10), at=given.at(2012, 7, 10))
    client = sign_in(given.a_person(Role.FINANCE))

    before = client.get("/")
    client.post(f"/budget/claims/{claim.pk}/pay/", {"document": ""})
    after = client.get("/")

    claim.refresh_from_db()
    assert (list(before.context["to_pay"]), before.context["to_pay_count"]) == ([claim], 1)
    assert list(after.context["to_pay"]) == []
    assert claim.get_state_display() == "已付款"
    assert "已付款" in client.get(f"/budget/claims/?state={claim.state}").content.decode()


def test_reasons_of_money_are_offered_where_money_is_asked_for(sign_in):
    a_change()
    given.a_handed_in_claim()
    director = given.a_director()

    page = sign_in(director).get("/approvals/").content.decode()

    assert sorted(card.offers_reasons for card in cards_for(director)) == [False, True]
    assert page.count("金额偏高") == 2  # value and face of one chip
