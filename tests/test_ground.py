"""The ground holds: the site answers before anything is loaded."""

import pytest

from tests import given

pytestmark = pytest.mark.django_db


def test_home_opens_for_somebody_signed_in(sign_in):
    client = sign_in(given.a_rep())

    answer = client.get("/", follow=True)

    assert answer.status_code == 200


def test_home_sends_a_stranger_to_sign_in(client):
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.url == "/people/sign-in/?next=/"


def test_health_answers_without_signing_in(client):
    assert client.get("/healthz").content == b"ok"
