"""An installation of the first release is brought up to date and keeps everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_first_release_keeps_everything_through_the_migrations(tmp_path: Path):
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'first.sqlite3'}",
        "VAR_DIR": str(tmp_path / "var"),
    }

    done = subprocess.run(
        [sys.executable, "-m", "tests.upgrading"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert min(len(rows) for rows in found["before"].values()) == 1
    assert found["after"] == found["before"]
    assert found["not_whole"] == []
