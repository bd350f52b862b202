"""A wrong setting stops every process at the start, and the message says what would do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keyaccounts.common.environment import Environment, Problem

ROOT = Path(__file__).resolve().parents[2]


def read(kind, value, *arguments, **more):
    environment = Environment({"NAME": value})
    return getattr(environment, kind)("NAME", *arguments, **more), environment.problems


@pytest.mark.parametrize(
    ("kind", "value", "more", "read_as"),
    [
        ("text", " json ", {"default": "text", "among": ("text", "json")}, "json"),
        ("text", "", {"default": "text"}, "text"),
        ("texts", "a.com, b.com,", {"default": []}, ["a.com", "b.com"]),
        ("yes", "On", {}, True),
        ("yes", "0", {"default": True}, False),
        ("number", "0.5", {"default": 1}, 0.5),
        ("whole", "8001", {"default": 8000, "least": 1, "most": 65535}, 8001),
        ("zone", "", {"default": "Asia/Shanghai"}, "Asia/Shanghai"),
        ("url", "redis://a:1/0", {"default": "", "schemes": {"redis": "redis://host"}}, "redis://a:1/0"),
    ],
)
def test_usable_values(kind, value, more, read_as):
    assert read(kind, value, **more) == (read_as, [])


@pytest.mark.parametrize(
    ("kind", "value", "more", "hint"),
    [
        ("text", "xml", {"default": "text", "among": ("text", "json")}, "One of json, text."),
        ("yes", "maybe", {}, "1 or 0."),
        ("number", "nan", {"default": 1}, "A number, 0 or more; 1 when left out."),
        ("whole", "-1", {"default": 2, "least": 1}, "A whole number, 1 or more; 2 when left out."),
        ("whole", "70000", {"default": 8000, "least": 1, "most": 65535}, "A whole number, 1 to 65535; 8000 when left out."),
        ("zone", "Mars", {"default": "Asia/Shanghai"}, "A time zone's name such as Asia/Shanghai."),
        ("url", "host:6379", {"default": "", "schemes": {"redis": "redis://host"}}, "An address such as redis://host."),
        ("url", "redis://a:port", {"default": "", "schemes": {"redis": "redis://host"}}, "An address such as redis://host."),
    ],
)  # fmt: skip
def test_refused_values_fall_back_and_say_what_would_do(kind, value, more, hint):
    found, problems = read(kind, value, **more)

    assert found == more.get("default", False)
    assert problems == [Problem("NAME", value, hint)]


def test_a_password_is_not_repeated():
    _found, problems = read("url", "mysql://me:secret@host/db", "", schemes={"postgresql": "postgresql://…"})

    assert problems[0].value == "mysql://…@host/db"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    _found, problems = read("folder", str(tmp_path / "file" / "var"), tmp_path)

    assert [problem.name for problem in problems] == ["NAME"]


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "django", "check"],
        ["-c", "import keyaccounts.wsgi"],
        ["-m", "celery", "--app", "keyaccounts", "worker", "--pool", "solo"],
        ["-m", "celery", "--app", "keyaccounts", "beat", "--pidfile", ""],
    ],
    ids=["manage", "web", "worker", "scheduler"],
)
def test_no_process_starts_with_a_wrong_setting(command, tmp_path):
    environment = {
        **os.environ,
        "IDLE_MINUTES": "two hours",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "keyaccounts.settings",
    }

    outcome = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert outcome.returncode != 0
    assert "IDLE_MINUTES cannot be 'two hours'" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "keyaccounts.E001"),
        ({"SECRET_KEY": "short"}, "keyaccounts.E003"),
        ({"SECRET_KEY": "x" * 50, "DEBUG": "1"}, "keyaccounts.E004"),
    ],
)
def test_a_public_host_needs_a_private_key_and_no_debugging(given, code, tmp_path):
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "ALLOWED_HOSTS": "crm.example.com", **given}

    outcome = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert outcome.returncode == 1
    assert code in outcome.stderr
