"""The choice lists are there from the first migration, and a change is seen at once."""

import pytest

from keyaccounts.audit.models import AuditEvent
from keyaccounts.people.queries import departments_by_name
from keyaccounts.vocabulary import queries
from keyaccounts.vocabulary.models import Term, TermList
from tests import given

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", TermList.values)
def test_every_list_has_choices(name):
    assert queries.choices(name)


def test_the_plan_s_leading_posts_may_be_key_contacts():
    eligible = [term.code for term in queries.terms("contact_position").values() if term.is_eligible_key]

    assert eligible == [
        "union_chair", "union_vice", "union_officer", "office_director", "unit_leader", "secretary_general",
        "admin_manager",
    ]  # fmt: skip


def test_public_bodies_are_marked():
    public = {term.code for term in queries.terms("org_type").values() if term.is_public_sector}

    assert public == {"gov_organ", "institution", "school", "soe", "bank"}


def test_a_hidden_choice_is_offered_only_to_a_record_that_has_it():
    Term.objects.filter(list="org_type", code="other").update(is_hidden=True)
    queries.forget()

    assert "other" not in dict(queries.choices("org_type"))
    assert "other" in dict(queries.choices("org_type", keep="other"))


@pytest.mark.parametrize("text", ["企业(其他)", "企业\uff08其他\uff09", " 企业(其他) ", "enterprise"])
def test_a_label_is_found_whatever_its_width(text):
    assert queries.code_of("org_type", text) == "enterprise"


def test_reading_again_costs_no_query(django_assert_num_queries):
    queries.label("org_type", "school")

    with django_assert_num_queries(0):
        assert queries.label("org_type", "school") == "学校"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("营销部", "marketing"),
        ("营销中心", "marketing"),
        ("专案小组", "ka_group"),
        ("大客户总监", "ka_director"),
    ],
)
def test_a_department_is_known_by_each_of_its_names(text, code):
    assert departments_by_name()[text].code == code


def test_an_unknown_department_is_none():
    assert "后勤处" not in departments_by_name()


def test_the_director_renames_a_choice_in_the_admin(sign_in):
    term = Term.objects.get(list="org_type", code="bank")
    client = sign_in(given.a_director())

    answer = client.post(
        f"/admin/vocabulary/term/{term.pk}/change/",
        {"label": "银行网点", "position": term.position, "is_public_sector": "on"},
    )

    assert answer.status_code == 302
    assert queries.label("org_type", "bank") == "银行网点"
    assert AuditEvent.objects.get().data["changes"] == {"label": ["银行", "银行网点"]}


def test_a_rep_has_no_business_in_the_admin(sign_in):
    assert sign_in(given.a_rep()).get("/admin/vocabulary/term/", follow=True).status_code == 403


def test_a_stranger_is_sent_to_our_sign_in(client):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/people/sign-in/")
