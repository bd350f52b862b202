"""What the settings read is in ``.env.example`` and in ``docs/operations.md``, and nothing else is."""

import re

from django.conf import settings

ROOT = settings.BASE_DIR
TESTS_ONLY = {"TEST_DATABASE"}


def test_every_setting_is_in_the_example_and_in_the_handbook():
    source = (ROOT / "keyaccounts/settings.py").read_text()
    read = set(re.findall(r"""env\.\w+\(\s*"([A-Z_]+)\"""", source)) - TESTS_ONLY
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    table = (ROOT / "docs/operations.md").read_text()
    explained = {
        name
        for row in re.findall(r"^\| (`[A-Z].*?) \|", table, re.M)
        for name in re.findall(r"`([A-Z_]+)`", row)
    }

    assert example == read
    assert explained == read
