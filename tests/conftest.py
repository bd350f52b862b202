"""Fixtures shared by all tests."""

from __future__ import annotations

import pytest
from django.core.cache import cache


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


@pytest.fixture
def sign_in(client):
    """``sign_in(user)`` gives the test client signed in as that person."""

    def signed_in_as(user):
        client.force_login(user)
        return client

    return signed_in_as
