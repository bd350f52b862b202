"""Real processes racing on the test database of the current run, SQLite file or PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """How another process opens this run's test database."""
    from django.db import connection

    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        if "memory" in str(settings["NAME"]):
            raise RuntimeError("Set TEST_DATABASE to a file: a database in memory belongs to one process.")
        return f"sqlite:///{settings['NAME']}"
    password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return (
        f"postgresql://{settings['USER']}{password}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    )


def race(worker: str, *, processes: int, folder: Path, **arguments: Any) -> list[dict[str, Any]]:
    """Run ``tests.racers.<worker>(index, **arguments)`` in so many processes at once.

    They start together when all are ready. Each result is ``{"value": …}`` or ``{"error": "Type: text"}``.
    """
    environment = {**os.environ, "DATABASE_URL": database_url(), "VAR_DIR": str(folder / "var")}
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.racing", worker, str(index), str(folder), json.dumps(arguments)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(processes)
    ]
    try:
        deadline = time.monotonic() + 180
        while len(list(folder.glob("ready-*"))) < processes:
            if time.monotonic() > deadline:
                raise TimeoutError("The racers did not get ready.")
            time.sleep(0.02)
        (folder / "go").touch()
        return [json.loads(child.communicate(timeout=180)[0].splitlines()[-1]) for child in children]
    finally:
        for child in children:
            child.kill()  # nothing to one that has ended; one that hangs must not outlive its test


def _run(worker: str, index: int, folder: Path, arguments: dict[str, Any]) -> dict[str, Any]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")
    django.setup()
    from django.db import connection

    from tests import racers

    act = getattr(racers, worker)
    connection.ensure_connection()
    (folder / f"ready-{index}").touch()
    parent = os.getppid()
    while not (folder / "go").exists() and os.getppid() == parent:
        time.sleep(0.001)
    try:
        return {"value": act(index, **arguments)}
    except Exception as problem:
        return {"error": f"{type(problem).__name__}: {problem}"}


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4]))))
