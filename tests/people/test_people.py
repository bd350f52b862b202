"""Signing in, one's own page, roles and teams."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

from keyaccounts.audit.models import AuditEvent
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.roles import Role
from keyaccounts.people.actions import change_profile, confirm_team, grant_role, revoke_role
from keyaccounts.people.models import User
from tests import given
from tests.pages import dead_buttons

pytestmark = pytest.mark.django_db
DAY = date(2012, 5, 28)


def test_wrong_passwords_lock_the_door_for_a_while(client, settings):
    settings.AXES_ENABLED = True
    rep = given.a_rep()

    answers = [
        client.post("/people/sign-in/", {"username": rep.username, "password": "wrong"}).status_code
        for _ in range(settings.AXES_FAILURE_LIMIT)
    ]
    page = client.post("/people/sign-in/", {"username": rep.username, "password": given.PASSWORD})

    assert (answers[0], page.status_code, "15" in page.content.decode()) == (200, 429, True)


def test_after_signing_in_the_page_asked_for_opens(client):
    rep = given.a_rep()

    answer = client.post(
        "/people/sign-in/?next=/people/me/",
        {"username": rep.username, "password": given.PASSWORD, "next": "/people/me/"},
    )

    assert answer.url == "/people/me/"


def test_a_part_that_finds_the_session_expired_sends_the_window_to_sign_in(client):
    answer = client.get(
        "/notices/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/me/"}
    )

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/people/sign-in/?next=/people/me/")


def test_a_part_keeps_the_whole_address_of_its_page(client):
    page = "http://testserver/organisations/?type=school&grade=A"

    answer = client.get("/organisations/", headers={"HX-Request": "true", "HX-Current-URL": page})

    asked = parse_qs(urlsplit(answer["HX-Redirect"]).query)["next"]
    assert asked == ["/organisations/?type=school&grade=A"]


@pytest.mark.parametrize(
    ("sent_from", "back_to"),
    [
        ("http://testserver/approvals/?kind=claims", "/approvals/?kind=claims"),
        ("http://elsewhere.example/approvals/", "/budget/claims/7/pay/"),
        ("", "/budget/claims/7/pay/"),
    ],
)
def test_a_form_sent_too_late_comes_back_to_its_page(client, sent_from, back_to):
    answer = client.post("/budget/claims/7/pay/", headers={"Referer": sent_from})

    assert answer.url.startswith("/people/sign-in/")
    assert parse_qs(urlsplit(answer.url).query)["next"] == [back_to]


def test_signing_out_needs_a_post(sign_in):
    client = sign_in(given.a_rep())

    refused, gone = client.get("/people/sign-out/"), client.post("/people/sign-out/")

    assert (refused.status_code, gone.url) == (405, "/people/sign-in/")


def test_a_set_password_must_be_replaced_first(sign_in):
    rep = given.a_rep(must_change_password=True)
    client = sign_in(rep)
    new = "another long horse"

    stopped = client.get("/notices/")
    client.post(
        "/people/password/", {"old_password": given.PASSWORD, "new_password1": new, "new_password2": new}
    )

    assert (stopped.url, client.get("/notices/").status_code) == ("/people/password/", 200)


def test_the_button_of_an_own_password_sends_its_form(sign_in):
    client = sign_in(given.a_rep(must_change_password=True))

    page = client.get("/people/password/")

    assert dead_buttons(page.text) == 0


def test_a_wrong_old_password_is_refused(sign_in):
    answer = sign_in(given.a_rep()).post("/people/password/", {"old_password": "x"})

    assert answer.status_code == 422


def test_a_password_too_short_is_refused_in_chinese(sign_in):
    client = sign_in(given.a_rep())

    answer = client.post(
        "/people/password/",
        {"old_password": given.PASSWORD, "new_password1": "Kq7-vx", "new_password2": "Kq7-vx"},
    )

    assert "密码太短，至少 10 个字符。" in answer.content.decode()


def test_the_language_is_switched(client):
    answer = client.post("/people/language/", {"language": "en", "next": "/people/sign-in/"})

    assert (answer.url, client.cookies["django_language"].value) == ("/people/sign-in/", "en")


def test_the_page_is_chinese_until_somebody_chooses_whatever_the_browser_speaks(client):
    before = client.get("/people/sign-in/", headers={"accept-language": "en-GB,en"})
    client.post("/people/language/", {"language": "en", "next": "/people/sign-in/"})
    after = client.get("/people/sign-in/")

    assert (before["Content-Language"], after["Content-Language"]) == ("zh-hans", "en")
    assert 'lang="zh-CN"' in before.content.decode()


def test_a_revoked_role_is_refused_at_the_next_request(sign_in):
    marketer = given.a_marketer()
    client = sign_in(marketer)
    before = client.get("/people/teams/").status_code

    revoke_role(marketer, Role.MARKETING, by=None)

    assert (before, client.get("/people/teams/").status_code) == (200, 403)


def test_the_settings_open_with_the_role_and_close_with_it():
    rep = given.a_rep()

    grant_role(rep, Role.DIRECTOR, by=None)
    opened = rep.is_staff
    revoke_role(rep, Role.DIRECTOR, by=None)

    assert (opened, rep.is_staff) == (True, False)
    assert list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "people.user.role_granted",
        "people.user.role_revoked",
    ]


def test_the_last_system_administrator_stays():
    admin = given.a_person(Role.SYSADMIN)

    with pytest.raises(RuleViolation):
        revoke_role(admin, Role.SYSADMIN, by=admin)


@pytest.mark.parametrize(
    "changed", [{"grants-0-DELETE": "on"}, {"is_active": ""}], ids=["role taken", "set inactive"]
)
def test_the_last_system_administrator_stays_in_the_settings_too(sign_in, changed):
    admin = given.a_person(Role.SYSADMIN)
    form = {
        "username": admin.username, "name": admin.name, "is_active": "on",
        "grants-TOTAL_FORMS": 1, "grants-INITIAL_FORMS": 1, "grants-0-role": "sysadmin",
        "grants-0-id": admin.grants.get().pk, "grants-0-user": admin.pk,
    }  # fmt: skip

    answer = sign_in(admin).post(f"/admin/people/user/{admin.pk}/change/", {**form, **changed})

    assert answer.status_code == 200
    assert "请先指定另一位" in answer.content.decode()
    assert User.objects.with_role(Role.SYSADMIN).get() == admin


def test_a_new_installation_gets_its_first_administrator(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", given.PASSWORD)
    call_command("createsuperuser", "--noinput", username="admin", name="管理员")

    client.post("/people/sign-in/", {"username": "admin", "password": given.PASSWORD})

    assert client.get("/admin/people/user/").status_code == 200


def test_a_stale_profile_is_refused_and_shows_what_is_stored(sign_in):
    rep = given.a_rep()
    client = sign_in(rep)
    change_profile(rep, version=1, by=rep, mobile="19900000001", email="", wants_email=False)

    answer = client.post("/people/me/", {"mobile": "19900000002", "version": 1})

    page = answer.content.decode()
    assert (answer.status_code, "19900000001" in page, "19900000002" in page) == (422, True, True)
    assert User.objects.get(pk=rep.pk).mobile == "19900000001"


def test_the_marketing_centre_confirms_the_members(sign_in):
    team, rep, lead = given.a_team(), given.a_rep(), given.a_rep()

    answer = sign_in(given.a_marketer()).post(
        f"/people/teams/{team.pk}/", {"members": [rep.pk, lead.pk], "lead": lead.pk, "version": 1}
    )

    team.refresh_from_db()
    assert (answer.status_code, team.version, team.confirmed_on is not None) == (302, 2, True)
    assert set(team.members.values_list("user", "is_lead")) == {(rep.pk, False), (lead.pk, True)}


def test_a_team_has_sales_staff_only():
    with pytest.raises(RuleViolation):
        confirm_team(
            given.a_team(), members=[given.a_marketer()], lead=None, version=1, on=DAY, by=given.a_director()
        )


def test_a_team_saved_meanwhile_is_not_overwritten():
    team, marketer = given.a_team(), given.a_marketer()
    confirm_team(team, members=[], lead=None, version=1, on=DAY, by=marketer)

    with pytest.raises(StaleEdit):
        confirm_team(team, members=[given.a_rep()], lead=None, version=1, on=DAY, by=marketer)


def test_who_leaves_a_team_keeps_the_time_there():
    team, marketer, rep = given.a_team(), given.a_marketer(), given.a_rep()
    confirm_team(team, members=[rep], lead=rep, version=1, on=DAY, by=marketer)

    confirm_team(team, members=[], lead=None, version=2, on=date(2012, 6, 4), by=marketer)

    assert list(team.members.values_list("from_on", "until_on")) == [(DAY, date(2012, 6, 4))]


@pytest.mark.parametrize("address", ["/people/teams/", "/people/teams/1/"])
def test_reps_do_not_confirm_teams(sign_in, address):
    assert sign_in(given.a_rep()).get(address).status_code == 403


def test_the_administrator_gives_a_role_in_the_settings(sign_in):
    admin, person = given.a_person(Role.SYSADMIN), given.a_person()
    answer = sign_in(admin).post(
        f"/admin/people/user/{person.pk}/change/",
        {
            "username": person.username, "name": "郑佩岚", "is_active": "on",
            "grants-TOTAL_FORMS": 1, "grants-INITIAL_FORMS": 0, "grants-0-role": "director",
        },
    )  # fmt: skip

    person.refresh_from_db()
    assert (answer.status_code, person.name, person.is_staff) == (302, "郑佩岚", True)


def test_a_role_that_is_exchanged_in_the_settings_is_given_and_taken(sign_in):
    admin, person = given.a_person(Role.SYSADMIN), given.a_director()

    answer = sign_in(admin).post(
        f"/admin/people/user/{person.pk}/change/",
        {
            "username": person.username, "name": person.name, "is_active": "on",
            "grants-TOTAL_FORMS": 2, "grants-INITIAL_FORMS": 1, "grants-0-role": "finance",
            "grants-0-id": person.grants.get().pk, "grants-0-user": person.pk, "grants-1-role": "rep",
        },
    )  # fmt: skip

    person = User.objects.get(pk=person.pk)
    acts = AuditEvent.objects.filter(actor=admin, action__startswith="people.user.role")
    assert (answer.status_code, person.roles, person.is_staff) == (302, {"finance", "rep"}, False)
    assert sorted((act.action.rpartition("_")[2], act.data["role"]) for act in acts) == [
        ("granted", str(Role.REP.label)),
        ("granted", str(Role.FINANCE.label)),
        ("revoked", str(Role.DIRECTOR.label)),
    ]


def test_nobody_is_deleted(sign_in):
    client = sign_in(given.a_person(Role.SYSADMIN))

    assert client.post(f"/admin/people/user/{given.a_rep().pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_administrator_reads_the_history_of_a_person_in_the_settings(sign_in):
    admin, person = given.a_person(Role.SYSADMIN), given.a_person()
    grant_role(person, Role.REP, by=admin)
    client = sign_in(admin)

    answer = client.get(f"/admin/people/user/{person.pk}/history/")

    assert answer.status_code == 200
    assert [entry.who for entry in answer.context["events"]] == [admin.name]
    assert client.get("/admin/people/user/999999/history/").status_code == 404


@pytest.mark.parametrize("back", ["abc", "-1", "//evil.example/", "https://evil.example/", ""])
def test_a_saved_filter_leads_back_to_a_page_of_ours_only(sign_in, back):
    client = sign_in(given.a_rep())

    answer = client.post("/people/filters/organisations/", {"query": "stage=targeted", "back": back})

    assert (answer.status_code, answer["Location"]) == (302, "/")
