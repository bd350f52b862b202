"""Every choice of every filter of every list opens."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from keyaccounts.common.roles import Role
from tests import given
from tests.architecture.test_access_policy import ADDRESSES, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SELECT = re.compile(r'<select[^>]* name="(\w+)".*?</select>', re.DOTALL)
OPTION = re.compile(r'<option[^>]* value="([^"]+)"')
ROLES = (Role.DIRECTOR, Role.MARKETING, Role.REP)


def choices_of(page: str) -> list[str]:
    """``name=value`` of each choice that the page's own filters offer."""
    form = re.search(r'<form class="list-filters".*?</form>', page, re.DOTALL)
    if form is None:
        return []
    return [
        f"{select.group(1)}={value}"
        for select in SELECT.finditer(form.group())
        for value in OPTION.findall(select.group())
    ]


@pytest.mark.parametrize("role", ROLES)
def test_each_choice_of_each_filter_opens(sign_in, role):
    person = given.a_person(role)
    organisation = given.an_organisation(owner=person if role == Role.REP else None)
    given.a_visit(organisation)
    client = sign_in(person)
    lists = [name for name, needs in ADDRESSES.items() if not needs and role.value in TABLE[name]]

    asked, broken = 0, []
    for name in lists:
        answer = client.get(reverse(name))
        if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for choice in choices_of(answer.text):
            asked += 1
            filtered = client.get(f"{reverse(name)}?{choice}", headers={"HX-Request": "true"})
            if filtered.status_code != 200 or 'class="applied"' not in filtered.text:
                broken.append((name, choice, filtered.status_code))

    assert asked > 30
    assert broken == []
