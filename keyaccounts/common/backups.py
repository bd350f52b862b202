"""One file that holds the database and the uploads, made while the program runs, and its way back.

The file is a tar: ``about.json`` (when, which database, which migrations), ``database`` (SQLite's own copy, or
``pg_dump``'s custom format) and ``media/``. The broker is not in it: due work is rows in the database.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from .errors import RuleViolation

ABOUT, DATABASE, MEDIA = "about.json", "database", "media"


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself."""

    made_at: str
    vendor: str
    migrations: int
    files: int


def make(target: Path, *, at: datetime) -> About:
    """Write a backup to ``target``; the file appears only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    media = sorted(path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
    about = About(
        made_at=at.isoformat(timespec="seconds"),
        vendor=connection.vendor,
        migrations=MigrationRecorder.Migration.objects.count(),
        files=len(media),
    )
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy, draft = Path(folder) / DATABASE, Path(folder) / "draft.tar"
        _copy_out(copy)
        with tarfile.open(draft, "w") as archive:
            text = json.dumps({name: getattr(about, name) for name in About.__slots__}, indent=1).encode()
            entry = tarfile.TarInfo(ABOUT)
            entry.size, entry.mtime = len(text), int(at.timestamp())
            archive.addfile(entry, io.BytesIO(text))
            archive.add(copy, DATABASE)
            for path in media:
                archive.add(path, f"{MEDIA}/{path.relative_to(settings.MEDIA_ROOT)}")
        draft.chmod(0o600)
        os.replace(draft, target)
    return about


def read_about(source: Path) -> About:
    """What a file says of itself. Raises RuleViolation when it is no backup."""
    try:
        with tarfile.open(source) as archive:
            told = archive.extractfile(ABOUT)
            return About(**json.load(told)) if told else _no_backup(source)
    except (tarfile.TarError, KeyError, ValueError, TypeError, OSError):
        return _no_backup(source)


def _no_backup(source: Path) -> About:
    raise RuleViolation(f"{source} is no backup of this program, or is damaged.")


def restore(source: Path) -> About:
    """Put the database and the uploads of a backup in the place of what is there.

    Raises RuleViolation, with nothing changed, when the file is no backup or of another kind of database.
    """
    about = read_about(source)
    if about.vendor != connection.vendor:
        raise RuleViolation(f"The backup is of {about.vendor}, the database here is {connection.vendor}.")
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder, tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
        _copy_in(Path(folder) / DATABASE)
        root = Path(settings.MEDIA_ROOT)
        kept = Path(folder) / MEDIA
        for path in sorted(kept.rglob("*")) if kept.exists() else []:
            place = root / path.relative_to(kept)
            if path.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
    return about


def _copy_out(copy: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(copy) as there:
            connection.connection.backup(there)  # consistent while others write
        there.close()
        return
    _postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={copy}")


def _copy_in(copy: Path) -> None:
    if connection.vendor == "sqlite":
        with sqlite3.connect(copy) as there:
            verdict = there.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise RuleViolation(f"The database in the backup is damaged: {verdict}")
            connection.ensure_connection()
            there.backup(connection.connection)
        there.close()
        connection.close()
        return
    connection.close()
    _postgresql("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(copy))


def _postgresql(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if not found:
        raise RuleViolation(f"{program} is needed: apt-get install postgresql-client")
    made: dict[str, Any] = connection.settings_dict
    address = "postgresql://" + quote(made["USER"] or "", safe="")
    address += f"@{quote(made['HOST'] or '', safe='')}:{made['PORT'] or 5432}/{quote(made['NAME'], safe='')}"
    outcome = subprocess.run(  # noqa: S603 - a fixed program, its password not among the arguments
        [found, f"--dbname={address}", *arguments],
        env={**os.environ, "PGPASSWORD": made["PASSWORD"] or ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise RuleViolation(f"{program}: {outcome.stderr.strip()}")
