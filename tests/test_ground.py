"""The ground holds: the site answers before anything is loaded."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests import given

pytestmark = pytest.mark.django_db


def test_home_of_who_sells_is_their_day(sign_in):
    client = sign_in(given.a_rep())

    answer = client.get("/", follow=True)

    assert (answer.status_code, answer.redirect_chain) == (200, [(reverse("visits:today"), 302)])


def test_home_sends_a_stranger_to_sign_in(client):
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.url == "/people/sign-in/?next=/"


def test_health_answers_without_signing_in(client):
    assert client.get("/healthz").content == b"ok"


def test_ready_says_what_is_missing(client, settings):
    before = client.get("/readyz")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    after = client.get("/readyz")

    assert (before.status_code, before.content) == (200, b"ok")
    assert (after.status_code, after.content) == (503, b"not ready: broker")


@pytest.mark.slow
def test_the_doctor_says_what_is_missing_and_what_to_do(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    said = StringIO()

    with pytest.raises(CommandError, match="must be put right"):
        call_command("doctor", stdout=said, no_color=True)

    lines = said.getvalue().splitlines()
    assert "ok      guards: 8 tables guarded" in lines
    at = next(i for i, line in enumerate(lines) if line.startswith("missing broker: "))
    assert lines[at + 1].strip() == "→ Is it running, and REDIS_URL right?"
