"""Writers to SQLite stand in a queue: nobody waits longer than for those before him, and no place is left taken."""

import subprocess
import sys
import time

import pytest

from keyaccounts.common.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


def a_connection(path, **options):
    settings = {
        "NAME": str(path), "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 0.2, **options},
        "TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False, "TEST": {"NAME": None}, "USER": "", "PASSWORD": "", "HOST": "", "PORT": "",
    }  # fmt: skip
    return DatabaseWrapper(settings, alias="other")


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "db.sqlite3"
    connection = a_connection(path)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)")
    yield path
    connection.close()


def begin(connection):
    connection.ensure_connection()
    connection._start_transaction_under_autocommit()


def is_free(path):
    """Whether somebody new could write now."""
    probe = (
        "import fcntl, sys\n"
        "try: fcntl.flock(open(sys.argv[1], 'ab'), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: sys.exit(1)"
    )
    return subprocess.run([sys.executable, "-c", probe, f"{path}-queue"]).returncode == 0


def test_a_writer_waits_far_longer_than_the_timeout_of_sqlite(database):
    hold = (
        "import fcntl, sys, time; queue = open(sys.argv[1], 'ab'); fcntl.flock(queue, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(1)"
    )
    command = [sys.executable, "-c", hold, f"{database}-queue"]
    connection = a_connection(database)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        begun = time.monotonic()
        begin(connection)
        waited = time.monotonic() - begun
    connection.close()

    assert waited > 0.5  # the timeout is 0.2


@pytest.mark.parametrize("end", ["_commit", "_rollback", "close"])
def test_however_a_transaction_ends_the_next_may_begin(database, end):
    connection = a_connection(database)
    begin(connection)
    assert not is_free(database)

    getattr(connection, end)()

    assert is_free(database)
    connection.close()


def test_a_transaction_that_cannot_begin_leaves_the_queue(database):
    connection = a_connection(database)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")

    with pytest.raises(Exception, match="within a transaction"):
        connection._start_transaction_under_autocommit()

    assert is_free(database)
    connection.close()


def test_a_connection_that_only_reads_stands_in_no_queue(database):
    connection = a_connection(database, transaction_mode=None)
    begin(connection)
    assert is_free(database)
    connection.close()
