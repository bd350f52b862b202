"""Fixtures shared by all tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from keyaccounts.vocabulary.queries import forget
from tests.flushing import unguarded

CATALOGUE = Path(__file__).resolve().parents[1] / "locale/zh_Hans/LC_MESSAGES/django.po"


def pytest_configure(config):
    """The Chinese texts as they are now: tests read what people read."""
    compiled = CATALOGUE.with_suffix(".mo")
    is_old = not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime
    if is_old and not hasattr(config, "workerinput"):
        subprocess.run(["msgfmt", "-o", str(compiled), str(CATALOGUE)], check=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request):
    """Side by side, each process has a database of its own: on SQLite in its memory, on PostgreSQL by its name."""
    if connection.vendor != "sqlite":
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


@pytest.fixture(autouse=True)
def _plain_surroundings(settings, tmp_path):
    """Plain static files, uploads in a temporary folder, an empty cache."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_ENABLED = False
    cache.clear()
    forget()


@pytest.fixture
def sign_in(client):
    """``sign_in(user)`` gives the test client signed in as that person."""

    def signed_in_as(user):
        client.force_login(user)
        return client

    return signed_in_as


@pytest.fixture(scope="session", autouse=True)
def _append_only_tables_can_be_emptied():
    """Transactional tests end with a flush, which the guards of the append-only tables would refuse."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_unguarded(self, sql_list):
        with unguarded(self.connection):
            flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = flush_unguarded
    yield
    BaseDatabaseOperations.execute_sql_flush = flush
